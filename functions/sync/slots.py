"""What a slot's index says is due: connections page by page, less those that would be refused.

Red, paused and given up connections are not in the index. Those that must not be called for
longer than a message can wait, or whose bank is down, are read in passing and left out: no
message and no write is spent on them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from relink import outages
from relink.connection import HOLD_LIMIT
from relink.items import decode, encode

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mypy_boto3_dynamodb.client import DynamoDBClient

    from relink.outages import Outage

PAGE = 1000


@dataclass(frozen=True, slots=True)
class Page:
    """Connections to be queued, and the last one that was looked at; `whole` ends the slot."""

    due: tuple[str, ...]
    last: str
    whole: bool


@dataclass
class Slots:
    """The index of slots, as one run reads it."""

    client: DynamoDBClient
    table: str
    state_table: str
    now: int
    size: int = PAGE
    _outages: Mapping[str, Outage] | None = None
    _probed: set[str] = field(default_factory=set)

    def pages(self, slot: int, after: str) -> Iterator[Page]:
        """Yield the slot's connections behind `after`, each page when it is asked for."""
        whole = False
        while not whole:
            answer = self.client.query(**self._asked(slot, after))
            items = [decode(item) for item in answer["Items"]]
            whole = "LastEvaluatedKey" not in answer
            after = items[-1]["connection_id"] if items else after
            due = tuple(i["connection_id"] for i in items if self._callable(i))
            yield Page(due, after, whole)

    def _asked(self, slot: int, after: str) -> dict[str, Any]:
        condition, values = "slot = :slot", {":slot": slot, ":after": after or None}
        if after:
            condition += " AND connection_id > :after"
        return {
            "TableName": self.table,
            "IndexName": "by_slot",
            "KeyConditionExpression": condition,
            "ExpressionAttributeValues": encode(values),
            "Limit": self.size,
        }

    def _callable(self, item: Mapping[str, Any]) -> bool:
        """Tell whether a message may come to something; of a bank to be probed, one goes."""
        if item.get("rate_limited_until", 0) > self.now + HOLD_LIMIT:
            return False
        names = outages.names(item.get("provider", ""), item.get("bank_id", ""))
        place = outages.down_at(names, self._known_outages())
        if place is None:
            return True
        if self._known_outages()[place].spares(self.now) or place in self._probed:
            return False
        self._probed.add(place)
        return True

    def _known_outages(self) -> Mapping[str, Outage]:
        """Return the present outages: read once a run, and only if something is due.

        What operators have held is over at its time, for all; the worker takes it away.
        """
        if self._outages is None:
            found = outages.read(self.client, self.state_table)
            self._outages = {p: o for p, o in found.items() if not o.over(self.now)}
        return self._outages
