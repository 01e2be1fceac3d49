"""What the owner's API shows of connections and their accounts, as plain JSON values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconnect.api.notification_views import bank_names, concerned
from reconnect.attempts.renewal import consent_text, days_left
from reconnect.explaining import explained, iso, reason_as_json, reason_of
from relink import schedule
from relink.connection import HOLD_LIMIT
from relink.languages import translation
from relink.reader import zone
from relink.reasons import Reason

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from decimal import Decimal
    from typing import Literal

    from reconnect.shapes.accounts import AccountShape
    from reconnect.shapes.connections import (
        BankNoticeShape,
        ConnectionShape,
        ExpiringShape,
        ReaderShape,
    )
    from relink.accounts import StoredAccount
    from relink.connection import Connection
    from relink.outages import Outage
    from relink.owners import Profile
    from relink.reader import Reader

ANYWHERE = "UTC"
"""The zone of a profile that nobody has completed."""
CYCLE = schedule.SLOTS * schedule.MINUTE


def connection_view(
    connection: Connection,
    accounts: Iterable[StoredAccount],
    reader: Reader,
    now: int,
) -> ConnectionShape:
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
        "notice": _notice(connection, reader, now),
        "busy": busy(connection, now),
        "last_success_at": iso(connection.last_success_at),
        "last_attempt_at": iso(connection.last_attempt_at),
        "rate_limited_until": iso(_ahead(connection.rate_limited_until, now)),
        "next_sync_at": iso(next_sync_at(connection, now)),
        "consent_expires_at": iso(connection.consent_expires_at),
        "expiring": _expiring(connection, reader, now),
        "auto_sync": connection.auto_sync,
        "disconnected_at": iso(connection.disconnected_at),
        "accounts": [account_view(a, connection, reader) for a in accounts],
    }


def reader_view(profile: Profile | None, reader: Reader) -> ReaderShape:
    """Return for whom texts are written; where he is only if he has ever said so."""
    said = profile.time_zone if profile else ANYWHERE
    known = said != ANYWHERE and zone(said) is not None
    return {"language": reader.language, "time_zone": said if known else None}


def busy(connection: Connection, now: int) -> Literal["syncing", "attempt"] | None:
    """Return what is going on with a connection; its owner's attempt holds the lease, too."""
    if connection.live_until > now:
        return "attempt"
    return "syncing" if connection.lease_until > now else None


def _ahead(time: int | None, now: int) -> int | None:
    return time if time is not None and time > now else None


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


def bank_notices(
    connections: Sequence[Connection],
    outages: Mapping[str, Outage],
    reader: Reader,
) -> list[BankNoticeShape]:
    """Return one notice for each outage that concerns these connections, whoever fails in it."""
    return [
        {
            "banks": bank_names(theirs),
            "connection_ids": [c.connection_id for c in theirs],
            "since": iso(outages[place].since),
            "reason": explained(Reason.BANK_UNAVAILABLE, reader),
        }
        for place, theirs in concerned(connections, outages).items()
    ]


def _expiring(connection: Connection, reader: Reader, now: int) -> ExpiringShape | None:
    days = days_left(connection, reader, now)
    if days is None:
        return None
    return {"days_left": days, "text": consent_text(connection, reader, now)}


def _notice(connection: Connection, reader: Reader, now: int) -> str | None:
    """Return the one line that is shown of a connection which waits for too long (law 3)."""
    if not connection.stale(now):
        return None
    gettext = translation(reader.language).gettext
    last, planned = connection.last_success_at, next_sync_at(connection, now)
    told = gettext("No successful sync yet.")
    if last is not None:
        told = gettext("Last successful sync: %(moment)s.") % {"moment": reader.moment(last)}
    if planned is None:
        return told
    ahead = gettext("Next try: %(moment)s.") % {"moment": reader.moment(planned)}
    return f"{told} {ahead}"


def account_view(account: StoredAccount, connection: Connection, reader: Reader) -> AccountShape:
    """Return an account as its owner may see it: under his own name, if he gave it one."""
    trouble = reason_of(connection.troubles.get(account.account_id, ""))
    return {
        "account_id": account.account_id,
        "name": account.shown_name,
        "bank_name": account.bank_name,
        "own_name": account.name or None,
        "currency": account.currency,
        "balance": None if account.balance is None else amount(account.balance),
        "available": None if account.available is None else amount(account.available),
        "balance_at": iso(account.balance_at),
        "hidden": account.hidden,
        "trouble": reason_as_json(trouble, reader),
    }


def amount(value: Decimal) -> str:
    """Return an amount as text: a JSON number may lose cents on its way."""
    return f"{value.normalize():f}"
