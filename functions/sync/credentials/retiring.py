"""Credentials that new ones have replaced, kept until their access at the provider is ended.

They lie beside the present ones, sealed as they were. Nothing reads them but what ends them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger

from relink.failures import ProviderError
from relink.faults import describe, passing
from relink.items import decode, encode

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

    from relink.connection import Connection
    from relink.provider import Provider, Secret
    from sync.credentials.vault import Vault

PREFIX = "retired#"
logger = Logger(service="worker", child=True)


@dataclass(frozen=True, slots=True)
class Retired:
    """Boxes of one connection that are no longer in use, and since when there are any."""

    boxes: tuple[bytes, ...] = ()
    since: int = 0


@dataclass(frozen=True, slots=True)
class Retirement:
    """The retired credentials in the Credentials table."""

    client: DynamoDBClient
    vault: Vault

    def add(self, connection: Connection, box: bytes, now: int) -> dict[str, Any]:
        """Return the write of a transaction that retires a connection's sealed credentials."""
        values = {":none": [], ":box": [box], ":now": now}
        return {
            "Update": {
                "TableName": self.vault.table,
                "Key": _key(connection),
                "UpdateExpression": (
                    "SET boxes = list_append(if_not_exists(boxes, :none), :box),"
                    " since = if_not_exists(since, :now)"
                ),
                "ExpressionAttributeValues": encode(values),
            },
        }

    def read(self, connection: Connection) -> Retired:
        """Return what is retired of a connection."""
        answer = self.client.get_item(
            TableName=self.vault.table, Key=_key(connection), ConsistentRead=True
        )
        if "Item" not in answer:
            return Retired()
        found = decode(answer["Item"])
        return Retired(tuple(found["boxes"]), found["since"])

    def forget(self, connection: Connection, known: Retired) -> dict[str, Any]:
        """Return the write that deletes what was read, unless more has been retired meanwhile."""
        return {
            "Delete": {
                "TableName": self.vault.table,
                "Key": _key(connection),
                "ConditionExpression": "attribute_not_exists(boxes) OR size(boxes) = :known",
                "ExpressionAttributeValues": encode({":known": len(known.boxes)}),
            },
        }

    def opened(self, connection: Connection, boxes: tuple[bytes, ...]) -> list[Secret]:
        """Return what is in boxes; what does not open cannot be ended, and operators are told."""
        found: list[Secret] = []
        for box in boxes:
            try:
                found.append(self.vault.open(connection, box))
            except Exception as error:
                if passing(error):
                    raise
                logger.error(  # noqa: TRY400 - a traceback may hold a secret
                    "operator needed",
                    connection_id=connection.connection_id,
                    cause="credentials do not open, so that their access cannot be ended",
                    extra=describe(error),
                )
        return found


def end(provider: Provider, connection: Connection, secrets: list[Secret]) -> bool:
    """Ask the provider to end each access; tell whether it has ended all."""
    ended = True
    for secret in secrets:
        try:
            provider.disconnect(connection, secret)
        except ProviderError as error:
            ended = False
            logger.warning(
                "access not ended",
                connection_id=connection.connection_id,
                provider=connection.bank.provider,
                provider_code=error.provider_code,
                reason=error.reason,
            )
        except Exception as error:
            if passing(error):
                raise
            ended = False
            logger.error(  # noqa: TRY400 - a traceback may hold a secret
                "access not ended",
                connection_id=connection.connection_id,
                provider=connection.bank.provider,
                extra=describe(error),
            )
    return ended


def _key(connection: Connection) -> dict[str, Any]:
    return encode({"connection_id": PREFIX + connection.connection_id})
