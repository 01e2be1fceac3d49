"""Good answers with something in them that no bank in its right mind sends.

What is spoilt is drawn by a seed: the same seed spoils the same places of the same answers.
"""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from relink.failures import TEXT_LIMIT

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator
    from datetime import date

    from infra.simulators.exchange import Reply
    from relink.provider import SyncResult

LONGEST_ID = 256
VALUES: tuple[Any, ...] = (
    None,
    True,
    "",
    "x" * 5_000,
    "a\0b\x1b[31m\u202e",
    "<b>bold</b>",
    -1,
    0,
    10**30,
    1.5,
    float("nan"),
    float("1e400"),
    "0001-01-01",
    "99999-12-31T00:00:00Z",
    [],
    {},
    [[]],
    {"a": {"b": None}},
)
BYTES = (b"'", b":", b"+", b"?", b"@9999@", b"\xff\xfe", b"", b"-", b"9", b"A", b"\0", b"\r\n")


@dataclass(frozen=True)
class Spoiler:
    """Spoils one place of an answer, or none."""

    chance: random.Random

    def __call__(self, reply: Reply) -> Reply:
        """Return the answer with one place in it spoilt."""
        if self.chance.random() < 0.3:
            return reply
        try:
            content = json.loads(reply.body)
        except ValueError:
            return reply.but(body=self._spoilt_message(reply.body))
        return reply.but(body=json.dumps(self._spoilt(content)).encode())

    def _spoilt(self, content: Any) -> Any:
        places = list(_places(content))
        if not places:
            return self.chance.choice(VALUES)
        holder, name = self.chance.choice(places)
        if self.chance.random() < 0.2 and isinstance(holder, dict):
            del holder[name]
        else:
            holder[name] = self.chance.choice(VALUES)
        return content

    def _spoilt_message(self, body: bytes) -> bytes:
        """Return a message that is Base64 with some bytes of it replaced."""
        try:
            clear = base64.b64decode(body, validate=True)
        except binascii.Error:
            return body[: self.chance.randrange(len(body) + 1)]
        at, new = self.chance.randrange(len(clear) + 1), self.chance.choice(BYTES)
        cut = self.chance.choice((len(new), len(new), 0, 100))
        return base64.b64encode(clear[:at] + new + clear[at + cut :])


def _places(content: Any) -> Iterator[tuple[Any, Any]]:
    """Yield each place in a JSON value: what holds it, and its name there."""
    names = content.items() if isinstance(content, dict) else enumerate(content)
    for name, value in list(names):
        yield content, name
        if isinstance(value, dict | list):
            yield from _places(value)


def check_storable(result: SyncResult) -> None:
    """Fail if a result holds what our store, or a page, cannot hold."""
    for account in result.accounts:
        _check_id(account.provider_id)
        assert account.identities
        _check_text(account.name, account.currency, account.kind)
        _check_amount(account.balance, account.available)
    for movement in (*result.added, *result.modified):
        _check_id(movement.account, movement.transaction_id)
        _check_text(movement.description, movement.counterparty, movement.currency)
        _check_amount(movement.amount)
        _check_day(movement.booked_on, movement.value_on)
    for account_id, transaction_id in result.removed:
        _check_id(account_id, transaction_id)


def _check_id(*ids: str) -> None:
    for each in ids:
        assert 0 < len(each) <= 2 * LONGEST_ID
        assert each.isprintable()


def _check_text(*texts: str) -> None:
    for each in texts:
        assert len(each) <= TEXT_LIMIT
        assert each.isprintable()
        assert not set("<>") & set(each)


def _check_amount(*amounts: Decimal | None) -> None:
    for each in amounts:
        assert each is None or (each.is_finite() and abs(each) < Decimal(10) ** 20)


def _check_day(*days: date | None) -> None:
    for each in days:
        assert each is None or 1970 <= each.year <= 2200
