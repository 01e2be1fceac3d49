"""The circuit breaker of a bank: when several fail alike, the others are spared.

A failure of the bank itself is counted by distinct connection, unless this process has just seen
the bank answer others (see `recollection`); a success is free. While the bank is down one
connection at a time, a canary, is let through; its success opens the way for all. What the bank
says to one connection alone, be it that its owner must act, is an answer, and ends the outage as a
success does. No owner is ever told to reconnect for it: these are failures that wait.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger

from relink.items import decode, encode
from relink.outages import (
    FIRST_PROBE,
    ITEM,
    PLACE,
    Outage,
    down_at,
    place_of,
    places,
    read,
    release,
)
from relink.reasons import Reason, Scope, Status
from relink.writes import written
from sync.batches.recollection import Recollection

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_dynamodb.client import DynamoDBClient

    from relink.connection import Connection

logger = Logger(service="worker", child=True)
ALIKE = 3
WINDOW = 30 * 60
KEPT = 10
"""Seconds for which a process trusts what it has read."""
COUNTED = frozenset({Reason.BANK_UNAVAILABLE, Reason.PROVIDER_UNAVAILABLE, Reason.NOT_REACHED})


@dataclass(frozen=True)
class Breaker:
    """The outages, and the counts that lead to them, in the State table."""

    client: DynamoDBClient
    table: str
    recollection: Recollection = field(default_factory=Recollection)
    _kept: dict[str, tuple[int, dict[str, Outage]]] = field(default_factory=dict)

    def recent(self, now: int) -> dict[str, Outage]:
        """Return the outages as they were seconds ago at most: one read for many batches.

        What this process has learnt itself since then is in it.
        """
        read_at, found = self._kept.get(ITEM, (now - KEPT, {}))
        if not 0 <= now - read_at < KEPT:
            found = self._in_force(self.outages(), now)
            self._kept[ITEM] = (now, found)
        return found

    def outages(self) -> dict[str, Outage]:
        """Return the present outages."""
        return read(self.client, self.table)

    def _in_force(self, found: dict[str, Outage], now: int) -> dict[str, Outage]:
        """Return the outages without those that operators have held for long enough."""
        over = {place: o for place, o in found.items() if o.over(now)}
        for place, outage in over.items():
            if release(self.client, self.table, place, outage):
                logger.info("no longer held", place=place)
        return self.outages() if over else found

    def admits(self, connection: Connection, outages: Mapping[str, Outage], now: int) -> bool:
        """Tell whether a bank may be called; while it is down, for one canary at a time."""
        place = down_at(places(connection.bank), outages)
        if place is None:
            return True
        outage = outages[place]
        if outage.held or outage.spares(now):
            return False
        return self._write(place, outage, outage.probed(now))

    def settled(
        self,
        after: Connection,
        outages: Mapping[str, Outage],
        now: int,
    ) -> str | None:
        """Learn from a visit; return, and log, the place whose outage it began or ended."""
        place, over = None, _answered(after)
        if over:
            self.recollection.answered(places(after.bank), now)
            place = self._ended(after, outages)
        elif after.scope is Scope.PROVIDER and after.reason in COUNTED:
            place = self._failed(after, after.reason, outages, now)
        if place is not None:
            logger.warning("outage", place=place, over=over)
        return place

    def _ended(self, connection: Connection, outages: Mapping[str, Outage]) -> str | None:
        for place in places(connection.bank):
            if place in outages and self._write(place, None, None):
                return place
        return None

    def _failed(
        self,
        connection: Connection,
        reason: Reason,
        outages: Mapping[str, Outage],
        now: int,
    ) -> str | None:
        place = place_of(connection.bank, reason)
        known = outages.get(place)
        if known is not None:
            self._write(place, None, known.goes_on(now))
            return None
        if self.recollection.excuses(place, now):
            return None
        if self._count(place, connection.connection_id, now) < ALIKE:
            return None
        began = Outage(since=now, probe_at=now + FIRST_PROBE)
        return place if self._write(place, None, began, only_new=True) else None

    def _count(self, place: str, connection_id: str, now: int) -> int:
        """Count a failing connection and return how many there are in this half hour."""
        answer = self.client.update_item(
            TableName=self.table,
            Key=encode({"name": f"failing#{place}#{now // WINDOW}"}),
            UpdateExpression="ADD failing :c SET expires_at = :gone",
            ExpressionAttributeValues=encode({":c": {connection_id}, ":gone": now + 4 * WINDOW}),
            ReturnValues="ALL_NEW",
        )
        return len(decode(answer["Attributes"])["failing"])

    def _write(
        self,
        place: str,
        before: Outage | None,
        after: Outage | None,
        *,
        only_new: bool = False,
    ) -> bool:
        """Set or remove an outage; with `before`, only if it still stands so."""
        self._kept.clear()
        conditions, values = [], {}
        if after is not None:
            values[":after"] = after.as_stored()
        if before is not None:
            values[":before"] = before.as_stored()
            conditions.append("#place = :before")
        conditions.append(f"attribute_{'not_' if only_new else ''}exists(#place)")
        change: dict[str, Any] = {
            "UpdateExpression": "SET #place = :after" if after else "REMOVE #place",
            "ConditionExpression": " AND ".join(conditions),
            "ExpressionAttributeNames": {"#place": PLACE + place},
        }
        if values:
            change["ExpressionAttributeValues"] = encode(values)
        where = {"TableName": self.table, "Key": encode({"name": ITEM})}
        return written(self.client.update_item, **where, **change)


def _answered(after: Connection) -> bool:
    """Tell whether the bank has answered: all is well, or this one connection needs its owner.

    The second counts as well, as nobody calls a red connection again: if all that are let through
    turned red, no success would ever end the outage.
    """
    refused = after.status is Status.RED and after.scope is Scope.CONNECTION
    return after.status is Status.GREEN or refused
