"""A connection and how events change it: pure transitions, the clock an argument.

Each transition takes a connection and `now` and returns the new one; nothing here reads or
writes. Times are whole epoch seconds.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from relink import schedule
from relink.reasons import Reason, Scope, Status

if TYPE_CHECKING:
    from collections.abc import Mapping

    from relink.failures import ProviderError

DAY = 86_400
UNATTENDED_A_DAY = 4
TRIES_A_DAY = 3
HOLD_LIMIT = 900
STALE_AFTER = 2 * DAY
CODE_BYTES = 48
TEXT_BYTES = 120
_NONE_YET = 0


class Method(StrEnum):
    """How the owner proves himself to the bank."""

    DIRECT = "direct"
    CONSENT = "consent"
    TOKEN = "token"  # noqa: S105 - a word, not a token


@dataclass(frozen=True, slots=True)
class Bank:
    """An institution, and how it is reached."""

    bank_id: str
    name: str
    country: str
    provider: str
    method: Method


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """One owner's link to one bank through one provider; it keeps its id for ever.

    `slot` is present only while the schedule may call the bank. `calls` and `tries` hold the
    times of the last unattended calls and credential tries, newest first. `lease` names the run
    that is calling the bank. `live_attempt` names the owner's last reconnect, which is live
    until `live_until`. `troubles` holds the reasons of accounts that did not sync although the
    connection did; `accounts_red_since` is when one of them first needed the owner.
    `credentials_version` counts what the owner has given and the bank accepted, `rotation` what
    the bank has renewed by itself since.
    """

    connection_id: str
    workspace_id: str
    owner_id: str
    bank: Bank
    created_at: int
    status: Status = Status.ORANGE
    reason: Reason | None = Reason.AWAITING_CREDENTIALS
    scope: Scope | None = None
    provider_code: str = ""
    provider_text: str = ""
    since: int
    red_since: int | None = None
    last_success_at: int | None = None
    last_attempt_at: int | None = None
    slot: int | None = None
    last_cycle: int = -1
    calls: tuple[int, ...] = (_NONE_YET,) * UNATTENDED_A_DAY
    tries: tuple[int, ...] = (_NONE_YET,) * TRIES_A_DAY
    rate_limited_until: int | None = None
    consent_expires_at: int | None = None
    auto_sync: bool = True
    credentials_version: int = 0
    rotation: int = 0
    lease: str = ""
    lease_until: int = 0
    live_attempt: str = ""
    live_until: int = 0
    troubles: Mapping[str, str] = field(default_factory=dict)
    accounts_red_since: int | None = None
    digest: str = ""

    @property
    def incident_since(self) -> int | None:
        """Return since when the owner must act: for the whole connection, or for some accounts."""
        return self.red_since if self.status is Status.RED else self.accounts_red_since

    @property
    def incident_reason(self) -> Reason | None:
        """Return why the owner must act; without an incident, why it is not green."""
        return next(iter(self.red_accounts.values()), None) or self.reason

    @property
    def red_accounts(self) -> dict[str, Reason]:
        """Return the accounts in trouble that only the owner can mend, and why."""
        return {a: r for a, r in reasons_of(self.troubles).items() if r.status is Status.RED}

    @property
    def home_slot(self) -> int:
        """Return the minute of the cycle in which the schedule calls this connection's bank."""
        return schedule.slot_of(self.workspace_id)

    @property
    def leased(self) -> bool:
        """Tell whether a run has claimed the connection and not settled it."""
        return self.lease != ""

    def next_call_allowed_at(self) -> int:
        """Return when the rolling day lets the schedule call the bank again (law 5)."""
        return self.calls[-1] + DAY if self.calls[-1] else _NONE_YET

    def next_try_allowed_at(self) -> int:
        """Return when the lock-out guard lets the owner try credentials again."""
        return self.tries[-1] + DAY if self.tries[-1] else _NONE_YET

    def tries_left(self, now: int) -> int:
        """Return how many credential tries the owner has before the guard pauses him."""
        return sum(1 for tried in self.tries if not tried or tried + DAY <= now)

    def stale(self, now: int) -> bool:
        """Tell whether it has been orange for so long that the page says so (law 3)."""
        connected = self.credentials_version > 0
        return connected and self.status is Status.ORANGE and now - self.since > STALE_AFTER


@dataclass(frozen=True, slots=True)
class Synced:
    """What a successful sync tells about the connection itself."""

    digest: str
    consent_expires_at: int | None = None
    troubles: Mapping[str, str] = field(default_factory=dict)


def synced(before: Connection, facts: Synced, now: int) -> Connection:
    """Turn green: the only way to it (law 6). Clears every trouble of the connection itself."""
    return replace(
        _coloured(before, Status.GREEN, now),
        reason=None,
        scope=None,
        provider_code="",
        provider_text="",
        last_success_at=now,
        rate_limited_until=None,
        consent_expires_at=facts.consent_expires_at or before.consent_expires_at,
        troubles=dict(facts.troubles),
        accounts_red_since=_accounts_red_since(before, facts, now),
        digest=facts.digest,
        lease="",
        lease_until=0,
    )


def failed(before: Connection, error: ProviderError, now: int, *, counted: bool) -> Connection:
    """Turn red if only the owner can mend it, else orange; red stays red (laws 1 to 4).

    `counted` says that this call was taken from the day's four: it is given back if the bank was
    provably not reached. The bank's words are cut, and of its accounts' troubles only an incident
    is remembered while waiting is right, so that the item stays below a kilobyte.
    """
    settled = replace(
        before,
        lease="",
        lease_until=0,
        calls=given_back(before.calls) if counted and not error.reached else before.calls,
        rate_limited_until=_limited_until(before, error),
    )
    colour = status_for(error)
    red = {account: reason.value for account, reason in before.red_accounts.items()}
    if before.status is Status.RED and colour is not Status.RED:
        return settled
    return replace(
        _coloured(settled, colour, now),
        reason=error.reason,
        scope=error.scope,
        provider_code=_brief(error.provider_code, CODE_BYTES),
        provider_text=_brief(error.provider_text, TEXT_BYTES),
        troubles=red if colour is Status.ORANGE else {},
        accounts_red_since=before.accounts_red_since if colour is Status.ORANGE else None,
    )


def accepted(before: Connection, expires_at: int | None, now: int) -> Connection:
    """End the incident: the bank has taken the new credentials, the first sync follows (law 6)."""
    return replace(
        _coloured(before, Status.ORANGE, now),
        reason=Reason.FIRST_SYNC_PENDING,
        scope=Scope.CONNECTION,
        provider_code="",
        provider_text="",
        rate_limited_until=None,
        consent_expires_at=expires_at,
        credentials_version=before.credentials_version + 1,
        rotation=0,
        tries=(_NONE_YET,) * TRIES_A_DAY,
        troubles={},
        accounts_red_since=None,
        digest="",
    )


def tried(before: Connection, now: int) -> Connection:
    """Count one credential try before it is made; the bank counts it, too."""
    return replace(before, tries=(now, *before.tries[:-1]))


def status_for(error: ProviderError) -> Status:
    """Return the colour of an error: red only for a connection that its owner must mend.

    The reason alone is not enough: an account's or our own trouble never reddens a connection.
    """
    concerns_owner = error.scope in {Scope.CONNECTION, Scope.PROVIDER}
    if error.reason.status is Status.RED and concerns_owner:
        return Status.RED
    return Status.ORANGE


def given_back(calls: tuple[int, ...]) -> tuple[int, ...]:
    """Return the day's calls without the newest one."""
    return (*calls[1:], _NONE_YET)


def reasons_of(troubles: Mapping[str, str]) -> dict[str, Reason]:
    """Return why each account is in trouble; a reason of another version is unknown."""
    known = set(Reason)
    return {a: Reason(r) if r in known else Reason.UNKNOWN for a, r in troubles.items()}


def _accounts_red_since(before: Connection, facts: Synced, now: int) -> int | None:
    """Return since when some account needs the owner: one incident until none does."""
    if all(r.status is not Status.RED for r in reasons_of(facts.troubles).values()):
        return None
    return before.accounts_red_since or now


def _brief(text: str, limit: int) -> str:
    """Return as much of a text as fits into so many bytes of UTF-8."""
    return text.encode(errors="replace")[:limit].decode(errors="ignore")


def _coloured(before: Connection, status: Status, now: int) -> Connection:
    scheduled = status is not Status.RED and before.auto_sync
    red_since = None
    if status is Status.RED:
        red_since = before.red_since if before.status is Status.RED else now
    return replace(
        before,
        status=status,
        since=before.since if before.status is status else now,
        red_since=red_since,
        slot=before.home_slot if scheduled else None,
    )


def _limited_until(before: Connection, error: ProviderError) -> int | None:
    if error.reason is Reason.RATE_LIMITED and error.retry_at is not None:
        return error.retry_at
    return before.rate_limited_until
