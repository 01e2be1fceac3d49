"""From the connections' stream to the host app: each change of colour is an event on its bus.

It costs nothing to tell one twice: a record that the stream repeats makes the same event, with the
same id.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from notify.gathering import UnknownShape
from relink.events import status_changed
from relink.repository import from_item

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from relink.event_bus import EventBus
    from relink.events import Event

_ALWAYS: Final = (
    *("connection_id", "workspace_id", "owner_id", "bank_id", "bank_name", "bank_country"),
    *("provider", "method", "created_at", "since", "status"),
)
"""Attributes that every connection has; an older item may lack what came later."""


def event_of(record: Mapping[str, Any]) -> Event | None:
    """Return the event that a stream record makes, or None. Raises `UnknownShape`."""
    try:
        images = record["dynamodb"]
        if "OldImage" not in images or "NewImage" not in images:
            return None
        new = images["NewImage"]
        old = {name: new[name] for name in _ALWAYS} | images["OldImage"]
        number, place = str(record["eventID"]), str(images["SequenceNumber"])
        return status_changed(from_item(old), from_item(new), number, place)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        # A KeyError names the attribute; other texts may quote what is in it.
        what = str(error) if isinstance(error, KeyError) else type(error).__name__
        raise UnknownShape(what) from None


def publish(
    records: Sequence[Mapping[str, Any]], bus: EventBus, skip: Collection[int] = ()
) -> dict[int, str | UnknownShape]:
    """Send the events of a batch; return the places of the records that must come again, and why.

    That is the code with which AWS has refused their event, or what cannot be read of them. Those
    at places to skip come again anyhow.
    """
    events: dict[int, Event] = {}
    failed: dict[int, str | UnknownShape] = {}
    for place, record in enumerate(records):
        if place in skip:
            continue
        try:
            event = event_of(record)
        except UnknownShape as error:
            failed[place] = error
        else:
            if event is not None:
                events[place] = event
    places = list(events)
    refused = bus.put(list(events.values()))
    return failed | {places[number]: code for number, code in refused.items()}
