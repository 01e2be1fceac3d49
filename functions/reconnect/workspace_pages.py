"""A workspace's connections, page by page: what a page costs does not grow with the workspace."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from relink import batches
from relink.items import decode, encode
from relink.repository import from_item

if TYPE_CHECKING:
    from collections.abc import Callable

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
            page, more = self._page(workspace_id, after, limit + 1)
            found += [c for c in page if wanted(c)]
            after = page[-1].connection_id if page else after
        return found[:limit]

    def _page(self, workspace_id: str, after: str, limit: int) -> tuple[list[Connection], bool]:
        answer = self.client.query(
            TableName=self.table,
            IndexName="by_workspace",
            KeyConditionExpression="workspace_id = :w AND connection_id > :a"
            if after
            else "workspace_id = :w",
            ExpressionAttributeValues=encode({":w": workspace_id, ":a": after or None}),
            Limit=limit,
        )
        ids = [decode(i)["connection_id"] for i in answer["Items"]]
        keys = [encode({"connection_id": i}) for i in ids]
        read = [from_item(i) for i in batches.items(self.client, self.table, keys)]
        found = {c.connection_id: c for c in read}
        return [found[i] for i in ids if i in found], "LastEvaluatedKey" in answer
