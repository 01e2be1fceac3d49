"""What opens an account at a bank, and where a login stands: kept sealed by our callers.

The library's own way of freezing a dialog is a pickle of everything, passwords included. Here a
dialog is three values in JSON, and nothing is unpickled.
"""

from __future__ import annotations

import json
import zlib
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from relink.providers.fints.accounts import BankAccount

NO_SYSTEM_ID = "0"
ONE_STEP = "999"


@dataclass(frozen=True, slots=True)
class Access:
    """A user's login at a bank, and what the bank has told our installation.

    `system_id` is the name that the bank gave us: by it, it knows us again and asks for fewer
    TANs. `parameters` are the bank's, in its own words, as far as they matter. `methods` are the
    TAN methods that the user has, `method` and `medium` his choice.
    """

    user: str
    pin: str = field(repr=False)
    customer: str = ""
    system_id: str = NO_SYSTEM_ID
    version: int = 0
    parameters: str = ""
    methods: tuple[str, ...] = ()
    method: str = ONE_STEP
    medium: str | None = None

    def sealed(self) -> bytes:
        """Return it as bytes, the same for the same access."""
        return _packed(asdict(self))

    @classmethod
    def opened(cls, data: bytes) -> Access:
        """Return what was sealed."""
        return _access(_unpacked(data))

    def anew(self) -> Access:
        """Return it without what the bank told us: a new installation to it."""
        return replace(self, system_id=NO_SYSTEM_ID, version=0, parameters="")


@dataclass(frozen=True, slots=True)
class Pause:
    """A login under way: what it waits for, and the dialog in which it does.

    `stage` is `start`, `method`, `medium`, `tan` or `accounts`. `about` is what the TAN is for.
    `accounts` are those that the bank has told of so far, `asked` the orders that it has been asked
    to take already. `polls` counts the looks at whether the owner has approved.
    """

    access: Access
    stage: str
    dialog: tuple[str, int, int] | None = None
    reference: str = ""
    decoupled: bool = False
    about: str = ""
    accounts: tuple[BankAccount, ...] = ()
    asked: tuple[str, ...] = ()
    polls: int = 0
    prompt: str = ""

    def sealed(self) -> bytes:
        """Return it as bytes."""
        return _packed(asdict(self))

    @classmethod
    def opened(cls, data: bytes) -> Pause:
        """Return what was sealed."""
        fields = _unpacked(data)
        dialog = fields["dialog"]
        own: dict[str, Any] = {
            "access": _access(fields["access"]),
            "dialog": tuple(dialog) if dialog else None,
            "accounts": tuple(BankAccount.of(a) for a in fields["accounts"]),
            "asked": tuple(fields["asked"]),
        }
        return cls(**fields | own)


def _access(fields: dict[str, Any]) -> Access:
    return Access(**fields | {"methods": tuple(fields["methods"])})


def _packed(fields: dict[str, Any]) -> bytes:
    text = json.dumps(fields, separators=(",", ":"), default=sorted)
    return zlib.compress(text.encode(), 9)


def _unpacked(data: bytes) -> dict[str, Any]:
    fields: dict[str, Any] = json.loads(zlib.decompress(data))
    return fields
