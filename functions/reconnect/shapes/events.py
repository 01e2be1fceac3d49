"""What the API tells of what has happened to a connection, as types."""

from __future__ import annotations

from typing import Literal

from pydantic import with_config
from typing_extensions import TypedDict

from reconnect.shapes.reasons import ReasonShape
from reconnect.shapes.words import DOCUMENTED, CauseName, Colour, OutcomeName, Time


@with_config(DOCUMENTED)
class PreviousShape(TypedDict):
    """The status that a new one ended."""

    status: Colour
    reason: ReasonShape | None
    since: Time


@with_config(DOCUMENTED)
class StatusEventShape(TypedDict):
    """The connection got another status; its `cause` is what ended the one before."""

    event_id: str
    kind: Literal["status"]
    at: Time
    status: Colour
    reason: ReasonShape | None
    cause: CauseName
    previous: PreviousShape


@with_config(DOCUMENTED)
class AccountsEventShape(TypedDict):
    """Some accounts began to need their owner, or (none named) none does any more."""

    event_id: str
    kind: Literal["accounts"]
    at: Time
    account_ids: list[str]
    reason: ReasonShape | None


@with_config(DOCUMENTED)
class AttemptEventShape(TypedDict):
    """An attempt to reconnect, or to fetch all movements, ended."""

    event_id: str
    kind: Literal["reconnect", "historical"]
    at: Time
    outcome: OutcomeName
    began_at: Time
    accounts: int
    back_filled_from: Time | None
    reason: ReasonShape | None


Event = StatusEventShape | AccountsEventShape | AttemptEventShape


@with_config(DOCUMENTED)
class HistoryShape(TypedDict):
    """A page of what has happened to a connection, the last first."""

    events: list[Event]
    next_cursor: str | None
