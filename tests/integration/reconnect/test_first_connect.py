"""The page that connects a bank for the first time: for whom it is, for how long, from where."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from reconnect.links.opening import masked
from relink.attempt import State
from relink.links import FIRST_LIFE, LIFE
from relink.reasons import Reason, Status
from sync.credentials.logins import LOGIN_TRIED
from tests.fakes import NOON
from tests.integration.reconnect.bench import CLAIMS, PUBLIC_URL, Bench, queued
from tests.integration.reconnect.consent import CODE, first_sent_off, sent_off

if TYPE_CHECKING:
    from tests.integration.reconnect.bench import Answer

BANK = {
    "bank_id": "ria",
    "name": "Banco de la Ría",
    "country": "ES",
    "provider": "simplefin",
    "method": "token",
}
FOR_HIM = "You connect this bank to Relink for <strong>o…@example.com</strong>."
NOT_YOU = "If that is not you, close this page: whoever sent it to you would see your accounts."


def connect(bench: Bench, claims: Any = CLAIMS, key: str = "a-key") -> Answer:
    """Ask for a connection."""
    return bench.api("POST", "/connections", {"bank": BANK}, claims, {"idempotency-key": key})


def page_of(answer: Answer) -> str:
    """Return the path of the page that connects it."""
    url: str = answer.json.get("connect_url") or answer.json["url"]
    return url.removeprefix(PUBLIC_URL)


def test_the_link_is_good_for_half_an_hour(bench: Bench) -> None:
    """And says so: no accounts are known yet that a stranger's would have to match."""
    answer = connect(bench)
    path = page_of(answer)

    assert "2026-01-01T12:30:00Z" == answer.json["connect_url_expires_at"]
    bench.clock.advance(FIRST_LIFE - 1)
    assert 200 == bench.get(path).status
    bench.clock.advance(1)
    assert (410, 410) == (bench.get(path).status, bench.submit(path).status)
    assert [] == bench.attempts()


def test_an_id_that_another_has_already_opens_nothing(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However unlikely: nobody is given a link to what is not his."""
    monkeypatch.setattr("reconnect.handler.secrets.token_hex", lambda size: "0" * 2 * size)
    taken = f"con_{NOON:08x}{'0' * 16}"
    bench.add(connection_id=taken, workspace_id="ws_2", owner_id="own_2")
    answer = bench.api("POST", "/connections", {"bank": BANK})

    assert 409 == answer.status
    assert taken not in answer.body


def test_a_fresh_one_is_good_for_half_an_hour_as_well(bench: Bench) -> None:
    """However often the app asks for one; a reconnect has its two weeks."""
    made = connect(bench).json["connection_id"]
    bench.clock.advance(3_600)
    fresh = bench.api("POST", f"/connections/{made}/reconnect")
    bench.add()
    usual = bench.api("POST", "/connections/con_1/reconnect")

    assert "2026-01-01T13:30:00Z" == fresh.json["expires_at"]
    assert 200 == bench.get(page_of(fresh)).status
    assert "2026-01-15T13:00:00Z" == usual.json["expires_at"]
    assert LIFE == 14 * 86_400


def test_an_answer_told_again_prolongs_nothing(bench: Bench) -> None:
    """Under the same key the same link is told, with the end that it had."""
    first = connect(bench)
    bench.clock.advance(FIRST_LIFE)
    again = connect(bench)

    assert (first.body, "true") == (again.body, again.headers["Idempotency-Replayed"])
    assert 410 == bench.get(page_of(again)).status


def test_an_expired_one_leads_back_to_the_app_and_mails_nothing(bench: Bench) -> None:
    """Whoever was sent it by a stranger has no login there; nobody has been mailed it."""
    bench.profile()
    path = bench.link(bench.first(), expires_at=NOON)
    page = bench.get(path)
    bench.post(f"{path}/fresh")

    assert (410, "This link has expired") == (page.status, page.title)
    assert "for half an hour" in page.body
    assert "You get a new one from the Banks section in Relink." in page.body
    assert "/fresh" not in page.body
    assert [] == queued("notices")


def test_what_was_begun_in_time_is_finished(bench: Bench) -> None:
    """The owner may have to wait for his bank's code; then it is told how it ended."""
    path = bench.link(bench.first())
    bench.submit(path)
    bench.clock.advance(FIRST_LIFE - 60)
    bench.change(live_until=bench.clock.now + 600)
    bench.worker(State.ASKING, prompt="Code?", fields=({"name": "code", "label": "Code"},))
    bench.clock.advance(120)

    turn = bench.get(f"{path}/status").hidden("turn")
    assert 303 == bench.post(path, {"turn": turn, "code": "123456"}).status
    bench.worker(State.DONE, accounts=1)
    bench.change(status=Status.GREEN, reason=None, credentials_version=1)
    assert 200 == bench.get(f"{path}/status").status


def test_whoever_comes_back_from_his_bank_has_no_longer_either(bench: Bench) -> None:
    """A first link made for him then is as short as any."""
    first_sent_off(bench)
    answer = bench.come_back(code=CODE)
    path = answer.headers["Location"].removesuffix("/status")
    bench.worker(State.EXPIRED)
    bench.clock.advance(FIRST_LIFE)

    assert (410, "This link has expired") == (bench.get(path).status, bench.get(path).title)


def test_the_form_says_for_whom_it_connects_the_bank(bench: Bench) -> None:
    """By the address that the host app's login vouches for: he cannot write another there."""
    path = page_of(connect(bench))
    bench.api("PUT", "/profile", {"email": "victim@elsewhere.example"})

    page = bench.get(path)

    assert FOR_HIM in page.body
    assert NOT_YOU in page.body
    assert "elsewhere" not in page.body
    assert "own_1@" not in page.body


def test_the_form_says_it_in_his_language(bench: Bench) -> None:
    """As all of the page."""
    body = bench.get(page_of(connect(bench)), accept_language="es").body
    bench.api("PUT", "/profile", {"language": "es"})
    body = bench.get(page_of(connect(bench, key="other"))).body

    assert "Conectas este banco a Relink para <strong>o…@example.com</strong>." in body
    assert "Si no eres tú, cierra esta página: quien te la envió vería tus cuentas." in body


@pytest.mark.parametrize("claims", [{"email": ""}, {"email_verified": "false"}])
def test_an_address_that_nobody_vouches_for_is_not_shown(
    bench: Bench, claims: dict[str, str]
) -> None:
    """Nor the one that he gave himself: it would lend him the name of whom he writes to."""
    path = page_of(connect(bench, {**CLAIMS, **claims}))
    bench.api("PUT", "/profile", {"email": "victim@elsewhere.example"}, {**CLAIMS, **claims})

    page = bench.get(path)

    assert "You connect this bank to Relink, for whoever began it there." in page.body
    assert NOT_YOU in page.body
    assert "@" not in page.body


def test_a_reconnect_shows_no_address(bench: Bench) -> None:
    """Its accounts must be those that we know, and its link may have been forwarded."""
    connect(bench)
    page = bench.get(bench.link(bench.add()))

    assert 200 == page.status
    assert "@" not in page.body
    assert NOT_YOU not in page.body


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("tia@example.com", "t…@example.com"),
        ("t@example.com", "t…@example.com"),
        ('"a@b"@example.com', '"…@example.com'),
        ("no address", ""),
        ("@example.com", ""),
        ("", ""),
    ],
)
def test_an_address_is_masked(address: str, expected: str) -> None:
    """Enough to know one's own."""
    assert expected == masked(address)


def test_connecting_changes_nothing_that_the_owner_has_set(bench: Bench) -> None:
    """Not even what he is setting at the same moment."""
    bench.profile(language="es", email="mine@example.org", quiet_from="20:00")
    before = bench.services.owners.profile("own_1")
    connect(bench)

    assert before
    expected = replace(before, login_email="own_1@example.com")
    assert expected == bench.services.owners.profile("own_1")
    told = json.loads(bench.api("GET", "/profile").body)
    assert ("mine@example.org", True) == (told["email"], "login_email" not in told)


def test_whoever_comes_back_late_is_not_let_into_a_later_incident(bench: Bench) -> None:
    """What he brings was for the one in which he left."""
    sent_off(bench)
    bench.worker(State.EXPIRED)
    bench.change(red_since=bench.clock.now + 5, reason=Reason.CREDENTIALS_REJECTED)
    bench.clock.advance(10)

    path = bench.come_back(code=CODE).headers["Location"].removesuffix("/status")

    assert (410, "This link has been used") == (bench.get(path).status, bench.get(path).title)


def test_one_of_an_older_version_is_let_in_as_before(bench: Bench) -> None:
    """Its attempt does not say for which incident it was made."""
    sent_off(bench)
    before = bench.attempt()
    attempts = bench.services.reconnecting.attempts
    attempts.advance(before, replace(before, red_since=None))

    path = bench.come_back(code=CODE).headers["Location"]

    assert "Checking with your bank" == bench.get(path).title


def test_a_login_that_was_tried_too_often_is_said_with_until_when(bench: Bench) -> None:
    """The form is there for another one; the message stays as long as the pause."""
    bench.profile(time_zone="Europe/Madrid")
    path = bench.link(bench.first())
    bench.submit(path)
    until = NOON + 1_200
    bench.worker(State.REFUSED, messages={"": LOGIN_TRIED}, paused_until=until)

    page = bench.get(f"{path}/status")
    assert (200, "Connect Banco de la Ría") == (page.status, page.title)
    assert "This login has been tried three times within a day." in page.body
    assert "You can try this login again from 1 January 2026, 13:20 CET." in page.body
    told = bench.get(f"{path}/status", accept="application/json").json
    assert ("refused", {"": LOGIN_TRIED}) == (told["state"], told["messages"])
    assert 303 == bench.submit(path, form_id="g" * 24).status

    bench.worker(State.REFUSED, messages={"": LOGIN_TRIED}, paused_until=until)
    bench.clock.now = until
    assert path == bench.get(f"{path}/status").headers["Location"]
