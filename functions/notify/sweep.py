"""From time to time: tell what has become due, and give notice of consents that end soon.

A message that was lost, a mail that was withheld and a reminder all come due in the same way: by
the time that is stored with each notice.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from typing import TYPE_CHECKING, Final

from relink.items import decode, encode
from relink.notices import Notice, Topic
from relink.queues import DigestMessage
from relink.writes import written

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mypy_boto3_dynamodb.client import DynamoDBClient

    from notify.records import Records
    from relink.connection import Connection
    from relink.notices import Notices
    from relink.queues import Queue
    from relink.repository import Connections

DAYS_BACK: Final = 31


@dataclass(frozen=True, slots=True)
class Marked:
    """A connection that the index names, and the day under which it stands there."""

    connection_id: str
    day: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweep:
    """What sweeping works with."""

    client: DynamoDBClient
    connections: Connections
    notices: Notices
    records: Records
    queue: Queue

    def run(self, now: int, time_left: Callable[[], bool]) -> Counter[str]:
        """Sweep until done, or until no time is left; return what was done, by names of metrics.

        What is not reached is the next one's. Safe to repeat, also after a crash at any point.
        """
        counted: Counter[str] = Counter()

        def in_time(_: object) -> bool:
            return time_left()

        counted["OwnersDue"] += self.queue.send_all(takewhile(in_time, self._due(now)))
        for marked in takewhile(in_time, self._marked(now)):
            counted[self._forewarn(marked, now)] += 1
        return +counted

    def _due(self, now: int) -> Iterator[DigestMessage]:
        seen: set[str] = set()
        for owner_id in self.records.due(now):
            if owner_id not in seen:
                seen.add(owner_id)
                yield DigestMessage(owner_id)

    def _marked(self, now: int) -> Iterator[Marked]:
        """Yield what stands in the index up to tomorrow: somewhere, tomorrow has begun."""
        today = datetime.fromtimestamp(now, UTC).date()
        for days in range(-DAYS_BACK, 2):
            day = (today + timedelta(days)).isoformat()
            pages = self.client.get_paginator("query").paginate(
                TableName=self.connections.table,
                IndexName="by_notice_day",
                KeyConditionExpression="notice_day = :day",
                ExpressionAttributeValues=encode({":day": day}),
            )
            for page in pages:
                for item in page["Items"]:
                    yield Marked(decode(item)["connection_id"], day)

    def _forewarn(self, marked: Marked, now: int) -> str:
        """Give the owner his notice, then take the connection out of the index.

        One that cannot be read stays in it for a later version of us. A consent may come to end at
        another hour of the same day meanwhile, which leaves the mark as it was: so it is read again
        without the mark, and what is new has a notice of its own.
        """
        try:
            connection = self.connections.get(marked.connection_id)
            if connection is None:
                return "ConnectionGone"  # the index has not heard of it yet
            new = self._give_notice(connection, now)
            self._unmark(marked)
            after = self.connections.get(marked.connection_id)
        except (KeyError, TypeError, ValueError):
            return "ConnectionUnreadable"
        if after is not None and after.consent_expires_at != connection.consent_expires_at:
            new |= after.notice_day is None and self._give_notice(after, now)
        return "ExpiryNoticed" if new else "ExpiryKnown"

    def _give_notice(self, connection: Connection, now: int) -> bool:
        ends_at = connection.consent_expires_at
        if ends_at is None or ends_at <= now:
            return False
        return self.notices.add(
            Notice(
                owner_id=connection.owner_id,
                connection_id=connection.connection_id,
                topic=Topic.EXPIRING,
                moment=ends_at,
                bank_name=connection.bank.name,
                created_at=now,
                due_at=now,
            )
        )

    def _unmark(self, marked: Marked) -> None:
        written(
            self.client.update_item,
            TableName=self.connections.table,
            Key=encode({"connection_id": marked.connection_id}),
            UpdateExpression="REMOVE notice_day",
            ConditionExpression="notice_day = :day",
            ExpressionAttributeValues=encode({":day": marked.day}),
        )
