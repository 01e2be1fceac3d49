"""Why a connection is not green, as types."""

from __future__ import annotations

from pydantic import with_config
from typing_extensions import TypedDict

from reconnect.shapes.words import (
    DOCUMENTED,
    Colour,
    ReasonName,
)


@with_config(DOCUMENTED)
class ReasonShape(TypedDict):
    """Why a connection is not green, and what to do about it, in the reader's language."""

    code: ReasonName
    status: Colour
    """Red: only the owner can mend it. Orange: waiting is right."""
    text: str
    instruction: str
    bank_text: str | None
    """The bank's own words, if it said anything."""
