"""What is kept of a connection: the token that reads it, and where a login stands between calls."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from relink.provider import Secret

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Access:
    """A user at Powens, made for one connection of ours, and the connection that it has there.

    The owner's bank credentials are not among it: Powens holds them. What happened before
    `known_until` was told by the connection there that this one replaced, by other ids.
    """

    token: str = field(repr=False)
    user: str = ""
    connection: str = ""
    known_until: int | None = None

    @classmethod
    def of(cls, secret: Secret) -> Access:
        """Return the access that `secret` made."""
        return cls(**json.loads(secret.reveal()))

    def secret(self) -> Secret:
        """Return it as the secret to keep."""
        return Secret(json.dumps(asdict(self)).encode())


class Phase(StrEnum):
    """What a login is waiting for."""

    FORM = "form"
    SENT = "sent"
    CODE = "code"
    WAIT = "wait"
    AWAY = "away"


@dataclass(frozen=True, slots=True)
class Stand:
    """Where a login stands: `SENT` is a password or a code that must not be sent again.

    `answers` are those given before more were asked for. `before` is the state that the connection
    had, `asked` the names of the fields that the bank wants. `failed` is the reason that Powens
    gave for not having done what was sent. `looks` counts how often nothing had come of it yet;
    from `until` on nobody waits any longer.
    """

    phase: Phase
    until: int
    access: Access | None = None
    answers: Mapping[str, str] = field(default_factory=dict, repr=False)
    asked: tuple[str, ...] = ()
    before: str = ""
    failed: str = ""
    looks: int = 0

    @classmethod
    def of(cls, continuation: bytes) -> Stand:
        """Return what `packed` packed."""
        content: dict[str, Any] = json.loads(continuation)
        content["phase"] = Phase(content["phase"])
        content["asked"] = tuple(content["asked"])
        content["access"] = Access(**content["access"]) if content["access"] else None
        return cls(**content)

    def packed(self) -> bytes:
        """Return it as a continuation."""
        return json.dumps(asdict(self)).encode()

    def looked(self) -> Stand:
        """Return it after one more look in vain."""
        return replace(self, looks=self.looks + 1)

    def turned(self, phase: Phase, **changes: Any) -> Stand:
        """Return it in another phase, whose looks begin anew."""
        return replace(self, phase=phase, looks=0, **changes)
