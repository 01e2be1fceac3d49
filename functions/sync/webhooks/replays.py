"""Webhooks that have been acted on, so that the same one does nothing twice.

A signature is good for minutes, and so is the memory, but for the end of an incident: its webhook
says the same each time, a provider repeats what was not answered for a day, and the second may
come after the next incident has begun.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from relink.items import decode, encode
from relink.writes import raise_unless_refused
from sync.webhooks.news import REPEATED_FOR, Deed

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

REMEMBERED = 15 * 60
"""Longer than a signature is believed, and a clock may be wrong."""


@dataclass(frozen=True)
class Replays:
    """The memory: small items of the State table, which remove themselves."""

    client: DynamoDBClient
    table: str

    def seen(self, digest: str, webhook_id: str, deed: Deed, now: int) -> bool:
        """Remember a webhook; tell whether it was there before, under another id of ours.

        One that the queue delivers again has the same id: it goes on where the first run stopped.
        Raises `Conflict` if a transaction kept it from being looked up.
        """
        kept = REPEATED_FOR if deed is Deed.MEND else REMEMBERED
        values = {":id": webhook_id, ":now": now, ":until": now + kept}
        try:
            self.client.update_item(
                TableName=self.table,
                Key=encode({"name": f"webhook#{digest}"}),
                UpdateExpression="SET webhook_id = :id, expires_at = :until",
                ConditionExpression="attribute_not_exists(webhook_id) OR expires_at <= :now",
                ExpressionAttributeValues=encode(values),
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except ClientError as error:
            raise_unless_refused(error)
            held: Any = error.response.get("Item") or {}
            return bool(decode(held).get("webhook_id") != webhook_id)
        return False
