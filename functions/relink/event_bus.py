"""The EventBridge bus that the host app listens to."""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING, Any, Final, Protocol

from botocore.exceptions import BotoCoreError, ClientError

from relink.backoff import tries

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from relink.events import Event

SOURCE: Final = "relink"
AT_ONCE: Final = 10
"""Entries that one request may hold."""


class EventsClient(Protocol):
    """What is used of boto3's client."""

    def put_events(self, *, Entries: Sequence[Any]) -> Mapping[str, Any]:  # noqa: N803 - AWS's
        """Put entries onto a bus; tells of each whether it was taken."""


class EventBus:
    """One bus by its name. Without a name nothing is told, and nothing costs.

    The client is made for the first event: few runs have one. Threads may share the object.
    """

    def __init__(self, make: Callable[[], EventsClient], name: str) -> None:
        self._make = make
        self._name = name
        self._client: EventsClient | None = None
        self._lock = threading.Lock()

    def put(self, events: Sequence[Event]) -> dict[int, str]:
        """Send events; return the places of those that were not taken, with AWS's error codes.

        Raises no trouble of AWS's. An event whose answer is lost counts as not taken: whoever
        sends it again tells it twice, under one id.
        """
        refused: dict[int, str] = {}
        if not self._name:
            return refused
        for start in range(0, len(events), AT_ONCE):
            places = range(start, min(start + AT_ONCE, len(events)))
            refused |= self._put({place: self._entry(events[place]) for place in places})
        return refused

    def _put(self, waiting: dict[int, dict[str, Any]]) -> dict[int, str]:
        """Send one request's entries; those for which there was no room are sent again."""
        refused: dict[int, str] = {}
        for _ in tries():
            try:
                answer = self._made().put_events(Entries=list(waiting.values()))
            except ClientError as error:
                return dict.fromkeys(waiting, error.response["Error"].get("Code", "ClientError"))
            except BotoCoreError as error:
                return dict.fromkeys(waiting, type(error).__name__)
            told = zip(waiting, answer["Entries"], strict=True)
            refused = {place: str(e["ErrorCode"]) for place, e in told if e.get("ErrorCode")}
            if not refused:
                return {}
            waiting = {place: waiting[place] for place in refused}
        return refused

    def _entry(self, event: Event) -> dict[str, Any]:
        return {
            "EventBusName": self._name,
            "Source": SOURCE,
            "DetailType": event.kind,
            "Time": event.at,
            "Detail": json.dumps(event.detail, separators=(",", ":")),
        }

    def _made(self) -> EventsClient:
        with self._lock:
            if self._client is None:
                self._client = self._make()
            return self._client
