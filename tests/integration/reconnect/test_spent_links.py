"""Links whose use is over, and links whose login could bring any accounts."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from relink.links import FIRST_LIFE
from relink.provider import SyncResult
from relink.reasons import Reason, Status
from relink.transitions import Synced, mended, synced
from tests.fakes import NOON, account
from tests.integration.reconnect.test_first_connect import NOT_YOU, connect, page_of

if TYPE_CHECKING:
    from tests.integration.reconnect.bench import Answer, Bench

DAY = 86_400


def mended_elsewhere(bench: Bench, ends_in: int | None = None) -> str:
    """Return the link of an incident that its owner has ended at the provider."""
    path = bench.link(bench.add())
    bench.know()
    assert 200 == bench.get(path).status
    bench.clock.advance(DAY)
    before, now = bench.stored(), bench.clock.now
    facts = Synced("", consent_expires_at=ends_in and now + ends_in)
    after = synced(mended(before, 10, now), facts, now)
    bench.services.connections.save(before, after, expect=())
    return path


def test_a_link_does_not_live_again_after_its_incident(bench: Bench) -> None:
    """Waiting is right later on, and there is nothing to enter."""
    path = mended_elsewhere(bench)
    assert "Already fixed" in bench.get(path).body
    bench.clock.advance(3 * DAY)
    bench.change(status=Status.ORANGE, reason=Reason.BANK_UNAVAILABLE)

    assert "this link has done its work" in bench.get(path).body
    bench.submit(path)
    assert [] == bench.attempts()


def test_a_link_of_an_incident_renews_nothing(bench: Bench) -> None:
    """Its owner is told in time, by another mail."""
    path = mended_elsewhere(bench, ends_in=10 * DAY)

    assert ("Already fixed", False) == (bench.get(path).title, "Renew" in bench.get(path).body)


def accepted_once(bench: Bench) -> Answer:
    """Return the app's link to a bank that said yes, and was refused before any account came."""
    made = connect(bench).json["connection_id"]
    before = bench.stored(made)
    red = {"status": Status.RED, "reason": Reason.CONSENT_REVOKED, "red_since": NOON}
    after = replace(before, credentials_version=1, **red)  # type: ignore[arg-type]
    bench.services.connections.save(before, after, expect=())
    return bench.api("POST", f"/connections/{made}/reconnect")


def test_without_accounts_a_reconnect_warns_as_a_first_one(bench: Bench) -> None:
    """Whatever accounts a login shows become the connection's: it says whose they will be."""
    page = bench.get(page_of(accepted_once(bench)))

    assert (True, True) == (NOT_YOU in page.body, "o…@example.com" in page.body)


def test_without_accounts_a_reconnect_lasts_as_a_first_one(bench: Bench) -> None:
    """Half an hour; then the app gives another, and nothing is mailed."""
    answer = accepted_once(bench)
    bench.clock.advance(FIRST_LIFE)
    page = bench.get(page_of(answer))

    assert (410, False) == (page.status, "/fresh" in page.body)
    assert "for half an hour" in page.body
    assert "You get a new one from the Banks section in Relink." in page.body


def test_accounts_that_the_first_login_showed_are_known(bench: Bench) -> None:
    """Then it is a reconnect, for half an hour; a fresh link may be mailed."""
    path = page_of(accepted_once(bench))
    made = connect(bench).json["connection_id"]  # under the same key: the same one
    bench.services.ledger.store(made, SyncResult((account(),)), NOON)

    assert NOT_YOU not in bench.get(path).body
    bench.clock.advance(FIRST_LIFE)
    page = bench.get(path)
    assert (410, True, True) == (
        page.status,
        "/fresh" in page.body,
        "for half an hour" in page.body,
    )
