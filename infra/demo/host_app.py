"""What the host app hears meanwhile, on its own event bus."""

from __future__ import annotations

from typing import TYPE_CHECKING

from infra.demo.loop import DOWN, EXPIRING, LOGINS
from relink.events import STATUS_CHANGED, SYNCED

if TYPE_CHECKING:
    from infra.demo.cast import Cast


def follow(cast: Cast) -> None:
    """Hear of the same story from the bus: colours by the stream, data by the syncs."""
    cast.tell.begin("The host app has heard of all this, without asking")
    ids = {cast.founder.ids[bank]: bank for bank in LOGINS}
    changes = [
        (ids[event["connection_id"]], event["before"]["status"], event["status"])
        for event in cast.stack.host_app.events(STATUS_CHANGED)
        if event["connection_id"] in ids
    ]
    cast.tell.observe(
        "two connections turned red",
        f"{STATUS_CHANGED} on the event bus",
        seen=sorted(bank for bank, _, now in changes if now == "red"),
        expected=sorted(EXPIRING),
    )
    cast.tell.observe(
        f"{DOWN} turned orange, and green again",
        f"{STATUS_CHANGED} on the event bus",
        seen=[(before, now) for bank, before, now in changes if bank == DOWN][-2:],
        expected=[("green", "orange"), ("orange", "green")],
    )
    synced = cast.stack.host_app.events(SYNCED)
    brought = {ids[e["connection_id"]] for e in synced if e["added"] and e["connection_id"] in ids}
    cast.tell.observe(
        "each bank's first sync brought movements",
        f"{SYNCED} on the event bus",
        seen=sorted(brought),
        expected=sorted(LOGINS),
    )
