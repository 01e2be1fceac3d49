"""What we hold of a batch of connections: credentials and cursors, read at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger

from relink.backoff import Throttled, tries
from relink.faults import describe, passing
from relink.items import decode
from relink.ledger import cursor_key
from sync.credentials.vault import Sealed, sealed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mypy_boto3_dynamodb.client import DynamoDBClient

BATCH_GET = 50
"""Connections a request: it takes a hundred keys, and each connection has two."""
logger = Logger(service="worker", child=True)


@dataclass(frozen=True, slots=True)
class Holding:
    """A connection's sealed credentials and its cursor; None is what has not been read."""

    sealed: Sealed | None = None
    cursor: str | None = None


@dataclass(frozen=True)
class Holdings:
    """The Credentials and Ledger tables, as far as a sync begins with them.

    A read may be a moment old: a visit whose credentials are not those of its claim reads them
    again, and an old cursor only brings the same page again.
    """

    client: DynamoDBClient
    credentials: str
    ledger: str

    def of(self, connection_ids: Sequence[str]) -> dict[str, Holding]:
        """Return what we hold of each connection; nothing if AWS is in trouble.

        One read for all must not be what all fail by: each visit then reads for itself.
        """
        found: dict[str, Holding] = {}
        try:
            for start in range(0, len(connection_ids), BATCH_GET):
                found |= self._read(connection_ids[start : start + BATCH_GET])
        except Exception as error:
            if not passing(error):
                raise
            logger.warning("batch not read", extra=describe(error))
        return found

    def _read(self, connection_ids: Sequence[str]) -> dict[str, Holding]:
        items: dict[str, dict[str, Any]] = {self.credentials: {}, self.ledger: {}}
        request: Any = {
            self.credentials: {"Keys": [{"connection_id": {"S": k}} for k in connection_ids]},
            self.ledger: {
                "Keys": [{n: {"S": v} for n, v in cursor_key(k).items()} for k in connection_ids],
            },
        }
        for _ in tries():
            answer = self.client.batch_get_item(RequestItems=request)
            for table, some in answer["Responses"].items():
                items[table] |= {i["connection_id"]["S"]: i for i in some}
            request = answer.get("UnprocessedKeys")
            if not request:
                boxes, cursors = items[self.credentials], items[self.ledger]
                return {k: _holding(boxes.get(k), cursors.get(k)) for k in connection_ids}
        raise Throttled


def _holding(box: dict[str, Any] | None, cursor: dict[str, Any] | None) -> Holding:
    return Holding(
        sealed(box) if box else None,
        str(decode(cursor)["cursor"]) if cursor else "",
    )
