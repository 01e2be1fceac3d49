"""A workspace's connections, page by page: what a page costs does not grow with the workspace."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from relink import batches
from relink.items import decode, encode
from relink.repository import from_item
from relink.schedule import TOGETHER

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mypy_boto3_dynamodb.client import DynamoDBClient

    from relink.connection import Connection


@dataclass(frozen=True, slots=True)
class WorkspacePages:
    """The connections of a workspace in the order of their ids, which is that of their making."""

    client: DynamoDBClient
    table: str

    def read(
        self, workspace_id: str, after: str, limit: int, wanted: Callable[[Connection], bool]
    ) -> list[Connection]:
        """Return so many connections that are wanted, the first whose id is beyond `after`."""
        found: list[Connection] = []
        more = True
        while more and len(found) < limit:
            ids, more = self._page(workspace_id, after, limit + 1)
            found += [c for c in self._read(ids) if wanted(c)]
            after = ids[-1] if ids else after
        return found[:limit]

    def many(self, workspace_id: str) -> bool:
        """Tell whether there are as many as share a slot, deleted ones too; counts no further."""
        answer = self.client.query(
            TableName=self.table,
            IndexName="by_workspace",
            KeyConditionExpression="workspace_id = :w",
            ExpressionAttributeValues=encode({":w": workspace_id}),
            Select="COUNT",
            Limit=TOGETHER,
        )
        return answer["Count"] >= TOGETHER

    def _page(self, workspace_id: str, after: str, limit: int) -> tuple[list[str], bool]:
        """Return the ids on a page of the index, and whether there may be another one."""
        answer = self.client.query(
            TableName=self.table,
            IndexName="by_workspace",
            KeyConditionExpression="workspace_id = :w AND connection_id > :a"
            if after
            else "workspace_id = :w",
            ExpressionAttributeValues=encode({":w": workspace_id, ":a": after or None}),
            Limit=limit,
        )
        return [decode(i)["connection_id"] for i in answer["Items"]], "LastEvaluatedKey" in answer

    def _read(self, ids: Sequence[str]) -> list[Connection]:
        """Return those that there are: the index names what was deleted for a moment longer."""
        keys = [encode({"connection_id": i}) for i in ids]
        read = [from_item(i) for i in batches.items(self.client, self.table, keys)]
        found = {c.connection_id: c for c in read}
        return [found[i] for i in ids if i in found]
