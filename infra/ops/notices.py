"""Notices anew: of what notify could not read in the stream, or of all that is red.

The dead letters of the stream name records, which it keeps for a day. What a record would have
brought about follows from the tables as well: an incident that there is has a notice, one that is
over has none that stands. So it is made good from them, whatever has become of the record.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError, ParamValidationError

from infra.ops.redrive import batches, show
from notify.gate import Gates
from notify.gathering import Gathering
from notify.records import Records
from relink.items import decode, encode
from relink.notices import NOTICE, Notices, Topic, from_item
from relink.queues import Queue
from relink.reasons import Status
from relink.repository import from_item as connection_of
from relink.repository import to_item

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from infra.ops.target import Target
    from relink.connection import Connection
    from relink.notices import Notice

GATHER_SECONDS: Final = 60
GONE: Final = frozenset({"TrimmedDataAccessException", "ResourceNotFoundException"})
PAGES: Final = 20
"""Answers without a record after which a shard is taken for read."""


def rebuild_notices(target: Target, *, everything: bool, dry_run: bool) -> dict[str, Any]:
    """Make good what the stream's dead letters named; delete those. Return what was done.

    With `everything`, or if the stream has forgotten some of the records, all connections and all
    notices are looked at.
    """
    sqs, url = target.client("sqs"), target.name("StreamDeadLetters")
    letters = [letter for batch in batches(sqs, url) for letter in batch]
    named: set[str] = set()
    forgotten = 0
    for letter in letters:
        found = _named(target, letter["Body"])
        named |= found
        forgotten += not found
    whole = everything or forgotten > 0
    rebuilding = _Rebuilding(target, dry_run=dry_run)
    ids = rebuilding.concerned() if whole else named
    for connection_id in sorted(ids):
        rebuilding.rebuild(connection_id)
    _put_away(sqs, url, letters, keep=dry_run)
    return {
        "dry_run": dry_run,
        "dead_letters": len(letters),
        "records_forgotten_by_the_stream": forgotten,
        "looked_at": "everything" if whole else sorted(named),
        "begun": rebuilding.begun,
        "ended": rebuilding.ended,
    }


class _Rebuilding:
    """Gives incidents their notices, and ends those of none, as the stream's records would."""

    def __init__(self, target: Target, *, dry_run: bool) -> None:
        client, owners = target.dynamodb, target.name("OwnersTable")
        queue = Queue(target.client("sqs"), target.name("NoticeQueue"))
        self._target = target
        self._dry_run = dry_run
        self._notices = Notices(client, owners)
        self._gathering = Gathering(
            self._notices, Records(client, owners), Gates(client, owners), queue, GATHER_SECONDS
        )
        self._open: dict[str, list[Notice]] = {}
        self.begun: list[str] = []
        self.ended: list[str] = []

    def concerned(self) -> set[str]:
        """Return the connections that are in an incident, or have a notice of one."""
        red = {
            found.connection_id
            for item in self._target.scan("ConnectionsTable")
            if (found := connection_of(item)).incident_since is not None
        }
        for item in self._target.scan(
            "OwnersTable",
            FilterExpression="begins_with(sk, :n) AND attribute_not_exists(cleared_at)",
            ExpressionAttributeValues=encode({":n": f"{NOTICE}{Topic.RED.value}#"}),
        ):
            notice = from_item(decode(item))
            self._open.setdefault(notice.connection_id, []).append(notice)
        return red | self._open.keys()

    def rebuild(self, connection_id: str) -> None:
        """Bring the notices of a connection into line with what it is now."""
        connection = self._target.connections.get(connection_id)
        since = connection.incident_since if connection else None
        mine = self._of(connection_id, connection)
        for notice in mine:
            if notice.cleared_at is None and notice.moment != since:
                self._apply(_before(notice), connection)
                self.ended.append(notice.notice_id)
        if connection is not None and since is not None:
            if not any(n.moment == since for n in mine):
                self.begun.append(f"{Topic.RED.value}.{connection_id}.{since}")
            self._apply(None, connection)

    def _of(self, connection_id: str, connection: Connection | None) -> list[Notice]:
        known = self._notices.of(connection.owner_id) if connection else []
        mine = {n.sk: n for n in (*known, *self._open.get(connection_id, ()))}
        return [
            n for n in mine.values() if n.connection_id == connection_id and n.topic is Topic.RED
        ]

    def _apply(self, before: dict[str, Any] | None, after: Connection | None) -> None:
        if self._dry_run:
            return
        images = {"OldImage": before} if before else {}
        if after is not None:
            images["NewImage"] = to_item(after)
        self._gathering.apply({"dynamodb": images}, self._target.now())


def _before(notice: Notice) -> dict[str, Any]:
    """Return as much of a connection as tells that it was in the notice's incident."""
    return encode(
        {
            "connection_id": notice.connection_id,
            "owner_id": notice.owner_id,
            "status": Status.RED.value,
            "red_since": notice.moment,
        }
    )


def _put_away(sqs: Any, url: str, letters: Iterable[dict[str, Any]], *, keep: bool) -> None:
    for letter in letters:
        if keep:
            show(sqs, url, letter["ReceiptHandle"])
        else:
            sqs.delete_message(QueueUrl=url, ReceiptHandle=letter["ReceiptHandle"])


@dataclass(frozen=True)
class _Place:
    """Where in the stream the records of a dead letter are."""

    arn: str
    shard: str
    first: str
    last: int


def _named(target: Target, body: str) -> set[str]:
    """Return the connections whose records a dead letter names; none if that cannot be told."""
    try:
        told = json.loads(body)["DDBStreamBatchInfo"]
        place = _Place(
            told["streamArn"],
            told["shardId"],
            told["startSequenceNumber"],
            int(told["endSequenceNumber"]),
        )
    except (ValueError, KeyError, TypeError):
        return set()
    try:
        return set(_keys(target.client("dynamodbstreams"), place))
    except ParamValidationError:
        return set()
    except ClientError as error:
        if error.response["Error"]["Code"] not in GONE:
            raise
        return set()


def _keys(streams: Any, place: _Place) -> Iterator[str]:
    iterator = streams.get_shard_iterator(
        StreamArn=place.arn,
        ShardId=place.shard,
        ShardIteratorType="AT_SEQUENCE_NUMBER",
        SequenceNumber=place.first,
    )["ShardIterator"]
    empty = 0
    while iterator and empty < PAGES:
        answer = streams.get_records(ShardIterator=iterator)
        empty = 0 if answer["Records"] else empty + 1
        for record in answer["Records"]:
            number = int(record["dynamodb"]["SequenceNumber"])
            if number > place.last:
                return
            yield str(record["dynamodb"]["Keys"]["connection_id"]["S"])
            if number == place.last:
                return
        iterator = answer.get("NextShardIterator")
