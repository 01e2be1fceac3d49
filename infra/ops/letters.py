"""Dead letters, and which of them an operator means."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from relink.clock import DAY

if TYPE_CHECKING:
    from collections.abc import Mapping

_SUBJECTS: Final = ("connection_id", "attempt_id", "owner_id", "webhook_id", "provider")
_AGE: Final = re.compile(r"(\d+)([smhd])")
_UNITS: Final = {"s": 1, "m": 60, "h": 3600, "d": DAY}


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which dead letters are meant: by their age in seconds, their text, and how many at most."""

    older_than: int = 0
    newer_than: int | None = None
    contains: str = ""
    limit: int | None = None

    def covers(self, letter: Letter, now: int) -> bool:
        """Tell whether it is one of them."""
        age = now - letter.sent_at
        old = not self.older_than or age >= self.older_than  # our clock may be behind SQS's
        young = self.newer_than is None or age <= self.newer_than
        return old and young and self.contains in letter.body


@dataclass(frozen=True, slots=True)
class Letter:
    """A message as a dead-letter queue holds it."""

    message_id: str
    receipt: str = field(repr=False)
    body: str = field(repr=False)
    sent_at: int
    attributes: Mapping[str, Any] = field(repr=False)

    def told(self, now: int) -> dict[str, Any]:
        """Return what may be shown of it: of whom it speaks, and not what it says."""
        try:
            values = json.loads(self.body)
        except ValueError:
            values = {}
        known = values if isinstance(values, dict) else {}
        return {
            "message_id": self.message_id,
            "age_seconds": now - self.sent_at,
            "kind": str(known.get("kind", "not a message of ours")),
            **{n: str(known[n]) for n in _SUBJECTS if isinstance(known.get(n), str)},
        }


def seconds(text: str) -> int:
    """Return the seconds of an age such as 90s, 30m, 12h or 2d. Raises `ValueError`."""
    found = _AGE.fullmatch(text)
    if found is None:
        raise ValueError(text)
    return int(found[1]) * _UNITS[found[2]]


def received(message: Mapping[str, Any]) -> Letter:
    """Return a message as SQS gives it."""
    keys = ("DataType", "StringValue", "BinaryValue")
    attributes = {
        name: {k: value[k] for k in keys if k in value}
        for name, value in message.get("MessageAttributes", {}).items()
    }
    return Letter(
        message["MessageId"],
        message["ReceiptHandle"],
        message["Body"],
        int(message["Attributes"]["SentTimestamp"]) // 1000,
        attributes,
    )
