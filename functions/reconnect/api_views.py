"""What the owner's API shows: connections, accounts, notices and profiles as plain JSON values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconnect.reporting import iso, reason_as_json, reason_of
from relink import schedule
from relink.connection import HOLD_LIMIT
from relink.outages import outage_of
from relink.reasons import Reason

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from decimal import Decimal

    from relink.accounts import StoredAccount
    from relink.connection import Connection
    from relink.outages import Outage
    from relink.owners import Notice, Profile
    from relink.reader import Reader

CYCLE = schedule.SLOTS * schedule.MINUTE


def connection_view(
    connection: Connection,
    accounts: Iterable[StoredAccount],
    reader: Reader,
    now: int,
) -> dict[str, Any]:
    """Return a connection as its owner may see it."""
    bank = connection.bank
    return {
        "connection_id": connection.connection_id,
        "bank": {
            "bank_id": bank.bank_id,
            "name": bank.name,
            "country": bank.country,
            "provider": bank.provider,
            "method": bank.method.value,
        },
        "status": connection.status.value,
        "reason": reason_as_json(connection.reason, reader, connection.provider_text),
        "since": iso(connection.since),
        "stale": connection.stale(now),
        "last_success_at": iso(connection.last_success_at),
        "next_sync_at": iso(next_sync_at(connection, now)),
        "consent_expires_at": iso(connection.consent_expires_at),
        "auto_sync": connection.auto_sync,
        "accounts": [_account_view(a, connection, reader) for a in accounts],
    }


def next_sync_at(connection: Connection, now: int) -> int | None:
    """Return when the schedule next calls the bank, or None while it does not (law 4)."""
    if connection.slot is None:
        return None
    # A turn that the rolling day holds back by more than this is skipped, not delayed.
    free_at = max(
        connection.rate_limited_until or 0, connection.next_call_allowed_at() - HOLD_LIMIT
    )
    turn = schedule.next_run(connection.slot, now)
    missed = max(0, -((turn - free_at) // CYCLE))
    return turn + missed * CYCLE


def notice_view(notice: Notice, connection: Connection, reader: Reader) -> dict[str, Any]:
    """Return a notice as the host app shows it above everything else."""
    return {
        "notification_id": notice.notice_id,
        "level": "primary",
        "connection_id": connection.connection_id,
        "bank_name": connection.bank.name,
        "reason": reason_as_json(connection.incident_reason, reader, connection.provider_text),
        "red_since": iso(connection.incident_since),
        "created_at": iso(notice.created_at),
    }


def bank_notices(
    connections: Sequence[Connection],
    outages: Mapping[str, Outage],
    reader: Reader,
) -> list[dict[str, Any]]:
    """Return one notice for each outage that concerns these connections, whoever fails in it."""
    concerned: dict[Outage, list[Connection]] = {}
    for connection in connections:
        outage = outage_of(connection.bank, outages)
        if outage is not None:
            concerned.setdefault(outage, []).append(connection)
    return [
        {
            "banks": sorted({c.bank.name for c in theirs}),
            "connection_ids": [c.connection_id for c in theirs],
            "since": iso(outage.since),
            "reason": reason_as_json(Reason.BANK_UNAVAILABLE, reader),
        }
        for outage, theirs in concerned.items()
    ]


def profile_view(profile: Profile) -> dict[str, Any]:
    """Return a profile."""
    return {
        "owner_id": profile.owner_id,
        "email": profile.email,
        "language": profile.language,
        "time_zone": profile.time_zone,
    }


def _account_view(account: StoredAccount, connection: Connection, reader: Reader) -> dict[str, Any]:
    trouble = reason_of(connection.troubles.get(account.account_id, ""))
    return {
        "account_id": account.account_id,
        "name": account.shown_name,
        "currency": account.currency,
        "balance": _amount(account.balance),
        "available": _amount(account.available),
        "balance_at": iso(account.balance_at),
        "hidden": account.hidden,
        "trouble": reason_as_json(trouble, reader),
    }


def _amount(value: Decimal | None) -> str | None:
    """Return an amount as text: a JSON number may lose cents on its way."""
    return None if value is None else f"{value:f}"
