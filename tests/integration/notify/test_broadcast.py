"""The stream's changes of colour reach the host app: at least once, whatever stops, with one id."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from infra.events import schema
from notify import handler
from notify.broadcast import event_of, publish
from notify.gathering import UnknownShape
from relink.event_bus import EventBus
from relink.events import STATUS_CHANGED
from relink.reasons import Reason, Status
from tests.integration.notify.bench import Crash, record

if TYPE_CHECKING:
    from collections.abc import Sequence

    from relink.connection import Connection
    from tests.integration.notify.bench import Bench


@dataclass
class HostApp:
    """A bus that takes everything, unless it is told what to refuse, request by request."""

    heard: list[dict[str, Any]] = field(default_factory=list)
    plan: list[dict[int, str]] = field(default_factory=list)
    crash: str = ""

    def put_events(self, *, Entries: Sequence[Any]) -> Any:  # noqa: N803 - AWS's
        """Take what is not to be refused."""
        if self.crash == "before":
            raise Crash
        refused = self.plan.pop(0) if self.plan else {}
        told = []
        for place, entry in enumerate(Entries):
            if place in refused:
                told.append({"ErrorCode": refused[place]})
                continue
            jsonschema.validate(json.loads(entry["Detail"]), schema(entry["DetailType"]))
            assert STATUS_CHANGED == entry["DetailType"]
            self.heard.append(json.loads(entry["Detail"]))
            told.append({"EventId": "x"})
        if self.crash == "after":
            raise Crash
        return {"FailedEntryCount": len(refused), "Entries": told}

    @property
    def bus(self) -> EventBus:
        """Return the bus."""
        return EventBus(lambda: self, "bus")


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch) -> HostApp:
    """Return a host app that listens; pauses take no time."""
    monkeypatch.setattr("relink.backoff.FIRST", 0)
    return HostApp()


def numbered(told: dict[str, Any], number: int) -> dict[str, Any]:
    """Return a stream record with a place in the stream."""
    images = {**told["dynamodb"], "SequenceNumber": str(number)}
    return {**told, "eventID": f"e{number}", "dynamodb": images}


def reds(bench: Bench, count: int) -> list[dict[str, Any]]:
    """Turn so many connections red; return the records."""
    return [numbered(bench.redden(bench.add(n)), n) for n in range(1, count + 1)]


def shrunk(made: Connection) -> Any:
    """Return the image of an item that an older version wrote."""
    image = record(made, None)["dynamodb"]["OldImage"]
    return {k: v for k, v in image.items() if k in {"connection_id", "status", "reason"}}


def test_each_change_is_told_once(bench: Bench, app: HostApp) -> None:
    """And what is no change of colour is not."""
    made = bench.add(9)
    unchanged = numbered(record(made, replace(made, lease="run")), 9)

    assert {} == publish([*reds(bench, 2), unchanged], app.bus)
    assert [("con_1", "red"), ("con_2", "red")] == [
        (e["connection_id"], e["status"]) for e in app.heard
    ]


def test_orange_is_told_to_the_host_app_and_to_nobody_else(bench: Bench, app: HostApp) -> None:
    """Its owner has nothing to do."""
    made = bench.add()
    orange = replace(made, status=Status.ORANGE, reason=Reason.BANK_UNAVAILABLE)
    told = record(made, orange)
    bench.tell(told)
    publish([told], app.bus)

    assert [] == bench.notices.of("own_1")
    assert [("orange", "bank_unavailable")] == [(e["status"], e["reason"]) for e in app.heard]


@pytest.mark.parametrize("crash", ["before", "after"])
def test_a_stop_at_the_bus_loses_no_event(bench: Bench, app: HostApp, crash: str) -> None:
    """The records come again; what had been taken comes with the same id."""
    records = reds(bench, 2)
    app.crash = crash
    with pytest.raises(Crash):
        publish(records, app.bus)
    app.crash = ""

    assert {} == publish(records, app.bus)
    ids = [e["id"] for e in app.heard]
    assert (2, 2 if crash == "before" else 4) == (len(set(ids)), len(ids))


def test_an_entry_that_is_refused_brings_its_record_again(bench: Bench, app: HostApp) -> None:
    """A good answer may hold failed entries: the first of them is where Lambda repeats from."""
    app.plan = [{1: "InternalFailure"}, *[{0: "InternalFailure"}] * 6]
    records = reds(bench, 3)

    assert {1: "InternalFailure"} == publish(records, app.bus)
    assert {} == publish(records[1:], app.bus)
    assert {"con_1", "con_2", "con_3"} == {e["connection_id"] for e in app.heard}
    assert 3 == len({e["id"] for e in app.heard})


def test_the_handler_repeats_from_the_first_record_that_was_not_told(
    bench: Bench, app: HostApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Notices are given all the same: an owner does not wait for the host app's bus."""
    app.plan = [{1: "InternalFailure"}, *[{0: "InternalFailure"}] * 6]
    parts = _Parts(bench.gathering, app.bus)
    monkeypatch.setattr(handler, "bootstrap", lambda: parts)
    answer = handler.lambda_handler({"Records": reds(bench, 3)}, _Context())

    assert {"batchItemFailures": [{"itemIdentifier": "2"}]} == answer
    assert 3 == len(bench.notices.of("own_1"))
    assert ["event refused"] == parts.logger.errors


def test_a_record_of_an_older_version_is_understood(bench: Bench) -> None:
    """What its old image lacks, it had not."""
    told = numbered(bench.redden(made := bench.add()), 1)
    told["dynamodb"]["OldImage"] = shrunk(made)
    event = event_of(told)

    assert event is not None
    assert {"status": "green", "reason": None} == event.detail["before"]


def test_a_record_that_cannot_be_read_is_named_without_its_words(bench: Bench) -> None:
    """It belongs in the dead letters, where it is found by its place."""
    told = numbered(bench.redden(bench.add()), 1)
    told["dynamodb"]["NewImage"] = {"status": {"S": "red"}, "words": {"S": "private"}}

    with pytest.raises(UnknownShape, match="connection_id"):
        event_of(told)


@dataclass
class _Logger:
    errors: list[str] = field(default_factory=list)

    def append_keys(self, **_: Any) -> None:
        """Take keys."""

    def info(self, *_: Any, **__: Any) -> None:
        """Take a line."""

    def error(self, phrase: str, **_: Any) -> None:
        """Take a line."""
        self.errors.append(phrase)


class _Metrics:
    def add_metric(self, *_: Any) -> None:
        """Take a figure."""

    def flush_metrics(self) -> None:
        """Write nothing."""


@dataclass
class _Parts:
    gathering: Any
    bus: EventBus
    logger: _Logger = field(default_factory=_Logger)
    metrics: _Metrics = field(default_factory=_Metrics)


class _Context:
    aws_request_id = "req"
