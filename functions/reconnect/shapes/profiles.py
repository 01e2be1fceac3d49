"""What the API tells the caller of himself, as types."""

from __future__ import annotations

from pydantic import with_config
from typing_extensions import TypedDict

from reconnect.shapes.words import (
    DOCUMENTED,
    Time,
    TimeOfDay,
    TroubleName,
)

QuietHoursShape = TypedDict("QuietHoursShape", {"from": TimeOfDay, "until": TimeOfDay})


@with_config(DOCUMENTED)
class MailTroubleShape(TypedDict):
    """That mail does not reach the address, or comes late."""

    trouble: TroubleName
    since: Time


@with_config(DOCUMENTED)
class WebPushShape(TypedDict):
    """What a browser needs to subscribe with, and how many have."""

    public_key: str | None
    """Null where push is not offered."""
    subscriptions: int


@with_config(DOCUMENTED)
class ProfileShape(TypedDict):
    """How the caller is reached, and when he is left in peace."""

    owner_id: str
    email: str
    language: str
    time_zone: str
    mail: bool
    push: bool
    reminders: bool
    works_again: bool
    quiet_hours: QuietHoursShape | None
    """In his own time zone; null if no hour is quiet."""
    mail_trouble: MailTroubleShape | None
    web_push: WebPushShape
