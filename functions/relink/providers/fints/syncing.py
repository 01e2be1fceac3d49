"""One page of a sync: log in, read the accounts that time allows, log out.

Nobody is there to give a TAN: where the bank wants one, its owner must log in again.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Final

from relink.failures import ProviderError, Temporary
from relink.provider import Secret, SyncResult
from relink.providers.fints import codes, reading
from relink.providers.fints.access import Access
from relink.providers.fints.accounts import BankAccount, merged
from relink.providers.fints.challenge import Demand
from relink.providers.fints.library import Refused
from relink.providers.fints.movements import transactions
from relink.providers.fints.reading import Asked
from relink.reasons import Reason, Scope

if TYPE_CHECKING:
    from collections.abc import Callable

    from relink.bank_accounts import Account, Transaction
    from relink.provider import Call
    from relink.providers.fints.accounts import Balance
    from relink.providers.fints.dialogue import Dialogue

WINDOW: Final = timedelta(days=89)
OVERLAP: Final = timedelta(days=7)
SPARE_SECONDS: Final = 20


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where the last sync ended: each account's newest day; and within one, which are read."""

    days: dict[str, str]
    done: tuple[str, ...] = ()

    @classmethod
    def of(cls, text: str) -> Cursor:
        """Read a cursor, empty before the first sync."""
        fields = json.loads(text) if text else {"days": {}}
        return cls(fields["days"], tuple(fields.get("done", ())))

    def __str__(self) -> str:
        fields = {"days": self.days, **({"done": self.done} if self.done else {})}
        return json.dumps(fields, separators=(",", ":"), sort_keys=True)


@dataclass(frozen=True, slots=True)
class _Read:
    """What was read of one account."""

    account: Account
    movements: tuple[Transaction, ...] = ()
    error: ProviderError | None = None


def sync(call: Call, meet: Callable[[Access, float], Dialogue]) -> SyncResult:
    """Fetch what time allows. `meet` returns a dialogue for an access and a number of seconds."""
    access = Access.opened(call.secret.reveal())
    page = _Page(call, meet, access)
    try:
        return page.fetch()
    except Asked as asked:
        raise _wanted(asked.demand, access) from None
    except Refused as refusal:
        raise told(refusal, access) from None
    finally:
        page.close()


class _Page:
    """One call: a dialogue, and what has been read in it."""

    def __init__(
        self,
        call: Call,
        meet: Callable[[Access, float], Dialogue],
        access: Access,
    ) -> None:
        self._call = call
        self._meet = meet
        self._access = access
        self._cursor = Cursor.of(call.cursor)
        self._dialogue = self._met(access)

    def fetch(self) -> SyncResult:
        """Read account after account, until the time is up."""
        self._open()
        known = self._accounts()
        read: list[_Read] = []
        for account in known:
            if account.key in self._cursor.done:
                continue
            if read and self._dialogue.client.connection.left < SPARE_SECONDS:
                break
            read.append(self._account(account))
        self._keep()
        more = len(read) + len(self._cursor.done) < len(known)
        everything = tuple(a.in_our_terms(None) for a in known)
        return replace(self._result(read, more=more), others=lambda: everything)

    def close(self) -> None:
        """End the dialog."""
        self._dialogue.close()

    def _met(self, access: Access) -> Dialogue:
        return self._meet(access, self._call.deadline - self._call.now)

    def _open(self) -> None:
        """Log in; as a new installation if the bank no longer knows ours, once."""
        try:
            demand = self._dialogue.open()
        except Refused as refusal:
            if codes.NEW_SYSTEM_ID not in refusal.codes:
                raise
            self._dialogue = self._met(self._access.anew())
            self._dialogue.greet()
            demand = self._dialogue.open()
        if demand is not None:
            raise Asked(demand)

    def _accounts(self) -> list[BankAccount]:
        found = merged(self._dialogue.client.told)
        order = reading.list_order(self._dialogue.client)
        if order is not None:
            try:
                answer = self._dialogue.order(order)
            except Refused as refusal:
                if refusal.over or not found:
                    raise
            else:
                if isinstance(answer, Demand):
                    raise Asked(answer)
                found = merged(answer.found, found)
        return sorted((a for a in found if a.readable), key=lambda a: a.key)

    def _account(self, account: BankAccount) -> _Read:
        """Read one account; its own trouble is told with it, the dialog's is raised.

        An account may have movements although it has no balance for us.
        """
        shown = account.in_our_terms(None)
        try:
            shown = account.in_our_terms(self._balance(account))
            since, today = self._since(account.key), _day(self._call.now)
            statement = reading.statement(self._dialogue, account, since, today)
            if statement is None:
                return _Read(shown)
            found = transactions(account.key, statement.movements(shown.currency))
        except Refused as refusal:
            if refusal.over:
                raise
            return _Read(shown, error=told(refusal, self._access))
        except Temporary as error:
            if error.reason is not Reason.BAD_ANSWER:
                raise
            return _Read(shown, error=error)
        return _Read(shown, found)

    def _balance(self, account: BankAccount) -> Balance | None:
        try:
            return reading.balance(self._dialogue, account)
        except Refused as refusal:
            if refusal.over:
                raise
            return None

    def _since(self, key: str) -> date:
        """Return from when on movements are asked for: never so far back that it takes a TAN."""
        today = _day(self._call.now)
        if key in self._cursor.days:
            wanted = date.fromisoformat(self._cursor.days[key]) - OVERLAP
        elif self._call.since is not None:
            wanted = _day(self._call.since) - OVERLAP
        else:
            wanted = today - WINDOW
        return min(max(wanted, today - WINDOW), today)

    def _keep(self) -> None:
        """Store what the bank has told our installation, if it is news, before its data count."""
        learnt = self._dialogue.client.learnt(self._access)
        if learnt.sealed() != self._access.sealed():
            self._call.keep(Secret(learnt.sealed()))

    def _result(self, read: list[_Read], *, more: bool) -> SyncResult:
        wrong = [r.error for r in read if r.error is not None]
        if wrong and len(wrong) == len(read) and not more and not self._cursor.done:
            raise wrong[0]
        errors = {r.account.provider_id: _of_account(r.error) for r in read if r.error}
        days = self._cursor.days | {
            r.account.provider_id: self._newest(r) for r in read if r.error is None
        }
        done = (*self._cursor.done, *(r.account.provider_id for r in read)) if more else ()
        return SyncResult(
            accounts=tuple(r.account for r in read),
            added=tuple(m for r in read for m in r.movements),
            next_cursor=str(Cursor(days, done)),
            has_more=more,
            account_errors=errors,
        )

    def _newest(self, read: _Read) -> str:
        """Return an account's newest day with a movement: it stands still while nothing is new."""
        today = _day(self._call.now)
        booked = [m.booked_on for m in read.movements if m.booked_on and m.booked_on <= today]
        before = self._since(read.account.provider_id) + OVERLAP
        return min(max([before, *booked, today - WINDOW + OVERLAP]), today).isoformat()


def told(refusal: Refused, access: Access) -> ProviderError:
    """Return what a bank refused as an error, its words without what they repeat of the login."""
    judgement = refusal.judgement
    return judgement.verdict.error(judgement.code, without(judgement.text, access))


def without(text: str, access: Access) -> str:
    """Return a bank's words without the user's name and PIN in them."""
    for secret in (access.pin, access.user, access.customer):
        text = text.replace(secret, "…") if len(secret) > 2 else text  # noqa: PLR2004
    return text


def _wanted(demand: Demand, access: Access) -> ProviderError:
    verdict = codes.of_code(demand.code) or codes.CONFIRM
    return verdict.error(demand.code, without(demand.said, access))


def _of_account(error: ProviderError) -> ProviderError:
    reason = error.reason
    if reason in {Reason.UNKNOWN, Reason.MISCONFIGURED}:
        reason = Reason.ACCOUNT_UNAVAILABLE
    return Temporary(
        reason,
        provider_code=error.provider_code,
        provider_text=error.provider_text,
        scope=Scope.ACCOUNT,
    )


def _day(moment: int) -> date:
    return datetime.fromtimestamp(moment, UTC).date()
