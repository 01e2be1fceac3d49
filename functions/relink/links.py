"""Signed, expiring links that open the reconnect page without login.

A token is `version.payload.signature`: the payload names the connection, its incident and the
credentials that the link may replace; the signature is HMAC-SHA256 (RFC 2104) under the version
of the signing key that it names. A link dies by itself once the credentials have been replaced:
nothing is stored for it.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mypy_boto3_secretsmanager.client import SecretsManagerClient

    from relink.connection import Connection

LIFE = 14 * 86_400
TOKEN_LIMIT = 512
_STAGES = ("AWSCURRENT", "AWSPREVIOUS")
_FRESH = 300


class InvalidLink(Exception):
    """The token was not issued by us, or has been altered."""


@dataclass(frozen=True, slots=True)
class Link:
    """What a token says: for which connection, against which state of it, until when."""

    connection_id: str
    red_since: int
    credentials_version: int
    expires_at: int

    def expired(self, now: int) -> bool:
        """Tell whether its time is over."""
        return now >= self.expires_at

    def spent(self, connection: Connection) -> bool:
        """Tell whether what it was issued for is over: the credentials have been replaced."""
        return connection.credentials_version != self.credentials_version


@dataclass(frozen=True, slots=True)
class Keys:
    """The signing keys by version, newest first: the first signs, all verify."""

    by_version: Mapping[str, bytes]

    def newest(self) -> tuple[str, bytes]:
        """Return the version and key that sign."""
        return next(iter(self.by_version.items()))


def link_for(connection: Connection, now: int) -> Link:
    """Return a link that opens this connection's reconnect page, as it stands now."""
    return Link(
        connection_id=connection.connection_id,
        red_since=connection.red_since or 0,
        credentials_version=connection.credentials_version,
        expires_at=now + LIFE,
    )


def issue(link: Link, keys: Keys) -> str:
    """Return the token of a link, signed by the newest key; safe in a URL's path."""
    version, key = keys.newest()
    payload = _text(
        json.dumps(
            [link.connection_id, link.red_since, link.credentials_version, link.expires_at],
            separators=(",", ":"),
        ).encode(),
    )
    return f"{version}.{payload}.{_signature(version, payload, key)}"


def read(token: str, keys: Keys) -> Link:
    """Return what an authentic token says, expired or not. Raises `InvalidLink`."""
    version, payload, signature = _parts(token)
    key = keys.by_version.get(version)
    if key is None or not hmac.compare_digest(_signature(version, payload, key), signature):
        raise InvalidLink
    connection_id, red_since, credentials_version, expires_at = json.loads(_bytes(payload))
    return Link(connection_id, red_since, credentials_version, expires_at)


class KeyRing:
    """The signing keys from Secrets Manager, kept for minutes.

    The current and the previous version verify, so that rotating breaks no living link.
    """

    def __init__(
        self,
        client: SecretsManagerClient,
        secret_id: str,
        time: Callable[[], int],
    ) -> None:
        self._client = client
        self._secret_id = secret_id
        self._time = time
        self._keys: Keys | None = None
        self._read_at = 0

    def keys(self) -> Keys:
        """Return the keys, read again when they are older than five minutes."""
        now = self._time()
        if self._keys is None or not 0 <= now - self._read_at < _FRESH:
            self._keys = Keys(dict(self._versions()))
            self._read_at = now
        return self._keys

    def _versions(self) -> list[tuple[str, bytes]]:
        found: list[tuple[str, bytes]] = []
        for stage in _STAGES:
            try:
                answer = self._client.get_secret_value(
                    SecretId=self._secret_id,
                    VersionStage=stage,
                )
            except self._client.exceptions.ResourceNotFoundException:
                if stage == _STAGES[0]:
                    raise
                continue
            found.append((answer["VersionId"][:8], answer["SecretString"].encode()))
        return found


def _parts(token: str) -> tuple[str, str, str]:
    parts = token.split(".") if len(token) <= TOKEN_LIMIT and token.isascii() else []
    if len(parts) != 3:  # noqa: PLR2004 - version, payload, signature
        raise InvalidLink
    return parts[0], parts[1], parts[2]


def _signature(version: str, payload: str, key: bytes) -> str:
    return _text(hmac.digest(key, f"{version}.{payload}".encode(), "sha256"))


def _text(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except binascii.Error as error:
        raise InvalidLink from error
