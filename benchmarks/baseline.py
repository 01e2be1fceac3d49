"""The plain way: a loop that syncs one connection after the other with boto3 and requests.

It does the same job: reads connection and credentials, counts the call before it, asks the bank,
compares what it says with what is known, and writes how it went.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import boto3
import requests
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

if TYPE_CHECKING:
    from collections.abc import Sequence


class PlainLoop:
    """Everything made once, as a careful beginner would."""

    def __init__(self, now: int) -> None:
        self._connections = boto3.resource("dynamodb").Table("connections")
        self._credentials = boto3.resource("dynamodb").Table("credentials")
        self._ledger = boto3.resource("dynamodb").Table("ledger")
        self._cipher = AESGCM(bytes(32))
        self._session = requests.Session()
        self._now = now

    def sync(self, connection_ids: Sequence[str]) -> None:
        """Sync these connections."""
        for connection_id in connection_ids:
            self._sync(connection_id)

    def _sync(self, connection_id: str) -> None:
        key = {"connection_id": connection_id}
        connection: Any = self._connections.get_item(Key=key)["Item"]
        credentials: Any = self._credentials.get_item(Key=key)["Item"]
        cursor: Any = self._ledger.get_item(Key={**key, "sk": "cursor"})["Item"]
        self._write(key, {"last_attempt_at": self._now, "lease": "run", "calls": [self._now]})
        told = self._ask(connection, bytes(credentials["box"].value), str(cursor["cursor"]))
        digest = hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()
        self._write(key, {"status": "green", "last_success_at": self._now, "digest": digest})

    def _ask(self, connection: Any, box: bytes, cursor: str) -> Any:
        _, _, rest = box.partition(b"\n")
        parts = (connection["workspace_id"], connection["connection_id"], "credentials")
        label = "\0".join(parts).encode()
        url = self._cipher.decrypt(rest[:12], rest[12:], label).decode()
        access = urlsplit(url)
        answer = self._session.get(
            f"{access.scheme}://{access.hostname}:{access.port}{access.path}/accounts",
            params={"version": "2", "start-date": cursor, "pending": "1"},
            auth=(access.username or "", access.password or ""),
            timeout=60,
        )
        answer.raise_for_status()
        return answer.json()

    def _write(self, key: dict[str, str], values: dict[str, Any]) -> None:
        self._connections.update_item(
            Key=key,
            UpdateExpression="SET " + ", ".join(f"#{name} = :{name}" for name in values),
            ExpressionAttributeNames={f"#{name}": name for name in values},
            ExpressionAttributeValues={f":{name}": value for name, value in values.items()},
        )
