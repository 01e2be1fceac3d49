"""The trail of a connection: what became of its colour, and how its attempts ended.

Each event is written together with what it tells of, or not at all, into the Ledger, where it is
deleted with the connection's other data and not before. A sync that changes no colour writes none.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from relink.items import decode, encode
from relink.reasons import Reason, Status

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_dynamodb.client import DynamoDBClient

    from relink.attempt import Attempt
    from relink.connection import Connection

EVENT: Final = "event#"
_ORDER: Final = {"status": 1, "accounts": 2, "reconnect": 3, "historical": 3}
"""What happens in one second stands in this order."""


class Cause(StrEnum):
    """What brought a status about, and ended the one before."""

    SYNCED = "synced"
    FAILED = "failed"
    CONNECTED = "connected"
    RECONNECTED = "reconnected"
    MENDED_ELSEWHERE = "mended_elsewhere"
    DISCONNECTED = "disconnected"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened to a connection. Times are epoch seconds, reasons stored words.

    `kind` is `status`, `accounts` (some of them began, or ceased, to need the owner), `reconnect`
    or `historical` (an attempt ended, with its state as `outcome`). `was`, `was_reason` and
    `was_since` are the status that a new one ended.
    """

    at: int
    kind: str
    sk: str
    status: str = ""
    reason: str = ""
    bank_text: str = ""
    cause: str = ""
    was: str = ""
    was_reason: str = ""
    was_since: int | None = None
    account_ids: tuple[str, ...] = ()
    outcome: str = ""
    began_at: int | None = None
    accounts: int = 0
    back_filled_from: int | None = None

    @property
    def event_id(self) -> str:
        """Return a name that no other event of the connection has."""
        return self.sk.removeprefix(EVENT).replace("#", ".")


def events_of(before: Connection, after: Connection) -> list[Event]:
    """Return what a change of a connection means for its trail: nothing, for most."""
    at = max(
        after.since,
        *(after.last_success_at or 0, after.accepted_at or 0),
        *(after.disconnected_at or 0, after.accounts_red_since or 0),
    )
    found = []
    if _noteworthy(before, after):
        found.append(_status_event(before, after, at))
    if (before.accounts_red_since is None) != (after.accounts_red_since is None):
        found.append(_accounts_event(after, at))
    return found


def status_line(before: Connection, after: Connection) -> dict[str, str | None]:
    """Return what the log is told of a change of colour; nothing if there is none."""
    if before.status is after.status:
        return {}
    return {
        "connection_id": after.connection_id,
        "change": f"{before.status.value} -> {after.status.value}",
        "reason": after.reason.value if after.reason else None,
        "provider": after.bank.provider,
        "bank_id": after.bank.bank_id,
        "provider_code": after.provider_code,
    }


def attempt_event(attempt: Attempt, now: int) -> Event:
    """Return what the end of an attempt means for the trail of its connection."""
    return Event(
        at=now,
        kind=attempt.kind.value,
        sk=_sk(now, attempt.kind.value, attempt.attempt_id),
        reason=attempt.reason,
        bank_text=attempt.provider_text,
        outcome=attempt.state.value,
        began_at=attempt.created_at,
        accounts=attempt.accounts,
        back_filled_from=attempt.back_filled_from,
    )


class Trail:
    """The events in the Ledger table."""

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._client = client
        self._table = table

    def put(self, connection_id: str, event: Event) -> dict[str, Any]:
        """Return the write of an event, as a part of a transaction. The same one twice is one."""
        values = {f.name: getattr(event, f.name) for f in fields(Event)}
        values["account_ids"] = list(event.account_ids)
        told = {name: value for name, value in values.items() if value not in ("", 0, None, [])}
        item = encode({"connection_id": connection_id, **told})
        return {"Put": {"TableName": self._table, "Item": item}}

    def page(self, connection_id: str, limit: int, before: str = "") -> list[Event]:
        """Return the latest events, newest first; `before` is the sort key to go on below."""
        wanted: dict[str, Any] = {}
        if before:
            start = {"connection_id": connection_id, "sk": before}
            wanted["ExclusiveStartKey"] = encode(start)
        answer = self._client.query(
            TableName=self._table,
            KeyConditionExpression="connection_id = :c AND begins_with(sk, :p)",
            ExpressionAttributeValues=encode({":c": connection_id, ":p": EVENT}),
            ScanIndexForward=False,
            ConsistentRead=True,
            Limit=limit,
            **wanted,
        )
        return [_event(decode(item)) for item in answer["Items"]]


def _noteworthy(before: Connection, after: Connection) -> bool:
    gone = before.disconnected_at != after.disconnected_at
    first = before.credentials_version == 0 and after.credentials_version > 0
    return before.status is not after.status or gone or first


def _status_event(before: Connection, after: Connection, at: int) -> Event:
    return Event(
        at=at,
        kind="status",
        sk=_sk(at, "status", _place(after), after.status.value),
        status=after.status.value,
        reason=after.reason.value if after.reason else "",
        bank_text=after.provider_text,
        cause=_cause(before, after).value,
        was=before.status.value,
        was_reason=before.reason.value if before.reason else "",
        was_since=before.since,
    )


def _accounts_event(after: Connection, at: int) -> Event:
    red = after.red_accounts
    return Event(
        at=at,
        kind="accounts",
        sk=_sk(at, "accounts", "red" if red else "well"),
        reason=next((reason.value for reason in red.values()), ""),
        account_ids=tuple(sorted(red)),
    )


def _cause(before: Connection, after: Connection) -> Cause:
    if after.status is Status.GREEN:
        return Cause.SYNCED
    if after.disconnected_at is not None:
        return Cause.DISCONNECTED
    if after.reason is not Reason.FIRST_SYNC_PENDING:
        return Cause.FAILED
    if not before.connected:
        return Cause.CONNECTED
    newer = after.credentials_version > before.credentials_version
    return Cause.RECONNECTED if newer else Cause.MENDED_ELSEWHERE


def _place(after: Connection) -> str:
    """Return where a status stands among those of one second: what was accepted syncs then."""
    if after.disconnected_at is not None:
        return "2"
    return "0" if after.reason is Reason.FIRST_SYNC_PENDING else "1"


def _sk(at: int, kind: str, *parts: str) -> str:
    return "#".join((f"{EVENT}{at:011d}", f"{_ORDER[kind]}", kind, *parts))


def _event(values: Mapping[str, Any]) -> Event:
    known = {f.name for f in fields(Event)}
    plain = {name: value for name, value in values.items() if name in known}
    plain["account_ids"] = tuple(values.get("account_ids", ()))
    return Event(**plain)
