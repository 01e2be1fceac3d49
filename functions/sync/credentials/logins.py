"""The tries of each login at a bank, whoever makes them: banks count by login, not by connection.

A login is named by a keyed hash of what it is entered with besides its secrets, so that no user
name is stored. Its tries are a small item of the State table, which removes itself: an attribute
for each, so that one can be taken back whoever counts another at the same moment.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Protocol, runtime_checkable

from relink.clock import DAY
from relink.connection import TRIES_A_DAY
from relink.items import decode, encode

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from mypy_boto3_dynamodb.client import DynamoDBClient

    from relink.connection import Bank
    from relink.provider import Field
    from sync.credentials.vault import Vault

LOGIN_TRIED: Final = (
    "This login has been tried three times within a day. Many banks lock an access after another"
    " wrong one, so it is left alone for now."
)
_PREFIX: Final = "login#"
_TRY: Final = "try#"
_OPEN: Final = frozenset({"text", "select"})
"""Kinds of fields that hold no secret."""


@runtime_checkable
class Placing(Protocol):
    """An adapter at which several listed banks may be one place to log in."""

    def counted_at(self, bank: Bank) -> str:
        """Return where a bank counts the tries of a login, the same for all that share it."""


def place_of(provider: object, bank: Bank) -> str:
    """Return where a bank counts the tries of a login: at itself, unless its adapter says more."""
    return provider.counted_at(bank) if isinstance(provider, Placing) else bank.bank_id


@dataclass(frozen=True, slots=True)
class Tries:
    """The tries of a login: when each was made, by whom. `turn` counts how many there ever were."""

    login: str
    made: Mapping[str, int] = field(default_factory=dict)
    turn: int = 0

    def paused_until(self, by: str, now: int) -> int:
        """Return until when the login may not be tried, 0 if it may be; each is one try at most."""
        times = sorted(self._recent(now).values())
        if by in self._recent(now) or len(times) < TRIES_A_DAY:
            return 0
        return times[-TRIES_A_DAY] + DAY

    def outlived(self, now: int) -> list[str]:
        """Return whose tries do not count any more."""
        return sorted(self.made.keys() - self._recent(now).keys())

    def _recent(self, now: int) -> dict[str, int]:
        return {by: at for by, at in self.made.items() if at + DAY > now}


@dataclass(frozen=True, slots=True)
class Logins:
    """The tries in the State table."""

    client: DynamoDBClient
    vault: Vault

    def named(
        self, bank: Bank, fields: Iterable[Field], answers: Mapping[str, str], place: str
    ) -> str:
        """Return the name of the login that a form was filled in for, empty if it tells none.

        `place` is where the bank counts (`place_of`). What may be left out names nobody: a login
        would have a name with it and one without.
        """
        asked = [f for f in fields if f.required and not f.transient and f.kind in _OPEN]
        given = {f.name: _plain(answers.get(f.name, "")) for f in asked}
        if not any(f.kind == "text" for f in asked) or not all(given.values()):
            return ""
        parts = [part for name in sorted(given) for part in (name, given[name])]
        return self.vault.fingerprint("login", bank.provider, place, *parts)

    def tries(self, login: str) -> Tries:
        """Return the tries of a login as they are stored now."""
        answer = self.client.get_item(
            TableName=self.vault.state, Key=_key(login), ConsistentRead=True
        )
        found = decode(answer.get("Item", {}))
        over = found.get("accepted_at", -1)
        made = {k.removeprefix(_TRY): at for k, at in found.items() if k.startswith(_TRY)}
        made = {by: at for by, at in made.items() if at > over}
        return Tries(login, made, found.get("turn", 0))

    def counted(self, tries: Tries, by: str, now: int) -> dict[str, Any]:
        """Return the write that counts a try, unless another has been counted since they were read.

        A second one by the same is the same.
        """
        old = {f"#old{n}": _TRY + name for n, name in enumerate(tries.outlived(now)) if name != by}
        removed = f" REMOVE {', '.join(old)}" if old else ""
        known = "#turn = :turn" if tries.turn else "attribute_not_exists(#turn)"
        return self._update(
            tries.login,
            f"SET #by = :now, #turn = :next, expires_at = :until{removed}",
            names={**old, "#by": _TRY + by, "#turn": "turn"},
            values={":now": now, ":next": tries.turn + 1, ":until": now + DAY}
            | ({":turn": tries.turn} if tries.turn else {}),
            condition=known,
        )

    def noted(self, login: str, by: str, now: int) -> dict[str, Any]:
        """Return the arguments of the update that counts a try which has been made already."""
        return self._update(
            login,
            "SET #by = :now, expires_at = :until ADD #turn :one",
            names={"#by": _TRY + by, "#turn": "turn"},
            values={":now": now, ":until": now + DAY, ":one": 1},
        )["Update"]

    def given_back(self, login: str, by: str, now: int) -> dict[str, Any]:
        """Return the write that takes a try back: it was provably not made."""
        return self._update(
            login,
            "SET expires_at = :until REMOVE #by",
            names={"#by": _TRY + by},
            values={":until": now + DAY},
        )

    def accepted(self, login: str, now: int) -> dict[str, Any]:
        """Return the write that forgets all tries up to now: the bank has said yes, and forgets."""
        return self._update(
            login,
            "SET #at = :now, expires_at = :until",
            names={"#at": "accepted_at"},
            values={":now": now, ":until": now + DAY},
        )

    def _update(
        self,
        login: str,
        expression: str,
        *,
        names: Mapping[str, str],
        values: Mapping[str, Any],
        condition: str = "",
    ) -> dict[str, dict[str, Any]]:
        return {
            "Update": {
                "TableName": self.vault.state,
                "Key": _key(login),
                "UpdateExpression": expression,
                "ExpressionAttributeNames": dict(names),
                "ExpressionAttributeValues": encode(values),
                **({"ConditionExpression": condition} if condition else {}),
            },
        }


def _plain(value: str) -> str:
    """Return a value as a bank may read it: without case, spaces and dashes, if anything is left.

    Two spellings that are one login at the bank must not have three tries each.
    """
    folded = unicodedata.normalize("NFKC", value).casefold().strip()
    return "".join(c for c in folded if c.isalnum()) or folded


def _key(login: str) -> dict[str, Any]:
    return encode({"name": _PREFIX + login})
