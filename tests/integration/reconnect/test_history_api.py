"""What has happened to a connection, as its owner reads it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from relink.attempt import State, ended, submitted
from relink.failures import NeedsOwner
from relink.reasons import Reason, Scope
from relink.trail import attempt_event
from relink.transitions import Synced, accepted, failed, synced

if TYPE_CHECKING:
    from collections.abc import Callable

    from relink.connection import Connection
    from tests.integration.reconnect.bench import Bench

PATH = "/connections/con_1/history"
WRONG = NeedsOwner(Reason.CREDENTIALS_REJECTED, provider_text="PIN falsch", scope=Scope.CONNECTION)


def happens(bench: Bench, change: Callable[[Connection, int], Connection]) -> None:
    """Let something change the connection a minute later, as the worker writes it."""
    bench.clock.advance(60)
    before = bench.stored()
    bench.services.connections.save(before, change(before, bench.clock.now), expect=["status"])


def incident(bench: Bench) -> None:
    """Let a bank refuse the password, and its owner mend that at the second try."""
    bench.green(since=bench.clock.now)
    happens(bench, lambda c, now: failed(c, WRONG, now, counted=True))
    tried = submitted(bench.stored(), "att_1", b"", {}, bench.clock.now)
    over = ended(tried, State.REJECTED, reason="credentials_rejected")
    trail, client = bench.services.trail, bench.services._dynamodb
    client.transact_write_items(
        TransactItems=[trail.put("con_1", attempt_event(over, bench.clock.now + 30))]  # type: ignore[list-item]
    )
    happens(bench, lambda c, now: accepted(c, None, now))
    happens(bench, lambda c, now: synced(c, Synced("d"), now))


def told(bench: Bench, query: str = "", language: str = "en") -> list[dict[str, Any]]:
    """Return the events on a page."""
    answer = bench.api("GET", f"{PATH}?{query}", sending={"accept-language": language})
    assert 200 == answer.status, answer.body
    events: list[dict[str, Any]] = answer.json["events"]
    return events


def test_an_incident_is_told_from_its_end_to_its_beginning(bench: Bench) -> None:
    """When it began and why, what was tried, what ended it."""
    incident(bench)
    green, orange, tried, red = told(bench)

    assert [("status", "green", "synced"), ("status", "orange", "reconnected")] == [
        (e["kind"], e["status"], e["cause"]) for e in (green, orange)
    ]
    assert ("reconnect", "rejected", 0) == (tried["kind"], tried["outcome"], tried["accounts"])
    assert ("red", "failed", "PIN falsch") == (
        red["status"],
        red["cause"],
        red["reason"]["bank_text"],
    )
    assert (red["status"], red["at"]) == (orange["previous"]["status"], orange["previous"]["since"])
    assert "credentials_rejected" == orange["previous"]["reason"]["code"]
    assert ("2026-01-01T12:01:00Z", None) == (red["at"], green["reason"])


def test_reasons_are_told_in_the_readers_language(bench: Bench) -> None:
    """As everywhere."""
    incident(bench)
    english, spanish = (told(bench, language=x)[-1]["reason"] for x in ("en", "es"))

    assert english["code"] == spanish["code"]
    assert english["text"] != spanish["text"]


def test_pages_of_events_leave_none_out(bench: Bench) -> None:
    """Nor tell any twice."""
    incident(bench)
    whole = told(bench)
    found: list[Any] = []
    page: dict[str, Any] = {"next_cursor": ""}
    for _ in whole:
        following = f"&cursor={page['next_cursor']}" if found else ""
        page = bench.api("GET", f"{PATH}?limit=1{following}").json
        found += page["events"]

    assert page["next_cursor"] is None
    assert whole == found
    assert 4 == len({e["event_id"] for e in found})


def test_giving_a_bank_up_is_an_event(bench: Bench) -> None:
    """Written with the disconnection itself; the data that are kept keep their trail."""
    bench.green()
    bench.api("DELETE", "/connections/con_1")
    [event] = told(bench)

    assert ("disconnected", "orange", "green") == (
        event["cause"],
        event["status"],
        event["previous"]["status"],
    )


def test_a_connection_to_which_nothing_has_happened_has_no_history(bench: Bench) -> None:
    """An empty list, and no next page."""
    bench.green()

    assert {"events": [], "next_cursor": None} == bench.api("GET", PATH).json
