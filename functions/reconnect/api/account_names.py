"""What an owner calls his accounts, and which he hides: in the Ledger, with what the bank told.

A sync writes what the bank tells and leaves these alone (law 8).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from relink.items import encode
from relink.ledger_items import ACCOUNT
from relink.writes import written

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_dynamodb.client import DynamoDBClient


@dataclass(frozen=True, slots=True)
class AccountNames:
    """The owner's settings of accounts in the Ledger table."""

    client: DynamoDBClient
    table: str

    def change(self, connection_id: str, account_id: str, changes: Mapping[str, Any]) -> bool:
        """Store settings, and remove those that are None; tell whether there is such an account."""
        sets = {name: value for name, value in changes.items() if value is not None}
        removes = [f"#{name}" for name in changes if name not in sets]
        clauses = ["SET " + ", ".join(f"#{n} = :{n}" for n in sets)] if sets else []
        clauses += ["REMOVE " + ", ".join(removes)] if removes else []
        arguments: dict[str, Any] = {
            "TableName": self.table,
            "Key": encode({"connection_id": connection_id, "sk": ACCOUNT + account_id}),
            "UpdateExpression": " ".join(clauses),
            "ConditionExpression": "attribute_exists(connection_id)",
            "ExpressionAttributeNames": {f"#{name}": name for name in changes},
        }
        if sets:
            values = {f":{name}": value for name, value in sets.items()}
            arguments["ExpressionAttributeValues"] = encode(values)
        return written(self.client.update_item, **arguments)
