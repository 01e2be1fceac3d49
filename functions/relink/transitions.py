"""How events change a connection: pure, the clock an argument.

Each transition takes a connection and `now` and returns the new one; nothing here reads or
writes. Times are whole epoch seconds.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from relink.connection import NONE_YET, TRIES_A_DAY, Connection, reasons_of
from relink.expiry import consent
from relink.reasons import Reason, Scope, Status
from relink.webhooks import provider_ref

if TYPE_CHECKING:
    from collections.abc import Mapping

    from relink.failures import ProviderError

CODE_BYTES = 48
TEXT_BYTES = 100


@dataclass(frozen=True, slots=True)
class Synced:
    """What a successful sync tells about the connection itself."""

    digest: str
    consent_expires_at: int | None = None
    troubles: Mapping[str, str] = field(default_factory=dict)
    reference: str = ""


def synced(before: Connection, facts: Synced, now: int) -> Connection:
    """Turn green: the only way to it (law 6). Clears every trouble of the connection itself."""
    return replace(
        _coloured(replace(before, accepted_at=None), Status.GREEN, now),
        reason=None,
        scope=None,
        provider_code="",
        provider_text="",
        last_success_at=max(now, before.last_success_at or 0, before.accounts_red_since or 0),
        rate_limited_until=None,
        **consent(before, facts.consent_expires_at or before.consent_expires_at, now),
        troubles=dict(facts.troubles),
        accounts_red_since=_accounts_red_since(before, facts, now),
        digest=facts.digest,
        provider_ref=provider_ref(before.bank.provider, facts.reference) or before.provider_ref,
        lease="",
        lease_until=0,
        runs=0,
    )


def failed(before: Connection, error: ProviderError, now: int, *, counted: bool) -> Connection:
    """Turn red if only the owner can mend it, else orange; red stays red (laws 1 to 4).

    `counted` says that this call was taken from the day's four: it is given back if the bank was
    provably not reached. The bank's words are cut, and of its accounts' troubles only an incident
    is remembered while waiting is right, so that the item stays below a kilobyte.
    """
    settled = _settled(before, error)
    if counted and not error.reached:
        settled = replace(settled, calls=given_back(before.calls))
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


def accepted(
    before: Connection, expires_at: int | None, now: int, reference: str = ""
) -> Connection:
    """End the incident: the bank has taken the new credentials, the first sync follows (law 6)."""
    return replace(
        _awaiting_sync(before, now),
        **consent(before, expires_at, now),
        credentials_version=before.credentials_version + 1,
        provider_ref=provider_ref(before.bank.provider, reference),
        rotation=0,
        tries=(NONE_YET,) * TRIES_A_DAY,
        disconnected_at=None,
        ending="",
    )


def renewed(
    before: Connection, expires_at: int | None, now: int, reference: str = ""
) -> Connection:
    """Take new credentials for a connection that is as well as it was: its colour stays."""
    return replace(
        _coloured(replace(before, accepted_at=now), before.status, now),
        **consent(before, expires_at, now),
        credentials_version=before.credentials_version + 1,
        provider_ref=provider_ref(before.bank.provider, reference),
        rotation=0,
        digest="",
        runs=0,
    )


def completed(before: Connection, facts: Synced, now: int) -> Connection:
    """Turn green after everything has been fetched; what single accounts lack is as it was.

    An account may be refused for its old movements only: the next sync tells.
    """
    kept = replace(facts, troubles=before.troubles)
    return synced(before, kept, now)


def not_completed(before: Connection, error: ProviderError, now: int) -> Connection:
    """Leave a connection as it was whose old movements could not be fetched.

    Only what any sync would have met is a fact of the connection: the bank's refusal of the access
    itself, which a machine must not repeat (law 4). That it wants its owner for old movements is
    none.
    """
    if status_for(error) is Status.RED and error.reason is not Reason.SCA_REQUIRED:
        return failed(before, error, now, counted=False)
    return _settled(before, error)


def mended(before: Connection, cycle: int, now: int) -> Connection:
    """End the incident: the provider says that it is over, and a sync will show it (law 6).

    Its owner has mended it elsewhere, so the credentials stay. The turn of this cycle is given
    back if the call that found the trouble took it; the calls of the day are not.
    """
    return replace(
        _awaiting_sync(before, now),
        last_cycle=min(before.last_cycle, cycle - 1),
        lease="",
        lease_until=0,
    )


def warned(before: Connection, expires_at: int, now: int) -> Connection:
    """Note when the provider says that the access will end."""
    return replace(before, **consent(before, expires_at, now))


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
    return (*calls[1:], NONE_YET)


def _accounts_red_since(before: Connection, facts: Synced, now: int) -> int | None:
    """Return since when some account needs the owner: one incident until none does."""
    if all(r.status is not Status.RED for r in reasons_of(facts.troubles).values()):
        return None
    return before.accounts_red_since or _beginning(before, now)


def _beginning(before: Connection, now: int) -> int:
    """Return the moment, and so the name, of an incident that begins: no other one has it.

    One second holds many events, and two machines' clocks differ: it is later than all that has
    become of the connection before, as each incident's end is no earlier than its beginning.
    """
    return max(now, 1 + before.ended_at(before.last_success_at or 0))


def _brief(text: str, limit: int) -> str:
    """Return as much of a text as fits into so many bytes of UTF-8."""
    return text.encode(errors="replace")[:limit].decode(errors="ignore")


def _coloured(before: Connection, status: Status, now: int) -> Connection:
    scheduled = status is not Status.RED and (before.auto_sync or before.accepted_at is not None)
    since, red_since = before.since, None
    if before.status is not status:
        since = _beginning(before, now) if status is Status.RED else before.ended_at(now)
    if status is Status.RED:
        red_since = before.red_since if before.status is Status.RED else since
    return replace(
        before,
        status=status,
        since=since,
        red_since=red_since,
        slot=before.home_slot if scheduled else None,
    )


def _awaiting_sync(before: Connection, now: int) -> Connection:
    """End the incident, whoever says so: what was wrong is forgotten, and a sync is to show it."""
    return replace(
        _coloured(replace(before, accepted_at=now), Status.ORANGE, now),
        reason=Reason.FIRST_SYNC_PENDING,
        scope=Scope.CONNECTION,
        provider_code="",
        provider_text="",
        rate_limited_until=None,
        troubles={},
        accounts_red_since=None,
        digest="",
        runs=0,
    )


def _settled(before: Connection, error: ProviderError) -> Connection:
    """End a run that failed, and note until when the bank wants to be left alone."""
    limited = error.reason is Reason.RATE_LIMITED and error.retry_at is not None
    until = error.retry_at if limited else before.rate_limited_until
    return replace(before, lease="", lease_until=0, runs=0, rate_limited_until=until)
