"""Seal stored credentials under newer data keys, when operators have given theirs a successor.

Only the worker can open them, so it is asked to, a message a connection. What somebody else has
written meanwhile is left as he wrote it, and looked at again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from relink.items import decode, encode
from relink.writes import Conflict, written
from sync.credentials.retiring import PREFIX

if TYPE_CHECKING:
    from relink.connection import Connection
    from sync.visits.syncing import Syncer


@dataclass(frozen=True)
class Resealing:
    """Seals the credentials of connections anew."""

    syncer: Syncer

    def seal_anew(self, connection_id: str) -> str:
        """Seal what is stored of a connection, and what is retired; return what was done.

        Raises `Conflict` if it was written at the same moment: the message comes again.
        """
        connection = self.syncer.connections.get(connection_id)
        if connection is None:
            return "gone"
        present = self._anew(connection, connection_id, "box")
        retired = self._anew(connection, PREFIX + connection_id, "boxes")
        return "sealed anew" if present or retired else "newest already"

    def _anew(self, connection: Connection, key: str, name: str) -> bool:
        vault = self.syncer.vault
        where: dict[str, Any] = {
            "TableName": vault.table,
            "Key": encode({"connection_id": key}),
        }
        before = decode(
            self.syncer.client.get_item(**where, ConsistentRead=True).get("Item", {})
        ).get(name)
        if before is None:
            return False
        boxes = before if isinstance(before, list) else [before]
        fresh = [vault.sealed_anew(connection, box) for box in boxes]
        if fresh == boxes:
            return False
        after = fresh if isinstance(before, list) else fresh[0]
        if not written(
            self.syncer.client.update_item,
            **where,
            UpdateExpression="SET #name = :after",
            ConditionExpression="#name = :before",
            ExpressionAttributeNames={"#name": name},
            ExpressionAttributeValues=encode({":after": after, ":before": before}),
        ):
            raise Conflict
        return True
