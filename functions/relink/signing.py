"""Signed tokens that stand in a link, and the keys that sign them.

A token is `version.payload.signature`: HMAC-SHA256 (RFC 2104) under the version of the signing key
that it names. What a token is for is signed with it, so that one of another purpose is none.
"""

from __future__ import annotations

import base64
import hmac
import json
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from mypy_boto3_secretsmanager.client import SecretsManagerClient

LIMIT: Final = 2048
FRESH: Final = 300
"""Seconds for which keys are kept."""
AGAIN: Final = 5
"""Seconds after which a token of an unknown key makes us look for new ones once more."""
_STAGES: Final = ("AWSCURRENT", "AWSPREVIOUS")


class InvalidToken(Exception):
    """The token was not issued by us, not for this, or has been altered."""


class Purpose(StrEnum):
    """What a token is good for."""

    RECONNECT = "reconnect"
    UNSUBSCRIBE = "unsubscribe"


@dataclass(frozen=True, slots=True)
class Keys:
    """The signing keys by version, newest first: the first signs, all verify."""

    by_version: Mapping[str, bytes]

    def newest(self) -> tuple[str, bytes]:
        """Return the version and key that sign."""
        return next(iter(self.by_version.items()))


def sign(purpose: Purpose, facts: Sequence[str | int], keys: Keys) -> str:
    """Return a token of these facts, signed by the newest key; safe in a URL's path."""
    version, key = keys.newest()
    payload = _text(json.dumps(facts, separators=(",", ":"), ensure_ascii=False).encode())
    return f"{version}.{payload}.{_signature(purpose, version, payload, key)}"


def verify(purpose: Purpose, token: str, keys: Keys) -> list[Any]:
    """Return the facts of an authentic token of that purpose. Raises `InvalidToken`."""
    version, payload, signature = _parts(token)
    key = keys.by_version.get(version)
    if key is None:
        raise InvalidToken
    if not hmac.compare_digest(_signature(purpose, version, payload, key), signature):
        raise InvalidToken
    facts: list[Any] = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return facts


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
        return self._at_most(FRESH)

    def keys_for(self, token: str) -> Keys:
        """Return the keys to read a token with.

        One that another process has signed right after a rotation names a key that we have not
        read yet: then they are read again, but not for every token that a stranger makes up.
        """
        keys = self.keys()
        version = token.partition(".")[0]
        return keys if version in keys.by_version else self._at_most(AGAIN)

    def _at_most(self, seconds: int) -> Keys:
        now = self._time()
        if self._keys is None or not 0 <= now - self._read_at < seconds:
            self._keys = Keys(dict(self._versions()))
            self._read_at = now
        return self._keys

    def _versions(self) -> Iterator[tuple[str, bytes]]:
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
            yield answer["VersionId"][:8], answer["SecretString"].encode()


def _parts(token: str) -> tuple[str, str, str]:
    parts = token.split(".") if len(token) <= LIMIT and token.isascii() else []
    if len(parts) != 3:  # noqa: PLR2004 - version, payload, signature
        raise InvalidToken
    return parts[0], parts[1], parts[2]


def _signature(purpose: Purpose, version: str, payload: str, key: bytes) -> str:
    signed = f"{purpose.value}.{version}.{payload}".encode()
    return _text(hmac.digest(key, signed, "sha256"))


def _text(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()
