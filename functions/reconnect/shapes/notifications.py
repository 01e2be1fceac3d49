"""What the API tells the caller above all else, as types."""

from __future__ import annotations

from typing import Literal

from pydantic import with_config
from typing_extensions import TypedDict

from reconnect.shapes.reasons import ReasonShape
from reconnect.shapes.words import (
    DOCUMENTED,
    Level,
    Time,
    TroubleName,
)


@with_config(DOCUMENTED)
class _NotificationShape(TypedDict):
    """What all notifications tell."""

    notification_id: str
    level: Level
    """How loudly to show it."""
    text: str
    instruction: str
    connection_ids: list[str]
    bank_names: list[str]
    since: Time
    created_at: Time


class NoticeShape(TypedDict):
    """What notifications tell that are of one connection."""

    notification_id: str
    connection_id: str
    connection_ids: list[str]
    bank_name: str
    bank_names: list[str]
    created_at: Time


@with_config(DOCUMENTED)
class ReconnectNotificationShape(_NotificationShape):
    """A bank needs the caller now."""

    kind: Literal["reconnect"]
    connection_id: str
    bank_name: str
    reason: ReasonShape
    red_since: Time


@with_config(DOCUMENTED)
class ExpiringNotificationShape(_NotificationShape):
    """The permission to read a bank ends soon."""

    kind: Literal["expiring"]
    connection_id: str
    bank_name: str
    consent_expires_at: Time
    days_left: int


@with_config(DOCUMENTED)
class BankDownNotificationShape(_NotificationShape):
    """Banks are down for everybody; it goes with its cause, and cannot be dismissed."""

    kind: Literal["bank_down"]


@with_config(DOCUMENTED)
class UnreachableNotificationShape(_NotificationShape):
    """Mail does not reach the caller, or a colleague whose banks need him."""

    kind: Literal["mail_unreachable"]
    owner_id: str
    trouble: TroubleName


Notification = (
    ReconnectNotificationShape
    | ExpiringNotificationShape
    | BankDownNotificationShape
    | UnreachableNotificationShape
)


@with_config(DOCUMENTED)
class NotificationsShape(TypedDict):
    """A page of what concerns the caller, the loudest first."""

    notifications: list[Notification]
    next_cursor: str | None
