"""What became of notices: the writes to them that only their telling makes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from relink.clock import DAY
from relink.items import decode, encode
from relink.notices import SHARDS, Notice, attributes, from_item, key
from relink.writes import written

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_dynamodb.client import DynamoDBClient

KEPT: Final = 90 * DAY
_WAKING: Final = ("due_at", "due_shard")


class Records:
    """The notices in the Owners table, as those who tell of them change them."""

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._client = client
        self._table = table

    def get(self, notice: Notice) -> Notice | None:
        """Return what is stored of a notice's moment, or None."""
        answer = self._client.get_item(
            TableName=self._table, Key=encode(key(notice)), ConsistentRead=True
        )
        return from_item(decode(answer["Item"])) if "Item" in answer else None

    def save(self, before: Notice, after: Notice) -> bool:
        """Write what differs; False if `due_at` was to change and somebody else has changed it."""
        arguments = change(before, after, self._table)
        return before == after or written(self._client.update_item, **arguments)

    def clear(self, notice: Notice, now: int, due_at: int | None) -> Notice | None:
        """Mark a notice as over, to be looked at once more at `due_at`; None if it was before.

        Return it as it is stored then. The mark is made even where no notice is stored yet: a
        stream that tells of the end before the beginning then sends nothing.
        """
        over = attributes(replace(notice, cleared_at=now, due_at=due_at))
        new = {k: v for k, v in over.items() if k not in key(notice)}
        always = {"cleared_at", *_WAKING}
        sets = [f"{n} = :{n}" if n in always else f"{n} = if_not_exists({n}, :{n})" for n in new]
        unset = f" REMOVE {', '.join(_WAKING)}" if due_at is None else ""
        values = {f":{name}": value for name, value in new.items()}
        marked = written(
            self._client.update_item,
            TableName=self._table,
            Key=encode(key(notice)),
            UpdateExpression=f"SET {', '.join(sets)}, expires_at = :gone{unset}",
            ConditionExpression="attribute_not_exists(cleared_at)",
            ExpressionAttributeValues=encode({**values, ":gone": now + KEPT}),
        )
        return self.get(notice) if marked else None

    def due(self, now: int) -> Iterator[str]:
        """Yield the owners of whom something is due to be looked at; some more than once.

        With which part of the index it begins changes with the minutes: a reader that cannot get
        through them all reaches each of them in turn.
        """
        for number in range(SHARDS):
            part = (number + now // 60) % SHARDS
            pages = self._client.get_paginator("query").paginate(
                TableName=self._table,
                IndexName="by_due",
                KeyConditionExpression="due_shard = :part AND due_at <= :now",
                ExpressionAttributeValues=encode({":part": part, ":now": now}),
            )
            for page in pages:
                yield from (decode(i)["owner_id"] for i in page["Items"])


def change(before: Notice, after: Notice, table: str) -> dict[str, Any]:
    """Return what UpdateItem takes, or the Update of a transaction, to write what differs.

    Whoever changes `due_at` must have seen the present one: who else has changed it wants the
    notice to be looked at again.
    """
    old, new = attributes(before), attributes(after)
    sets = {name: value for name, value in new.items() if value != old.get(name)}
    removes = [name for name in old if name not in new]
    clauses = [f"SET {', '.join(f'{n} = :{n}' for n in sets)}"] if sets else []
    clauses += [f"REMOVE {', '.join(removes)}"] if removes else []
    values = {f":{name}": value for name, value in sets.items()}
    conditions = []
    if before.due_at != after.due_at:
        for name in ("due_at", "cleared_at"):
            conditions.append(_as_seen(name, old.get(name)))
            values |= {f":seen_{name}": old[name]} if name in old else {}
    return {
        "TableName": table,
        "Key": encode(key(before)),
        "UpdateExpression": " ".join(clauses),
        **({"ConditionExpression": " AND ".join(conditions)} if conditions else {}),
        **({"ExpressionAttributeValues": encode(values)} if values else {}),
    }


def _as_seen(name: str, value: object) -> str:
    return f"attribute_not_exists({name})" if value is None else f"{name} = :seen_{name}"
