"""Credentials on their way in: the HTTP side can only encrypt them, the worker decrypts.

KMS binds the ciphertext to workspace, connection and attempt by its encryption context, so that
it opens for nothing else.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from relink.entered import Entered

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_kms.client import KMSClient

    from relink.connection import Connection

LIMIT = 4096


class TooLarge(Exception):
    """The answers exceed what KMS encrypts at once (4 096 bytes)."""


class Intake:
    """The intake key. Which of its two sides works is decided by the role, not by this class."""

    def __init__(self, client: KMSClient, key_id: str) -> None:
        self._client = client
        self._key_id = key_id

    def seal(self, answers: Mapping[str, str], connection: Connection, attempt_id: str) -> bytes:
        """Return the answers encrypted for this attempt alone. Raises `TooLarge`."""
        text = json.dumps(dict(answers), separators=(",", ":")).encode()
        if len(text) > LIMIT:
            raise TooLarge
        answer = self._client.encrypt(
            KeyId=self._key_id,
            Plaintext=text,
            EncryptionContext=_context(connection, attempt_id),
        )
        return answer["CiphertextBlob"]

    def open(self, sealed: bytes, connection: Connection, attempt_id: str) -> Entered:
        """Return the answers that were sealed for this attempt."""
        answer = self._client.decrypt(
            KeyId=self._key_id,
            CiphertextBlob=sealed,
            EncryptionContext=_context(connection, attempt_id),
        )
        return Entered(json.loads(answer["Plaintext"]))


def _context(connection: Connection, attempt_id: str) -> dict[str, str]:
    return {
        "workspace": connection.workspace_id,
        "connection": connection.connection_id,
        "attempt": attempt_id,
    }
