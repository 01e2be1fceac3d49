"""The owner's API for what has happened to a connection: its colours, and how attempts ended."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reconnect.api.asking import Query, wrong
from reconnect.api.caller import caller_of, own_connection
from reconnect.api.revalidating import kept
from reconnect.explaining import iso, reason_as_json, reason_of
from relink.reader import Reader
from relink.trail import EVENT

if TYPE_CHECKING:
    from aws_lambda_powertools.event_handler import Response

    from reconnect.shapes.events import Event as EventShape
    from reconnect.shapes.events import HistoryShape
    from reconnect.visit import Visit
    from relink.owners import Owners
    from relink.repository import Connections
    from relink.trail import Event, Trail


@dataclass(frozen=True, slots=True)
class HistoryApi:
    """Answers what became of a connection. Raises as `ConnectionsApi` does."""

    connections: Connections
    owners: Owners
    trail: Trail

    def history(self, visit: Visit, connection_id: str) -> Response[str]:
        """Return a page of its events, the last first."""
        caller = caller_of(visit.claims)
        own = own_connection(self.connections, caller, connection_id).connection_id
        page = Query.of(visit.query).page("history", own)
        if page.after and not page.after.startswith(EVENT):
            raise wrong("cursor", "no cursor of this list")
        found = self.trail.page(own, page.limit + 1, page.after)
        shown, more = found[: page.limit], len(found) > page.limit
        reader = Reader.of(self.owners.profile(caller.owner_id), visit.language)
        told: HistoryShape = {
            "events": [event_view(e, reader) for e in shown],
            "next_cursor": page.cursor(shown[-1].sk) if more else None,
        }
        return kept(visit, told)


def event_view(event: Event, reader: Reader) -> EventShape:
    """Return an event as its owner may see it."""
    name, at = event.event_id, iso(event.at)
    reason = reason_as_json(reason_of(event.reason), reader, event.bank_text)
    if event.kind == "status":
        return {
            "event_id": name,
            "kind": "status",
            "at": at,
            "status": event.status,
            "reason": reason,
            "cause": event.cause,
            "previous": {
                "status": event.was,
                "reason": reason_as_json(reason_of(event.was_reason), reader),
                "since": iso(event.was_since or event.at),
            },
        }
    if event.kind == "accounts":
        named = list(event.account_ids)
        return {
            "event_id": name,
            "kind": "accounts",
            "at": at,
            "account_ids": named,
            "reason": reason,
        }
    return {
        "event_id": name,
        "kind": "historical" if event.kind == "historical" else "reconnect",
        "at": at,
        "outcome": event.outcome,
        "began_at": iso(event.began_at or event.at),
        "accounts": event.accounts,
        "back_filled_from": iso(event.back_filled_from),
        "reason": reason,
    }
