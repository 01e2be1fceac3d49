"""What leaves for the host app: stable shapes, one id for the same, nothing that is private."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from infra.events import PATH, document, schema
from relink.changes import Changes
from relink.disconnecting import Data, disconnected
from relink.event_bus import EventBus
from relink.events import MOST_ACCOUNTS, STATUS_CHANGED, SYNCED, Event, status_changed, synced
from relink.failures import NeedsOwner
from relink.reasons import Reason, Status
from relink.transitions import Synced, accepted, failed
from relink.transitions import synced as turned_green
from tests.fakes import NOON, connection

if TYPE_CHECKING:
    from relink.connection import Connection

GUIDE = Path(__file__).parents[3] / "docs/events.md"
GREEN = connection(status=Status.GREEN, reason=None, last_success_at=NOON - 60)
RED = failed(
    GREEN, NeedsOwner(Reason.CONSENT_REVOKED, provider_text="Max Muster"), NOON, counted=False
)


def told(before: Connection, after: Connection, number: str = "e1") -> Event:
    """Return the event of a change, held against its schema."""
    event = status_changed(before, after, number, "1234")
    assert event is not None
    jsonschema.validate(event.detail, schema(event.kind))
    return event


def test_a_change_of_colour_says_from_what_to_what_and_why() -> None:
    """Enough to show it, and to ask for more."""
    event = told(GREEN, RED)

    assert (STATUS_CHANGED, NOON) == (event.kind, event.at)
    assert {
        "version": 1,
        "id": event.detail["id"],
        "at": "2026-01-01T12:00:00Z",
        "connection_id": "con_1",
        "workspace_id": "ws_1",
        "owner_id": "own_1",
        "bank_id": "fakebank",
        "provider": "fake",
        "status": "red",
        "reason": "consent_revoked",
        "since": "2026-01-01T12:00:00Z",
        "sequence": "1234".zfill(40),
        "connected": True,
        "before": {"status": "green", "reason": None},
    } == event.detail
    assert "Muster" not in json.dumps(event.detail)


@pytest.mark.parametrize(
    ("before", "after", "status", "connected"),
    [
        (RED, accepted(RED, None, NOON + 5), "orange", True),
        (RED, turned_green(RED, Synced(""), NOON + 5), "green", True),
        (GREEN, disconnected(GREEN, Data.KEEP, NOON), "orange", False),
        (
            connection(credentials_version=0),
            accepted(connection(credentials_version=0), None, NOON),
            "orange",
            True,
        ),
        (
            disconnected(RED, Data.KEEP, NOON),
            accepted(disconnected(RED, Data.KEEP, NOON), None, NOON + 9),
            "orange",
            True,
        ),
    ],
)
def test_each_change_that_the_trail_knows_is_told(
    before: Connection, after: Connection, status: str, *, connected: bool
) -> None:
    """Colours, a first connection, one that was given up, one that came back."""
    detail = told(before, after).detail

    assert (status, connected) == (detail["status"], detail["connected"])


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (GREEN, replace(GREEN, lease="run")),
        (RED, replace(RED, reason=Reason.ACCESS_LOCKED)),
        (None, GREEN),
        (RED, None),
    ],
)
def test_what_is_no_change_of_colour_is_not_told(before: Any, after: Any) -> None:
    """Nor are the beginning and the end of an item: its connection tells them."""
    assert status_changed(before, after, "e1", "1") is None


def test_what_is_told_again_has_the_same_id() -> None:
    """And what is another change has another."""
    assert told(GREEN, RED).detail == told(GREEN, RED).detail
    assert told(GREEN, RED).detail["id"] != told(GREEN, RED, "e2").detail["id"]


def test_the_later_of_two_has_the_later_sequence() -> None:
    """Not the later `since`: one that came back within its colour has the same."""
    gone = disconnected(GREEN, Data.KEEP, NOON)
    back = accepted(gone, None, NOON + 86_400)
    earlier = status_changed(GREEN, gone, "e1", "999")
    later = status_changed(gone, back, "e2", "1000")

    assert earlier
    assert later
    assert earlier.detail["since"] == later.detail["since"]
    assert str(earlier.detail["sequence"]) < str(later.detail["sequence"])


def changes(**facts: Any) -> Changes:
    """Return changes with one answer of the bank."""
    return Changes(**{"answers": ["d1"], "accounts": {"acc_1"}, **facts})


def sync(found: Changes, before: Connection = GREEN, **facts: Any) -> dict[str, Any]:
    """Return what is told of a sync, held against its schema."""
    event = synced(before, found, NOON, **{"history": False, "exact": True, **facts})
    assert SYNCED == event.kind
    jsonschema.validate(event.detail, schema(SYNCED))
    return dict(event.detail)


def test_a_sync_says_how_much_of_which_accounts_and_days() -> None:
    """Counts and ids, no amounts."""
    days = {"first": date(2025, 12, 30), "last": date(2026, 1, 1)}
    detail = sync(changes(added=3, modified=1, removed=2, **days))

    assert (3, 1, 2) == (detail["added"], detail["modified"], detail["removed"])
    assert (["acc_1"], "2025-12-30", "2026-01-01", True) == (
        detail["account_ids"],
        detail["first_day"],
        detail["last_day"],
        detail["exact"],
    )


def test_the_same_answer_after_the_same_success_is_the_same_event() -> None:
    """A run that died is repeated: what it told and what it did not have the same id."""
    first = sync(changes(added=3))
    again = sync(changes(), exact=False)

    assert (first["id"], 0, False) == (again["id"], again["added"], again["exact"])
    assert first["id"] != sync(changes(answers=["d2"]))["id"]
    assert first["id"] != sync(changes(), replace(GREEN, last_success_at=NOON))["id"]


def test_an_event_stays_within_what_a_bus_takes() -> None:
    """Of too many accounts none is named, and that is said."""
    many = {f"acc_{'x' * 20}{n}" for n in range(MOST_ACCOUNTS + 1)}
    detail = sync(changes(accounts=many))

    assert ([], False) == (detail["account_ids"], detail["exact"])


class Client:
    """A bus that takes, refuses or fails as it is told, request by request."""

    def __init__(self, *plan: Any) -> None:
        self.plan = list(plan)
        self.requests: list[list[dict[str, Any]]] = []

    def put_events(self, *, Entries: Any) -> Any:  # noqa: N803 - AWS's
        """Play the next answer; what is not in the plan is taken."""
        self.requests.append(list(Entries))
        step = self.plan.pop(0) if self.plan else {}
        if isinstance(step, Exception):
            raise step
        told = [
            {"ErrorCode": step[n]} if n in step else {"EventId": "x"} for n in range(len(Entries))
        ]
        return {"FailedEntryCount": len(step), "Entries": told}


def events(number: int) -> list[Event]:
    """Return so many events."""
    return [told(GREEN, RED, f"e{n}") for n in range(number)]


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("relink.backoff.FIRST", 0)


def test_events_leave_ten_at_a_time() -> None:
    """More than that no request may hold."""
    client = Client()

    assert {} == EventBus(lambda: client, "bus").put(events(23))
    assert [10, 10, 3] == [len(r) for r in client.requests]
    [first, *_] = client.requests[0]
    assert ("bus", "relink", STATUS_CHANGED, NOON) == (
        first["EventBusName"],
        first["Source"],
        first["DetailType"],
        first["Time"],
    )


def test_what_the_bus_had_no_room_for_is_sent_again_and_nothing_else() -> None:
    """A good answer may hold failed entries."""
    client = Client({1: "ThrottlingException"})

    assert {} == EventBus(lambda: client, "bus").put(events(3))
    assert [3, 1] == [len(r) for r in client.requests]
    assert client.requests[0][1] == client.requests[1][0]


def test_what_is_refused_for_good_is_named() -> None:
    """By its place among all, so that its record comes again."""
    client = Client({}, *[{0: "InternalFailure"}] * 20)

    assert {10: "InternalFailure"} == EventBus(lambda: client, "bus").put(events(12))


def test_a_request_that_fails_counts_as_not_taken() -> None:
    """Whoever sends it again tells it twice at most, under one id."""
    from tests.stumbling import refusal  # noqa: PLC0415 - the one test that needs it

    client = Client(refusal("AccessDeniedException"))

    assert dict.fromkeys(range(2), "AccessDeniedException") == (
        EventBus(lambda: client, "bus").put(events(2))
    )


def test_without_a_bus_nothing_is_told_and_no_client_made() -> None:
    """A deployment whose host app does not listen pays nothing."""

    def make() -> Client:
        raise AssertionError

    assert {} == EventBus(make, "").put(events(1))


def test_the_description_is_the_code() -> None:
    """`make events` writes it anew."""
    assert json.loads(PATH.read_text()) == document()


def test_the_guides_examples_are_such_events() -> None:
    """Each JSON block is held against the schema of the event that it shows."""
    blocks = [b.partition("```")[0] for b in GUIDE.read_text().split("```json\n")[1:]]
    kinds = []
    for block in blocks:
        shown = json.loads(block)
        kinds.append(shown["detail-type"])
        assert "relink" == shown["source"]
        jsonschema.validate(shown["detail"], schema(shown["detail-type"]))

    assert [STATUS_CHANGED, SYNCED] == kinds
