"""Reasons and times as JSON tells them: a reason in its reader's language, a time in ISO 8601."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, overload

from relink.reasons import Reason

if TYPE_CHECKING:
    from reconnect.shapes.reasons import ReasonShape
    from relink.reader import Reader


def reason_as_json(reason: Reason | None, reader: Reader, words: str = "") -> ReasonShape | None:
    """Return a reason with its texts, if there is one."""
    return None if reason is None else explained(reason, reader, words)


def explained(reason: Reason, reader: Reader, words: str = "") -> ReasonShape:
    """Return a reason with its texts; `bank_text` is what the bank said, if it said anything."""
    told = reason.explanation
    return {
        "code": reason.value,
        "status": told.status.value,
        "text": reader.text(told.text),
        "instruction": reader.text(told.instruction),
        "bank_text": words or None,
    }


def reason_of(stored: str) -> Reason | None:
    """Return a stored reason; one that this version does not know is unknown."""
    if not stored:
        return None
    try:
        return Reason(stored)
    except ValueError:
        return Reason.UNKNOWN


@overload
def iso(time: int) -> str: ...


@overload
def iso(time: int | None) -> str | None: ...


def iso(time: int | None) -> str | None:
    """Return an epoch second in ISO 8601, UTC."""
    if time is None:
        return None
    return datetime.fromtimestamp(time, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
