"""How a connection is: whose trouble its state tells, of all of it or of one of its sources.

Powens shows the trouble of any source as that of the whole connection. Where another source is
well, only the accounts of the one in trouble are concerned.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from relink.clock import DAY, HOUR
from relink.failures import ProviderError, Verdict
from relink.providers.powens import codes
from relink.providers.powens.client import safe_text
from relink.reasons import Reason, Scope, Status

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from relink.providers.powens.messages import BankAccount, Connection, Source

STALE: Final = 3 * DAY
LASTS: Final = DAY
_OLD = Verdict(Reason.BANK_UNAVAILABLE)


def trouble(told: Connection, now: int, hide: Iterable[str] = ()) -> ProviderError | None:
    """Return what keeps the connection from being read, None if its state says nothing of that."""
    found = [_of_state(told, s, now, hide) for s in _states(told)]
    return min((e for e in found if e is not None), key=_badness, default=None)


def staleness(told: Connection, now: int) -> ProviderError | None:
    """Return the trouble of a connection that says it is well and has not been read for days."""
    read = told.last_update
    if told.condition == codes.VALIDATING and (read is None or now - read > LASTS):
        return codes.PENDING.error(codes.VALIDATING)
    if read is not None and now - read > STALE:
        return _OLD.error("last_update")
    return None


def may_be_in_part(told: Connection) -> bool:
    """Tell whether one source is in trouble and another is not."""
    ill = [s for s in told.ways if _is_ill(s)]
    return 0 < len(ill) < len(told.ways)


def in_part(told: Connection, accounts: Iterable[BankAccount]) -> bool:
    """Tell whether only some of the accounts are concerned: those of the sources in trouble."""
    ill = {s.id for s in told.ways if _is_ill(s)}
    well = {s.id for s in told.ways} - ill
    homes = {a.id_source for a in accounts}
    return bool(ill) and bool(well & homes) and ill <= homes


def account_errors(
    told: Connection, accounts: Iterable[BankAccount], now: int
) -> Iterator[tuple[str, ProviderError]]:
    """Yield what concerns single accounts: their own error, or that of their source."""
    ill = {s.id: s for s in told.ways if _is_ill(s)}
    for account in accounts:
        state = account.error
        source = ill.get(account.id_source or "")
        if codes.of_state(state) is None and source is not None:
            state = source.state
        verdict = codes.of_state(state)
        if state is not None and verdict is not None:
            retry_at = _retry_at(verdict.reason, source.next_try if source else None, now)
            mine = Verdict(verdict.reason, Scope.ACCOUNT)
            yield account.id, mine.error(state, retry_at=retry_at)


def _states(told: Connection) -> Iterator[tuple[str | None, Source | None]]:
    """Yield the connection's state and, where it is not a good one, those of its sources.

    A connection that is well has sources that it does not need; one without a good source is ill.
    """
    yield told.condition, None
    if told.condition is not None or all(_is_ill(s) for s in told.ways):
        yield from ((source.state, source) for source in told.ways)


def _of_state(
    told: Connection,
    found: tuple[str | None, Source | None],
    now: int,
    hide: Iterable[str],
) -> ProviderError | None:
    state, source = found
    verdict = codes.of_state(state)
    if state is None or verdict is None:
        return None
    if state == codes.SCA and _has_ended(told, source, now):
        verdict = Verdict(Reason.CONSENT_EXPIRED)
    next_try = source.next_try if source else told.next_try
    retry_at = _retry_at(verdict.reason, next_try or told.next_try, now)
    return verdict.error(state, safe_text(told.error_message, hide), retry_at=retry_at)


def _has_ended(told: Connection, source: Source | None, now: int) -> bool:
    ends = source.access_expire if source else told.expires_at
    return ends is not None and ends <= now


def _retry_at(reason: Reason, next_try: int | None, now: int) -> int | None:
    """Return when Powens means to try again; a limit without a time lasts an hour."""
    if reason.status is Status.RED:
        return None
    if next_try is not None and next_try > now:
        return min(next_try, now + DAY)
    return now + HOUR if reason is Reason.RATE_LIMITED else None


def _is_ill(source: Source) -> bool:
    return codes.of_state(source.state) is not None


def _badness(error: ProviderError) -> int:
    order = (Status.RED, Status.ORANGE, Status.GREEN)
    return order.index(error.reason.status)
