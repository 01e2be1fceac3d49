"""What a link is good for: nothing if it is not ours, one connection, one incident, a while."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from relink.attempt import State
from relink.reasons import Reason, Status
from tests.fakes import NOON

if TYPE_CHECKING:
    from tests.integration.reconnect.bench import Bench


@pytest.mark.parametrize(
    "token",
    ["nonsense", "a.b.c", "a.b.c.d", "..", "%00", "x" * 600, "x" * 5000, "ñandú", "<script>"],
)
def test_nonsense_for_a_token_is_no_page(bench: Bench, token: str) -> None:
    """Whatever stands in the address, there is nothing here."""
    for page in (bench.get(f"/reconnect/{token}"), bench.get(f"/reconnect/{token}/status")):
        assert 404 == page.status
        assert "There is nothing here" in page.body
        assert "<script>" not in page.body
    assert 404 == bench.submit(f"/reconnect/{token}").status
    assert 404 == bench.post(f"/reconnect/{token}/fresh").status


def test_a_token_with_one_bit_flipped_is_no_page(bench: Bench) -> None:
    """A link opens what was signed, or nothing."""
    path = bench.link(bench.add())
    for place in range(len("/reconnect/"), len(path), 7):
        flipped = path[:place] + ("A" if path[place] != "A" else "B") + path[place + 1 :]
        assert 404 == bench.get(flipped).status


def test_the_link_of_a_connection_that_is_gone_is_no_page(bench: Bench) -> None:
    """A signed link to nothing shows nothing."""
    made = bench.add()

    assert 404 == bench.get(bench.link(replace(made, connection_id="con_gone"))).status


def test_an_expired_link_offers_a_fresh_one(bench: Bench) -> None:
    """It opens no form, and takes none."""
    path = bench.link(bench.add(), expires_at=NOON)

    page = bench.get(path)
    refused = bench.submit(path)

    assert (410, 410) == (page.status, refused.status)
    assert "This link has expired" == page.title == refused.title
    assert f'action="{path}/fresh"' in page.body
    assert [] == bench.attempts()


def test_a_link_is_dead_once_the_credentials_are_replaced(bench: Bench) -> None:
    """Nothing is stored for that: the link names the version that it may replace."""
    path = bench.link(bench.add())
    bench.change(
        status=Status.ORANGE,
        reason=Reason.FIRST_SYNC_PENDING,
        red_since=None,
        credentials_version=2,
    )

    for page in (bench.get(path), bench.submit(path), bench.get(f"{path}/status")):
        assert (200, "Your bank said yes") == (page.status, page.title)
    assert [] == bench.attempts()


def test_a_used_link_says_so_when_the_bank_needs_its_owner_again(bench: Bench) -> None:
    """The next incident has links of its own."""
    path = bench.link(bench.add())
    bench.change(credentials_version=2, red_since=NOON)

    for page in (bench.get(path), bench.submit(path), bench.get(f"{path}/status")):
        assert (410, "This link has been used") == (page.status, page.title)
    assert [] == bench.attempts()


def test_a_link_of_an_earlier_incident_opens_no_later_one(bench: Bench) -> None:
    """Neither its form nor the attempt that its own link has made, though both replace the same."""
    before = bench.add()
    old = bench.link(before)
    after = bench.change(red_since=NOON - 30)

    assert (410, 410) == (bench.get(old).status, bench.submit(old).status)
    assert [] == bench.attempts()

    bench.submit(bench.link(after), form_id="g" * 24)
    bench.worker(State.ASKING, prompt="Code?", fields=({"name": "code", "label": "Code"},))
    for page in (bench.get(old), bench.get(f"{old}/status"), bench.submit(old, code="1")):
        assert (410, "This link has been used") == (page.status, page.title)
    assert State.ASKING == bench.attempt().state


def test_a_link_tells_how_its_own_attempt_ended_until_the_next_incident(bench: Bench) -> None:
    """What was made before the incident that stands now is the business of who made it."""
    path = bench.link(bench.add())
    bench.submit(path)
    bench.clock.advance(60)
    bench.change(red_since=bench.clock.now, credentials_version=1)

    assert 200 == bench.get(f"{path}/status").status
