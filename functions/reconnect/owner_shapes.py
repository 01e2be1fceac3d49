"""What the API tells the caller of himself, and of attempts, as types (`reconnect.shapes`)."""

from __future__ import annotations

from typing import Literal

from pydantic import with_config
from typing_extensions import TypedDict

from reconnect.shape_words import (
    DOCUMENTED,
    AttemptKind,
    Level,
    OutcomeName,
    StandingName,
    Time,
    TimeOfDay,
    TroubleName,
)
from reconnect.shapes import ReasonShape


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
