"""What a link tells of its attempt, as types."""

from __future__ import annotations

from pydantic import with_config
from typing_extensions import TypedDict

from reconnect.shapes.reasons import ReasonShape
from reconnect.shapes.words import (
    DOCUMENTED,
    AttemptKind,
    OutcomeName,
    StandingName,
    Time,
)


@with_config(DOCUMENTED)
class ReportShape(TypedDict):
    """How a link's last attempt stands."""

    kind: AttemptKind
    state: OutcomeName
    messages: dict[str, str]
    """What is wrong, by the name of the field; the empty name is the whole form."""
    reason: ReasonShape | None
    prompt: str | None
    redirect_url: str | None
    accounts: int
    back_filled_from: Time | None
    tries_left: int
    look_again_after: int | None
    """Seconds; null if nothing more will happen by itself."""


@with_config(DOCUMENTED)
class StandingShape(TypedDict):
    """What a link without an attempt is good for."""

    state: StandingName


@with_config(DOCUMENTED)
class NothingShape(TypedDict):
    """Nothing."""
