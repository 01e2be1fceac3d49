"""Many items of a DynamoDB table, read with few requests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from relink.backoff import Throttled, tries

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mypy_boto3_dynamodb.client import DynamoDBClient

BATCH_GET = 100


def items(
    client: DynamoDBClient, table: str, keys: Sequence[dict[str, Any]]
) -> Iterator[dict[str, Any]]:
    """Yield the items of these keys that there are, in no order, as they are now.

    Keys are in DynamoDB's own form and differ from each other. Raises `backoff.Throttled`.
    """
    for start in range(0, len(keys), BATCH_GET):
        yield from _batch(client, table, keys[start : start + BATCH_GET])


def _batch(
    client: DynamoDBClient, table: str, keys: Sequence[dict[str, Any]]
) -> Iterator[dict[str, Any]]:
    request: Any = {table: {"Keys": keys, "ConsistentRead": True}}
    for _ in tries():
        answer = client.batch_get_item(RequestItems=request)
        yield from answer["Responses"].get(table, [])
        request = answer.get("UnprocessedKeys")
        if not request:
            return
    raise Throttled
