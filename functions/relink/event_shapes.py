"""The shapes of the events that leave for the host app. Nothing imports them at run time.

`docs/events.json` is made of them, and every event of the tests is held against it. What they say
is kept: a later version adds what is new, and a change of meaning is another `version`.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field
from typing_extensions import TypedDict

from relink.reasons import Reason

Moment = Annotated[str, Field(json_schema_extra={"format": "date-time"})]
Day = Annotated[str, Field(json_schema_extra={"format": "date"})]
Count = Annotated[int, Field(ge=0)]
Status = Literal["green", "orange", "red"]
Why = Annotated[
    str,
    Field(
        description="Why it is not green. New reasons may be added.",
        json_schema_extra={"enum": [reason.value for reason in Reason]},
    ),
]


class EventShape(TypedDict):
    """What every event says."""

    version: Literal[1]
    id: Annotated[str, Field(description="The same whenever the same is told again.")]
    at: Annotated[Moment, Field(description="When it happened.")]
    connection_id: str
    workspace_id: str
    owner_id: str
    bank_id: str
    provider: str


class StandingShape(TypedDict):
    """A colour, and why it is not green."""

    status: Status
    reason: Why | None


class StatusChangedShape(EventShape, StandingShape):
    """A connection has another colour, was connected for the first time, or was given up."""

    since: Annotated[Moment, Field(description="Since when it has this colour.")]
    sequence: Annotated[
        str,
        Field(
            pattern="^[0-9]{40,}$",
            description="Of two of a connection, the greater text is the later change.",
        ),
    ]
    connected: Annotated[bool, Field(description="False once its owner has given it up.")]
    before: StandingShape


class SyncedShape(EventShape):
    """A sync has brought or changed data. One that found all as it was is not told."""

    history: Annotated[bool, Field(description="Whether all was fetched that the bank has.")]
    account_ids: Annotated[list[str], Field(description="The accounts that differ from before.")]
    added: Count
    modified: Count
    removed: Annotated[
        Count, Field(description="Movements that are there no more: a pending one, once booked.")
    ]
    exact: Annotated[
        bool,
        Field(
            description="False after a sync that was cut short: it may have stored what none of "
            "these numbers counts. Read the accounts again."
        ),
    ]
    first_day: Annotated[Day | None, Field(description="The first booking day of what differs.")]
    last_day: Day | None
