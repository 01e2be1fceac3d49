"""A consent that ends soon can be renewed before it does; until then all goes on as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from relink.attempt import State
from relink.clock import DAY
from relink.connection import Bank, Method
from relink.notices import Topic
from relink.queues import DigestMessage
from relink.reasons import Reason, Status
from tests.fakes import NOON
from tests.integration.reconnect.bench import BANK, PUBLIC_URL, Bench, queued

if TYPE_CHECKING:
    from tests.integration.reconnect.bench import Answer

SOON = NOON + 6 * DAY
RENEWED = NOON + 180 * DAY


def pressed(bench: Bench) -> str:
    """Ask for a link as the host app's button does, and return its path."""
    url: str = bench.api("POST", "/connections/con_1/reconnect").json["url"]
    return url.removeprefix(PUBLIC_URL)


def view(bench: Bench) -> Answer:
    """Return what the API says of the connection."""
    return bench.api("GET", "/connections/con_1")


def test_a_green_connection_is_renewed_by_the_form(bench: Bench) -> None:
    """It says until when the permission lasts; nothing of it sounds like trouble."""
    bench.green(consent_expires_at=SOON)
    path = pressed(bench)

    page = bench.get(path)

    assert (200, "Renew Banco de la Ría") == (page.status, page.title)
    assert "The permission to read Banco de la Ría ends on 7 January 2026." in page.body
    assert "Renew it now" in page.body
    assert "Reconnect" not in page.body
    assert 303 == bench.submit(path).status
    assert (Status.GREEN, 1) == (bench.stored().status, len(queued()))


def test_at_a_bank_with_a_page_of_its_own_it_is_one_button(bench: Bench) -> None:
    """As for any consent."""
    bank = Bank("ria", BANK.name, "ES", "enablebanking", Method.CONSENT)
    bench.green(bank=bank, consent_expires_at=SOON)

    page = bench.get(pressed(bench))

    assert "Continue to Banco de la Ría" in page.body
    assert 'class="field' not in page.body


def test_one_that_lasts_is_already_fixed(bench: Bench) -> None:
    """More than a fortnight before the end, and where nothing ends at all."""
    bench.green(consent_expires_at=NOON + 17 * DAY)
    path = pressed(bench)
    assert "Already fixed" == bench.get(path).title

    bench.change(consent_expires_at=None)
    assert "Already fixed" == bench.get(path).title
    assert [] == bench.attempts()


@pytest.mark.parametrize(
    ("state", "title"),
    [
        (State.REJECTED, "Renew Banco de la Ría"),
        (State.UNAVAILABLE, "Your bank is not answering"),
        (State.INTERRUPTED, "We were interrupted"),
    ],
)
def test_a_renewal_that_fails_leaves_all_as_it_is(bench: Bench, state: State, title: str) -> None:
    """The page says so; the connection stays green, and the link good for another try."""
    bench.green(consent_expires_at=SOON)
    path = pressed(bench)
    bench.submit(path)
    bench.worker(state)

    assert title == bench.get(f"{path}/status").title
    assert "Renew Banco de la Ría" == bench.get(path).title
    assert "green" == view(bench).json["status"]
    assert 303 == bench.submit(path, form_id="g" * 24).status


def test_three_tries_make_a_pause_here_too(bench: Bench) -> None:
    """The bank counts them, whatever the colour."""
    bench.green(consent_expires_at=SOON, tries=(NOON, NOON, NOON))

    assert 429 == bench.get(pressed(bench)).status


def test_renewed_is_done_and_the_link_has_had_its_day(bench: Bench) -> None:
    """The page says until when the new permission lasts; the API warns no more."""
    bench.green(consent_expires_at=SOON)
    path = pressed(bench)
    bench.submit(path)
    bench.worker(State.DONE, accounts=2)
    bench.change(credentials_version=2, consent_expires_at=RENEWED)

    page = bench.get(f"{path}/status")

    assert page.title.startswith("Reconnected: 2 accounts")
    assert "The permission lasts until 30 June 2026." in page.body
    assert "Already fixed" == bench.get(path).title
    assert view(bench).json["expiring"] is None


def test_a_spent_link_says_that_the_next_end_is_near(bench: Bench) -> None:
    """It opens no form any more, but what it says is true."""
    path = bench.link(bench.green(consent_expires_at=SOON))
    bench.change(credentials_version=2)

    page = bench.get(path)

    assert (200, "Already fixed") == (page.status, page.title)
    assert "ends on 7 January 2026" in page.body
    assert "nothing to do" not in page.body


def test_an_expired_link_offers_a_fresh_one_here_too(bench: Bench) -> None:
    """It is mailed to the owner, who has been warned."""
    bench.profile()
    made = bench.green(consent_expires_at=SOON)
    bench.notice(made, Topic.EXPIRING)
    path = bench.link(made, expires_at=NOON)

    page = bench.get(path)

    assert (410, "This link has expired") == (page.status, page.title)
    assert f'action="{path}/fresh"' in page.body
    bench.post(f"{path}/fresh")
    assert [DigestMessage("own_1")] == queued("notices")


def test_the_api_says_how_many_days_are_left(bench: Bench) -> None:
    """Of the reader's calendar; none while it is red, for then it is too late."""
    bench.profile(time_zone="Pacific/Auckland")
    bench.green(consent_expires_at=NOON + DAY - 3600)

    told = view(bench).json["expiring"]
    assert 1 == told["days_left"]
    assert "The permission to read Banco de la Ría ends on 3 January 2026." == told["text"]

    bench.change(status=Status.RED, reason=Reason.CONSENT_EXPIRED, red_since=NOON)
    assert view(bench).json["expiring"] is None


def test_an_orange_one_is_reconnected_as_ever(bench: Bench) -> None:
    """Its end is told, its form is the usual one."""
    waiting = {"status": Status.ORANGE, "reason": Reason.BANK_UNAVAILABLE, "red_since": None}
    bench.add(**waiting, consent_expires_at=SOON)

    assert 6 == view(bench).json["expiring"]["days_left"]
    assert "Reconnect Banco de la Ría" == bench.get(pressed(bench)).title
