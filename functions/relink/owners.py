"""Owners in DynamoDB: how each is reached, and what he wants to be told."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Final

from relink import batches
from relink.items import decode, encode, read
from relink.writes import written

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from mypy_boto3_dynamodb.client import DynamoDBClient

PROFILE: Final = "profile"
NIGHT: Final = ("21:00", "08:00")


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """How an owner is reached, and when he is left in peace.

    `quiet_from` and `quiet_until` are times of day in his zone (`HH:MM`); two equal ones mean that
    no hour is quiet. `reminders` says whether he wants more than the first notice of an incident,
    `works_again` whether he wants to hear of its end. `login_email` is the address by which the
    host app knew him when he last connected a bank or changed this: its token says it, not he.
    """

    owner_id: str
    workspace_id: str
    email: str = ""
    language: str = "en"
    time_zone: str = "UTC"
    mail: bool = True
    push: bool = True
    reminders: bool = True
    works_again: bool = False
    quiet_from: str = NIGHT[0]
    quiet_until: str = NIGHT[1]
    login_email: str = ""


class Owners:
    """The profiles in the Owners table."""

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._client = client
        self._table = table

    def profile(self, owner_id: str) -> Profile | None:
        """Return how an owner is reached, or None if nobody has said."""
        answer = self._client.get_item(
            TableName=self._table,
            Key=encode({"owner_id": owner_id, "sk": PROFILE}),
            ConsistentRead=True,
        )
        return read(Profile, decode(answer["Item"])) if "Item" in answer else None

    def profiles(self, owner_ids: Iterable[str]) -> dict[str, Profile]:
        """Return how several owners are reached; of whom nobody has said is left out."""
        keys = [encode({"owner_id": o, "sk": PROFILE}) for o in sorted(set(owner_ids))]
        found = [decode(i) for i in batches.items(self._client, self._table, keys)]
        return {values["owner_id"]: read(Profile, values) for values in found}

    def change_profile(self, guess: Profile, changes: Mapping[str, Any]) -> Profile:
        """Store changes to an owner's profile, and return it as it is then.

        What is not changed stays as it is stored, whoever is writing it at the same moment; what
        is not stored yet becomes as guessed.
        """
        plain = {f.name: getattr(guess, f.name) for f in fields(guess)}
        plain = {n: value for n, value in {**plain, **changes}.items() if n != "owner_id"}
        sets = [
            f"#{n} = :{n}" if n in changes else f"#{n} = if_not_exists(#{n}, :{n})" for n in plain
        ]
        answer = self._client.update_item(
            TableName=self._table,
            Key=encode({"owner_id": guess.owner_id, "sk": PROFILE}),
            UpdateExpression=f"SET {', '.join(sets)}",
            ExpressionAttributeNames={f"#{name}": name for name in plain},
            ExpressionAttributeValues=encode({f":{n}": value for n, value in plain.items()}),
            ReturnValues="ALL_NEW",
        )
        changed: Profile = read(Profile, decode(answer["Attributes"]))
        return changed

    def stop_reminders(self, owner_id: str) -> bool:
        """Remember that an owner wants no reminders; tell whether he is known."""
        return written(
            self._client.update_item,
            TableName=self._table,
            Key=encode({"owner_id": owner_id, "sk": PROFILE}),
            UpdateExpression="SET reminders = :no",
            ConditionExpression="attribute_exists(owner_id)",
            ExpressionAttributeValues=encode({":no": False}),
        )

    def members(self, workspace_id: str) -> list[str]:
        """Return the ids of a workspace's owners, in their order; seen a moment late."""
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table,
            IndexName="by_workspace",
            KeyConditionExpression="workspace_id = :w",
            ExpressionAttributeValues=encode({":w": workspace_id}),
        )
        return [decode(i)["owner_id"] for page in pages for i in page["Items"]]
