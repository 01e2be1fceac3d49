"""The story of one connection: what is known of it, and what happened, without any secret."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from datetime import UTC, datetime
from enum import Enum
from typing import TYPE_CHECKING, Any, Final

from relink import outages
from relink.items import decode, encode
from relink.notices import Notices
from relink.schedule import SLOTS, minute_of, next_run
from sync.credentials.retiring import PREFIX
from sync.credentials.vault import key_of
from sync.visits.claiming import obstacle

if TYPE_CHECKING:
    from collections.abc import Iterable

    from infra.ops.target import Target
    from relink.attempt import Attempt
    from relink.connection import Connection
    from relink.trail import Event

SHOWN: Final = 20
"""Events of the trail, and attempts, the newest first."""
_OF_ATTEMPT: Final = (
    *("attempt_id", "kind", "state", "created_at", "deadline", "red_since", "credentials_version"),
    *("reason", "provider_text", "accounts", "back_filled_from", "tries_left", "login"),
    *("paused_until", "resumable"),
)
"""Not what was sent, nor what opens the bank's next page, nor who sent it from where."""
_TIMES: Final = frozenset(
    {"created_at", "since", "red_since", "last_success_at", "last_attempt_at", "at", "was_since"}
    | {"rate_limited_until", "consent_expires_at", "accepted_at", "lease_until", "live_until"}
    | {"accounts_red_since", "disconnected_at", "deadline", "back_filled_from", "began_at"}
    | {"paused_until", "due_at", "mailed_at", "pushed_at", "cleared_at", "closed_at", "moment"}
    | {"dismissed_at", "asked_at", "push_busy_since", "probe_at", "calls", "tries"}
)


def story(target: Target, connection_id: str) -> dict[str, Any]:
    """Return all that operators may see of a connection. Raises `Trouble` if there is none."""
    connection, now = target.connection(connection_id), target.now()
    trail = target.trail.page(connection_id, SHOWN)
    return {
        "connection": _plain(connection),
        "bank": _plain(connection.bank),
        "schedule": _schedule(target, connection, now),
        "credentials": _credentials(target, connection_id),
        "attempts": [_attempt(a) for a in _attempts(target, connection, trail)],
        "notices": [
            _plain(n)
            for n in Notices(target.dynamodb, target.name("OwnersTable")).of(connection.owner_id)
            if n.connection_id == connection_id
        ],
        "trail": [_plain(event) for event in trail],
    }


def _schedule(target: Target, connection: Connection, now: int) -> dict[str, Any]:
    """Return when the clock comes by next, and what keeps it from calling the bank."""
    why = obstacle(connection, minute_of(now) // SLOTS, now)
    down = outages.outage_of(
        connection.bank, outages.read(target.dynamodb, target.name("StateTable"))
    )
    slot = connection.slot
    return {
        "next_turn": _moment(next_run(slot, now)) if slot is not None else None,
        "not_called_because": why.value if why else None,
        "bank_down": None if down is None else _plain(down),
    }


def _credentials(target: Target, connection_id: str) -> dict[str, Any] | None:
    """Return of what version the stored credentials are, and which data key seals them."""
    found = [
        decode(
            target.dynamodb.get_item(
                TableName=target.name("CredentialsTable"),
                Key=encode({"connection_id": key}),
                ConsistentRead=True,
            ).get("Item", {})
        )
        for key in (connection_id, PREFIX + connection_id)
    ]
    present, retired = found
    if not present and not retired:
        return None
    return {
        "version": present.get("version"),
        "rotation": present.get("rotation"),
        "data_key": key_of(present["box"]) if present else None,
        "retired": len(retired.get("boxes", ())),
    }


def _attempts(target: Target, connection: Connection, trail: Iterable[Event]) -> list[Attempt]:
    """Return the attempts that the connection and its trail name; they are kept for a week."""
    named = [e.sk.split("#")[-1] for e in trail if e.kind in {"reconnect", "historical"}]
    ids = dict.fromkeys([connection.live_attempt, *named])
    return [found for name in ids if name and (found := target.attempts.get(name)) is not None]


def _attempt(attempt: Attempt) -> dict[str, Any]:
    return {name: _told(name, getattr(attempt, name)) for name in _OF_ATTEMPT}


def _plain(record: Any) -> dict[str, Any]:
    """Return the fields of a record that say anything, times as people read them."""
    values = {f.name: getattr(record, f.name) for f in fields(record) if f.name != "bank"}
    return {
        name: _told(name, value)
        for name, value in values.items()
        if value not in (None, "", (), {}, [])
    }


def _told(name: str, value: Any) -> Any:
    if isinstance(value, tuple):
        return [_told(name, one) for one in value]
    if name in _TIMES and type(value) is int and value > 0:
        return _moment(value)
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, (str, int, float)) or value is None:
        return value
    return dict(value) if isinstance(value, Mapping) else str(value)


def _moment(time: int) -> str:
    return datetime.fromtimestamp(time, UTC).isoformat().replace("+00:00", "Z")
