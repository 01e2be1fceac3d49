"""A connection: what is known of it, and what follows from that. Times are whole epoch seconds.

How events change it stands in `relink.transitions`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from relink import schedule
from relink.clock import DAY
from relink.reasons import Reason, Scope, Status

if TYPE_CHECKING:
    from collections.abc import Mapping

UNATTENDED_A_DAY = 4
TRIES_A_DAY = 3
HOLD_LIMIT = 900
STALE_AFTER = 2 * DAY
NONE_YET = 0
"""In the lists of calls and tries: one that has not been made."""


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
    the bank has renewed by itself since; `accepted_at` is when it accepted what has not synced
    yet. `notice_day` (UTC, `YYYY-MM-DD`) is when the owner is to be told that `consent_expires_at`
    comes near; absent once that has been seen to. `ending` says what becomes of the data of a
    disconnected connection (`relink.disconnecting`), until all has been done. `retired` says that
    there are credentials besides the present ones whose access is still to be ended. `runs`
    counts the runs that have claimed the connection since the last one that was settled. One that
    is `spread` has a slot of its own, not its workspace's. `untold` says that data may have been
    stored of which the host app has not been told. By
    `provider_ref` it is found when its provider speaks of it. `login` names whose password the
    credentials hold, as the worker counts its tries (`sync.credentials.logins`).
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
    calls: tuple[int, ...] = (NONE_YET,) * UNATTENDED_A_DAY
    tries: tuple[int, ...] = (NONE_YET,) * TRIES_A_DAY
    rate_limited_until: int | None = None
    consent_expires_at: int | None = None
    notice_day: str | None = None
    auto_sync: bool = True
    credentials_version: int = 0
    accepted_at: int | None = None
    rotation: int = 0
    provider_ref: str = ""
    login: str = ""
    lease: str = ""
    lease_until: int = 0
    live_attempt: str = ""
    live_until: int = 0
    troubles: Mapping[str, str] = field(default_factory=dict)
    accounts_red_since: int | None = None
    digest: str = ""
    disconnected_at: int | None = None
    ending: str = ""
    retired: bool = False
    runs: int = 0
    spread: bool = False
    untold: bool = False

    @property
    def connected(self) -> bool:
        """Tell whether the bank has accepted credentials that have not been given up since."""
        return self.credentials_version > 0 and self.disconnected_at is None

    @property
    def scheduled(self) -> bool:
        """Tell whether the schedule may call the bank: not while red, given up or paused.

        What its owner has paused is called all the same for the first sync after the bank's yes,
        which he has asked for by giving his credentials.
        """
        wanted = self.auto_sync or self.accepted_at is not None
        return self.connected and self.status is not Status.RED and wanted

    @property
    def incident_since(self) -> int | None:
        """Return since when the owner must act: for the whole connection, or for some accounts."""
        return self.red_since if self.status is Status.RED else self.accounts_red_since

    def ended_at(self, now: int) -> int:
        """Return when the present status ends: now, or as late as it began by another's clock."""
        return max(now, self.since, self.incident_since or self.since)

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
        return schedule.slot_of(self.workspace_id, self.connection_id if self.spread else "")

    @property
    def leased(self) -> bool:
        """Tell whether a run has claimed the connection and not settled it."""
        return self.lease != ""

    def next_call_allowed_at(self) -> int:
        """Return when the rolling day lets the schedule call the bank again (law 5)."""
        return self.calls[-1] + DAY if self.calls[-1] else NONE_YET

    def next_try_allowed_at(self) -> int:
        """Return when the lock-out guard lets the owner try credentials again."""
        return self.tries[-1] + DAY if self.tries[-1] else NONE_YET

    def tries_left(self, now: int) -> int:
        """Return how many credential tries the owner has before the guard pauses him."""
        return sum(1 for tried in self.tries if not tried or tried + DAY <= now)

    def stale(self, now: int) -> bool:
        """Tell whether it should sync but has not for so long that the page says so (law 3).

        Counted from its last success, or from when the bank took the present credentials: what
        waited for its owner before that did not wait for us. One that is spared while its bank is
        down keeps its colour, and is stale all the same.
        """
        begun = max(self.last_success_at or self.created_at, self.accepted_at or NONE_YET)
        return self.scheduled and now - begun > STALE_AFTER


def reasons_of(troubles: Mapping[str, str]) -> dict[str, Reason]:
    """Return why each account is in trouble; a reason of another version is unknown."""
    known = set(Reason)
    return {a: Reason(r) if r in known else Reason.UNKNOWN for a, r in troubles.items()}
