"""The movements of a connection's accounts, newest first, read a page at a time.

What the bank has not booked yet comes first and has no date; then the accounts' booked movements,
which lie in the order of their dates account by account, are merged.
"""

from __future__ import annotations

import heapq
import re
from dataclasses import dataclass
from itertools import chain, islice
from typing import TYPE_CHECKING, Any, Final

from relink.items import decode, encode
from relink.ledger_items import BOOKED, PENDING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mypy_boto3_dynamodb.client import DynamoDBClient

Item = dict[str, Any]
_PLACE: Final = re.compile(
    rf"{PENDING}[^#]{{1,64}}#|{BOOKED}[^#]{{1,64}}#[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}#"
)
AFTER_HASH = "$"
"""The character after the one that ends a part of a sort key."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which movements: of these accounts, booked within these days, both included."""

    connection_id: str
    account_ids: Sequence[str]
    since: str | None = None
    until: str | None = None

    @property
    def pending(self) -> bool:
        """Tell whether movements without a date are among them: not if they must end at one."""
        return self.until is None


@dataclass(frozen=True, slots=True)
class Movements:
    """The movements in the Ledger table."""

    client: DynamoDBClient
    table: str

    def page(self, wanted: Wanted, limit: int, after: str = "") -> list[Item]:
        """Return at most so many movements; `after` is the sort key to go on below."""
        lanes = [self._booked(wanted, a, limit, after) for a in wanted.account_ids]
        booked = heapq.merge(*lanes, key=booked_place, reverse=True)
        first: Iterator[Item] = iter(())
        if wanted.pending and not after.startswith(BOOKED):
            first = self._pending(wanted, limit, after)
        return list(islice(chain(first, booked), limit))

    def _pending(self, wanted: Wanted, limit: int, after: str) -> Iterator[Item]:
        for account_id in sorted(wanted.account_ids, reverse=True):
            lane = f"{PENDING}{account_id}"
            high = min(after, lane + AFTER_HASH) if after else lane + AFTER_HASH
            if high > f"{lane}#":
                for item in self._between(wanted, f"{lane}#", high, limit):
                    if item["sk"] != after:
                        yield item

    def _booked(self, wanted: Wanted, account_id: str, limit: int, after: str) -> Iterator[Item]:
        lane = f"{BOOKED}{account_id}#"
        low = f"{lane}{wanted.since or ''}"
        high = (f"{lane}{wanted.until}" if wanted.until else lane[:-1]) + AFTER_HASH
        place = booked_place({"sk": after}) if after.startswith(BOOKED) else None
        if place is not None:
            high = min(high, f"{lane}{place[0]}{AFTER_HASH}")
        if low > high:
            return
        for item in self._between(wanted, low, high, limit):
            if place is None or booked_place(item) < place:
                yield item

    def _between(self, wanted: Wanted, low: str, high: str, limit: int) -> Iterator[Item]:
        """Yield what lies between two sort keys, from the higher one down."""
        pages = self.client.get_paginator("query").paginate(
            TableName=self.table,
            KeyConditionExpression="connection_id = :c AND sk BETWEEN :low AND :high",
            ExpressionAttributeValues=encode(
                {":c": wanted.connection_id, ":low": low, ":high": high}
            ),
            ScanIndexForward=False,
            PaginationConfig={"PageSize": limit},
        )
        for page in pages:
            yield from map(decode, page["Items"])


def is_place(sk: str) -> bool:
    """Tell whether a text has the form of a movement's sort key."""
    return _PLACE.match(sk) is not None


def booked_place(item: Item) -> tuple[str, str, str]:
    """Return what orders booked movements: date, account and name."""
    _, account_id, day, name = str(item["sk"]).split("#", 3)
    return day, account_id, name
