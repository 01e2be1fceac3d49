"""A fresh link for an expired one: mailed to the owner of the connection, and to nobody else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from relink.items import encode
from relink.owners import NOTICE, Notice, Owners
from relink.queues import DigestMessage
from relink.reasons import Status
from relink.repository import Conflict, raise_conflict

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_dynamodb.client import DynamoDBClient

    from relink.connection import Connection
    from relink.queues import Queue

MAILED_AGAIN_AFTER = 600


@dataclass(frozen=True, slots=True)
class FreshLinks:
    """Has the notice of a red connection mailed again, with the link that its mail carries."""

    owners: Owners
    client: DynamoDBClient
    table: str
    queue: Callable[[], Queue]

    def request(self, connection: Connection, now: int) -> bool:
        """Have the owner's mail sent once more; tell whether it will be.

        Whoever holds the old link can cause one mail in ten minutes, to the owner, while the
        connection is red; and nothing else.
        """
        notice = self._notice(connection)
        if notice is None or not (notice.pending or self._reopen(notice, now)):
            return False
        self.queue().send(DigestMessage(connection.owner_id))
        return True

    def _notice(self, connection: Connection) -> Notice | None:
        if connection.status is not Status.RED:
            return None
        incident = (connection.connection_id, connection.red_since)
        told = self.owners.notices(connection.owner_id)
        return next((n for n in told if (n.connection_id, n.red_since) == incident), None)

    def _reopen(self, notice: Notice, now: int) -> bool:
        """Make the notice's mail one that is still to be sent, unless it has just gone out."""
        sk = f"{NOTICE}{notice.connection_id}#{notice.red_since}"
        try:
            self.client.update_item(
                TableName=self.table,
                Key=encode({"owner_id": notice.owner_id, "sk": sk}),
                UpdateExpression="REMOVE mailed_at",
                ConditionExpression="mailed_at <= :earlier AND attribute_not_exists(cleared_at)",
                ExpressionAttributeValues=encode({":earlier": now - MAILED_AGAIN_AFTER}),
            )
        except ClientError as error:
            try:
                raise_conflict(error)
            except Conflict:
                return False
        return True
