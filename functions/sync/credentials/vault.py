"""The stored credentials: sealed by AES-GCM under data keys that KMS wraps.

One data key serves a shard of workspaces for a quarter of a year; its unwrapped form is kept in
memory for minutes, so that KMS is called per shard, not per sync. The associated data bind each
ciphertext to its workspace, connection and purpose: moved to another item, it does not open.
A data key that operators have given a successor opens what it has sealed, and seals no more.
AES-GCM: NIST SP 800-38D, 96-bit random nonces.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from relink.clock import DAY
from relink.items import decode, encode
from relink.provider import Secret

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_dynamodb.client import DynamoDBClient
    from mypy_boto3_kms.client import KMSClient

    from relink.connection import Connection

SHARDS = 64
ROTATED_AFTER = 90 * DAY
CACHED = 30 * 60
"""Seconds for which an unwrapped data key is used: no longer after KMS has begun to say no."""
NONCE = 12
CREDENTIALS = "credentials"
FINGERPRINTS = "fingerprint_key"


@dataclass(frozen=True, slots=True)
class Sealed:
    """Credentials as they are stored, and of which version they are."""

    version: int
    rotation: int
    box: bytes

    def current(self, connection: Connection) -> bool:
        """Tell whether these are the credentials that the connection was claimed with."""
        wanted = (connection.credentials_version, connection.rotation)
        return (self.version, self.rotation) == wanted


class Vault:
    """The vault key, the data keys under it, and the Credentials table."""

    def __init__(  # the two tables and the key are one thing here
        self,
        dynamodb: DynamoDBClient,
        kms: KMSClient,
        *,
        key_id: str,
        state_table: str,
        table: str,
        time: Callable[[], int],
    ) -> None:
        self._dynamodb = dynamodb
        self._kms = kms
        self._key_id = key_id
        self.state = state_table
        self.table = table
        self._time = time
        self._lock = threading.Lock()
        self._locks: dict[str, threading.Lock] = {}
        self._opened: dict[str, tuple[int, AESGCM | None, str]] = {}

    def seal(self, connection: Connection, secret: bytes, purpose: str = CREDENTIALS) -> bytes:
        """Return the secret as a box that opens for this connection and purpose only."""
        name, cipher = self._newest(connection)
        nonce = os.urandom(NONCE)
        label = _label(connection, purpose)
        return name.encode() + b"\n" + nonce + cipher.encrypt(nonce, secret, label)

    def open(self, connection: Connection, box: bytes, purpose: str = CREDENTIALS) -> Secret:
        """Return what `seal` was given. Raises `cryptography.exceptions.InvalidTag` if altered."""
        name, _, rest = box.partition(b"\n")
        cipher, _ = self._cipher(name.decode(), create=False)
        if cipher is None:
            raise _missing(name.decode())
        label = _label(connection, purpose)
        return Secret(cipher.decrypt(rest[:NONCE], rest[NONCE:], label))

    def make_ready(self, connection: Connection) -> None:
        """Have the key at hand that seals for this connection, before something must be sealed."""
        self._newest(connection)

    def sealed_anew(self, connection: Connection, box: bytes) -> bytes:
        """Return credentials under the newest data key; the same box if they are already."""
        name, _ = self._newest(connection)
        if key_of(box) == name:
            return box
        return self.seal(connection, self.open(connection, box).reveal())

    def fingerprint(self, *parts: str) -> str:
        """Return what names something without telling it: a hash under a key of its own.

        The key is the same for all workspaces and lives until an operator deletes it. 72 bits tell
        apart what is counted side by side, and fit into a connection's item.
        """
        wrapped, _ = self._wrapped(FINGERPRINTS)
        key = self._data_key(FINGERPRINTS, wrapped, create=True)
        digest = hmac.digest(key, "\0".join(parts).encode(), "sha256")
        return base64.urlsafe_b64encode(digest[:9]).decode()

    def put(self, connection: Connection, secret: Secret) -> dict[str, Any]:
        """Return the write of a transaction that stores this connection's credentials."""
        item = {
            "connection_id": connection.connection_id,
            "version": connection.credentials_version,
            "rotation": connection.rotation,
            "box": self.seal(connection, secret.reveal()),
        }
        return {"Put": {"TableName": self.table, "Item": encode(item)}}

    def read(self, connection: Connection) -> Sealed | None:
        """Return a connection's credentials as they are now, or None."""
        answer = self._dynamodb.get_item(
            TableName=self.table,
            Key=encode({"connection_id": connection.connection_id}),
            ConsistentRead=True,
        )
        return sealed(answer["Item"]) if "Item" in answer else None

    def _key_name(self, connection: Connection) -> str:
        digest = hashlib.blake2b(connection.workspace_id.encode(), digest_size=8).digest()
        shard = int.from_bytes(digest, "big") % SHARDS
        return f"vault_key#{shard:02}#{self._time() // ROTATED_AFTER}"

    def _newest(self, connection: Connection) -> tuple[str, AESGCM]:
        """Return the data key that seals for this connection, and its name."""
        name = self._key_name(connection)
        while True:
            cipher, successor = self._cipher(name, create=True)
            if cipher and not successor:
                return name, cipher
            name = successor

    def _cipher(self, name: str, *, create: bool) -> tuple[AESGCM | None, str]:
        """Return a data key ready for use, and the name of its successor if it has one.

        One that operators have deleted has only its successor: it is not made again. Who needs
        another one does not wait for this one.
        """
        with self._lock:
            own = self._locks.setdefault(name, threading.Lock())
        with own:
            now = self._time()
            opened = self._opened.get(name)
            if opened is None or not 0 <= now - opened[0] < CACHED:
                wrapped, successor = self._wrapped(name)
                kept = wrapped is not None or not successor
                key = self._data_key(name, wrapped, create=create) if kept else None
                opened = self._opened[name] = (now, AESGCM(key) if key else None, successor)
            return opened[1:]

    def _data_key(self, name: str, wrapped: bytes | None, *, create: bool) -> bytes:
        context = {"data_key": name}
        if wrapped is None and create:
            fresh = self._kms.generate_data_key_without_plaintext(
                KeyId=self._key_id,
                KeySpec="AES_256",
                EncryptionContext=context,
            )
            wrapped = self._store(name, fresh["CiphertextBlob"])
        if wrapped is None:
            raise _missing(name)
        answer = self._kms.decrypt(
            KeyId=self._key_id,
            CiphertextBlob=wrapped,
            EncryptionContext=context,
        )
        return answer["Plaintext"]

    def _wrapped(self, name: str) -> tuple[bytes | None, str]:
        answer = self._dynamodb.get_item(
            TableName=self.state,
            Key=encode({"name": name}),
            ConsistentRead=True,
        )
        found = decode(answer.get("Item", {}))
        return found.get("data_key"), found.get("successor", "")

    def _store(self, name: str, wrapped: bytes) -> bytes:
        """Store a new data key, or return the one that another process stored first."""
        answer = self._dynamodb.update_item(
            TableName=self.state,
            Key=encode({"name": name}),
            UpdateExpression="SET data_key = if_not_exists(data_key, :w)",
            ExpressionAttributeValues=encode({":w": wrapped}),
            ReturnValues="ALL_NEW",
        )
        stored: bytes = decode(answer["Attributes"])["data_key"]
        return stored


def sealed(item: dict[str, Any]) -> Sealed:
    """Return the credentials that an item holds."""
    values = decode(item)
    return Sealed(values["version"], values.get("rotation", 0), values["box"])


def key_of(box: bytes) -> str:
    """Return the name of the data key that a box is sealed under, which it says in clear."""
    return box.partition(b"\n")[0].decode()


def _missing(name: str) -> LookupError:
    return LookupError(f"there is no data key {name}")


def _label(connection: Connection, purpose: str) -> bytes:
    parts = (connection.workspace_id, connection.connection_id, purpose)
    return "\0".join(parts).encode()
