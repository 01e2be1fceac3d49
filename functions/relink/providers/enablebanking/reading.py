"""One sync: the session, then each account's balances and movements, within time and bounds.

An account in trouble does not stop the others. Two in a row that are not served do: the bank
would refuse the rest, too, and counts what it refuses.
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from relink.bank_accounts import identity
from relink.failures import ProviderError, Verdict
from relink.provider import SyncResult
from relink.providers.enablebanking import codes, cursor, movements, window
from relink.providers.enablebanking.accounts import opened
from relink.providers.enablebanking.cursor import Place, pending_of
from relink.providers.enablebanking.listing import Listing
from relink.providers.enablebanking.messages import Balances, Page, Session
from relink.providers.wire import bounded, checked
from relink.reasons import Reason, Scope, Status

if TYPE_CHECKING:
    from typing import Any

    from relink.bank_accounts import Account, Transaction
    from relink.provider import Call
    from relink.providers.enablebanking.accounts import Described
    from relink.providers.enablebanking.client import Client

PAGES_A_CALL = 50
MOVEMENTS_A_CALL = 20_000
SECONDS = 60.0
RESERVE = 5.0
STRIKES = 2
FRESH = 3_600


class Reading:
    """One call of `sync` under way."""

    def __init__(self, client: Client, call: Call) -> None:
        self._client = client
        self._call = call
        self._consent = opened(call.secret.reveal())
        self._until = time.monotonic() + call.deadline - call.now
        session = identity("session", self._consent.session_id)[:8]
        self._cursor = cursor.parsed(call.cursor).resumed(session, call.now)
        self._accounts: dict[str, Account] = {}
        self._added: list[Transaction] = []
        self._errors: dict[str, ProviderError] = {}
        self._fresh = call.presence is not None
        self._pages = self._read = self._strikes = 0
        self._reached = self._confirmed = False

    def result(self) -> SyncResult:
        """Read what there is time for. Raises `ProviderError` if the bank gave nothing at all."""
        session = self._session()
        more = False
        listed = self._listed(session)
        for account in listed:
            if account.key in self._cursor.done:
                continue
            if self._strikes >= STRIKES:
                self._spare(account)
            elif self._enough() or not self._account(account):
                more = True
                break
        trouble = None if more else self._trouble()
        at_end = replace(self._cursor, done=(), place=None)
        return SyncResult(
            accounts=tuple(self._accounts.values()),
            added=tuple(self._added),
            next_cursor=(self._cursor if more else at_end).text(),
            has_more=more,
            consent_expires_at=session.access.valid_until if session.access else None,
            account_errors={uid: _of_account(error) for uid, error in self._errors.items()},
            trouble=trouble,
            others=lambda: [account.account() for account in listed],
        )

    def _session(self) -> Session:
        """Return the session, if it is one that opens accounts. Raises `ProviderError`."""
        session = checked(Session, self._asked("sessions", self._consent.session_id))
        verdict = codes.of_session(session.status)
        if verdict is not None:
            raise verdict.error(f"session:{session.status[:32]}")
        proven = session.authorized
        self._fresh |= proven is not None and 0 <= self._call.now - proven <= FRESH
        return session

    def _listed(self, session: Session) -> list[Described]:
        """Return the session's accounts, each once, as they were described with the consent."""
        named = [(a.uid, a.identification_hash) for a in session.accounts_data]
        named = named or [(uid, f"uid:{uid}") for uid in session.accounts]
        bounded(named, 0)
        return [self._consent.described(uid, own) for uid, own in dict(named).items()]

    def _account(self, account: Described) -> bool:
        """Read an account; tell whether it is done with, for better or worse."""
        place = self._cursor.place
        place = place if place and place.account == account.key else None
        shown, problem = account.account(), None
        if place is None:
            try:
                shown = self._balanced(account, shown)
            except ProviderError as error:
                problem = self._confirmed_error(error)
        self._accounts[account.uid] = shown
        if problem is not None and problem.reason not in _BALANCE_ONLY:
            return self._failed(account, problem)
        done = self._movements(account, place)
        if problem is not None:
            self._errors.setdefault(account.uid, problem)
        return done

    def _balanced(self, account: Described, shown: Account) -> Account:
        answer = checked(Balances, self._asked("accounts", account.uid, "balances"))
        booked, available, at, currency = movements.balance(answer.balances, account.currency)
        return replace(shown, balance=booked, available=available, balance_at=at, currency=currency)

    def _movements(self, account: Described, place: Place | None) -> bool:
        known = self._cursor.days.get(account.key)
        since = None if self._cursor.days else self._call.since
        asked = window.first(known, since, self._call.now, fresh=self._fresh)
        listing = Listing(lambda query: self._page(account, query), asked, place, self._call.now)
        try:
            complete = listing.read(self._enough)
        except ProviderError as error:
            if error.reason is not Reason.BAD_ANSWER:
                found = movements.transactions(account.uid, listing.rows)
                self._added += [t for t in found if not t.pending]
            return self._failed(account, self._confirmed_error(error))
        return self._told(account, listing, place, complete=complete)

    def _told(
        self, account: Described, listing: Listing, place: Place | None, *, complete: bool
    ) -> bool:
        """Take what a list has told; pending movements wait until it has told them all."""
        found = movements.transactions(account.uid, listing.rows)
        carried = () if place is None or listing.restarted else place.pending
        pending = (*pending_of(carried, account.uid), *pending_of(found, account.uid))
        days = [t.booked_on for t in found if t.booked_on]
        known = place.newest if place else self._cursor.days.get(account.key)
        newest = window.moved(known, days, self._call.now)
        self._added += [t for t in found if not t.pending]
        if not complete:
            here = Place(account.key, listing.key, listing.window, listing.pages, newest, pending)
            self._cursor = replace(self._cursor, place=here)
            return False
        self._added += pending
        self._read += 1
        self._strikes = 0
        self._cursor = replace(self._cursor, days={**self._cursor.days, account.key: newest})
        return self._done(account)

    def _page(self, account: Described, query: dict[str, str]) -> Page:
        self._pages += 1
        return checked(Page, self._asked("accounts", account.uid, "transactions", query=query))

    def _asked(self, *parts: str, query: dict[str, str] | None = None) -> Any:
        """Call the API; the owner's headers go where the bank is asked, if he is there."""
        at_bank = parts[0] == "accounts"
        try:
            answer = self._client.get(
                parts,
                self._call.now,
                query=query,
                presence=self._call.presence if at_bank else None,
                seconds=max(min(SECONDS, self._left()), 1.0),
                hide=(self._consent.session_id, parts[1]),
            )
        except ProviderError as error:
            self._reached |= at_bank and error.reached
            raise
        self._reached |= at_bank
        return answer

    def _confirmed_error(self, error: ProviderError) -> ProviderError:
        """Return an account's error; one that speaks of the session is held against the session.

        Raises what the session itself says: only that may end the connection.
        """
        if error.provider_code in codes.SESSION and not self._confirmed:
            self._session()
            self._confirmed = True
        return error

    def _failed(self, account: Described, error: ProviderError) -> bool:
        self._errors[account.uid] = error
        self._strikes = 0 if error.scope is Scope.ACCOUNT else self._strikes + 1
        return self._done(account)

    def _spare(self, account: Described) -> None:
        self._accounts[account.uid] = account.account()
        self._errors[account.uid] = list(self._errors.values())[-1]
        self._done(account)

    def _done(self, account: Described) -> bool:
        done = (*self._cursor.done, account.key)
        self._cursor = replace(self._cursor, done=done, place=None)
        return True

    def _trouble(self) -> ProviderError | None:
        """Return the worst of the errors if they left no account; with no data it is raised."""
        common = [e for e in self._errors.values() if e.scope is not Scope.ACCOUNT]
        if self._read or not common:
            return None
        worst = min(common, key=_badness)
        worst.reached |= self._reached
        if all(account.balance is None for account in self._accounts.values()):
            raise worst
        return worst

    def _enough(self) -> bool:
        """Tell whether this call has done its share."""
        busy = self._pages >= PAGES_A_CALL or len(self._added) >= MOVEMENTS_A_CALL
        return self._pages > 0 and (busy or self._left() < RESERVE)

    def _left(self) -> float:
        return self._until - time.monotonic()


_BALANCE_ONLY = frozenset({Reason.RATE_LIMITED, Reason.BANK_UNAVAILABLE, Reason.BAD_ANSWER})


def _of_account(error: ProviderError) -> ProviderError:
    """Return an error as one of an account alone; what we must mend stays ours."""
    if error.scope is Scope.OPERATOR:
        return error
    return Verdict(error.reason, Scope.ACCOUNT).error(
        error.provider_code, error.provider_text, retry_at=error.retry_at
    )


def _badness(error: ProviderError) -> int:
    if error.scope is Scope.OPERATOR:
        return 2
    if error.reason.status is Status.RED:
        return 0
    return 1 if error.reason is Reason.RATE_LIMITED else 3
