"""All movements that a bank has kept, within a login by the PIN that we have.

Beyond 90 days a bank wants a TAN for each account's movements (RTS (EU) 2018/389, article 10),
and only the dialog in which it was given opens them. So they are read here, and not in a sync.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from relink.failures import Temporary
from relink.provider import Accepted, Rejected, Secret, SyncResult, WaitForApp
from relink.providers.fints import reading
from relink.providers.fints.access import ONE_STEP, Access, Pause
from relink.providers.fints.challenge import Demand
from relink.providers.fints.entry import MISSING
from relink.providers.fints.library import Refused
from relink.providers.fints.login import Steps, taken
from relink.providers.fints.movements import transactions
from relink.providers.fints.reading import Asked
from relink.providers.fints.syncing import SPARE_SECONDS
from relink.reasons import Reason

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from relink.provider import Login, Outcome
    from relink.providers.fints.accounts import BankAccount
    from relink.providers.fints.dialogue import Dialogue
    from relink.providers.fints.line import Reply

EVER: Final = timedelta(days=3_650)
GO_ON: Final = 1
_STATEMENT: Final = "statement"
_OF_ACCOUNT: Final = frozenset({Reason.ACCOUNT_UNAVAILABLE, Reason.UNKNOWN})


def authenticate(login: Login, now: int, meet: Callable[[Access, float], Dialogue]) -> Outcome:
    """Log in with the stored PIN and hand all movements to `login.history`."""
    if login.continuation is not None:
        pause = Pause.opened(login.continuation)
    elif login.secret is None:
        return Rejected({"": MISSING})
    else:
        pause = Pause(Access.opened(login.secret.reveal()), "greet")
    return taken(_Reading(login, now, meet, pause))


class _Reading(Steps):
    """A login that reads everything: the owner has chosen his TAN method before."""

    def go_on(self) -> Outcome:
        """Take the step at which the login stands; go on in a dialog that had no time left."""
        if self._pause.stage != _STATEMENT:
            return super().go_on()
        self._dialogue.resume(self._pause)
        return self._go_through_orders()

    def _choose(self, chosen: str) -> Outcome:
        access, methods = self._pause.access, self._dialogue.client.methods()
        known = access.method in methods or (access.method == ONE_STEP and not methods)
        if not chosen and known:
            return self._log_in(access.medium)
        return super()._choose(chosen)

    def _tan(self) -> Outcome:
        """Hand in the TAN; a refusal then may be of the account, which the others do not share."""
        about = self._pause.about
        try:
            return super()._tan()
        except Refused as refusal:
            of_account = refusal.judgement.reason in _OF_ACCOUNT and about.startswith(_STATEMENT)
            if refusal.over or not of_account:
                raise
        self._note(f"{_STATEMENT} none {about.split(' ', 2)[2]}", None)
        return self._go_through_orders()

    def _orders(self) -> Iterator[tuple[str, Any]]:
        """Yield the list of accounts alone: their statements are read whole, not tried."""
        return (each for each in super()._orders() if each[0] == "list")

    def _go_through_orders(self) -> Outcome:
        outcome = super()._go_through_orders()
        if not isinstance(outcome, Accepted):
            return outcome
        for account in [a for a in self._pause.accounts if a.readable]:
            if account.key in self._read_already():
                continue
            if self._dialogue.client.connection.left < SPARE_SECONDS:
                return self._go_on_later()
            wanted = self._read(account)
            if wanted is not None:
                return wanted
        access = self._dialogue.client.learnt(self._pause.access)
        return replace(outcome, secret=Secret(access.sealed()), complete=True)

    def _read_already(self) -> set[str]:
        found = (about.split(" ", 2) for about in self._pause.asked)
        return {parts[2] for parts in found if parts[0] == _STATEMENT}

    def _read(self, account: BankAccount) -> Outcome | None:
        """Read an account's movements; return what the bank wants of the owner for them, if so.

        An account that the bank refuses has none for us: the others go on.
        """
        for order in self._statements(account):
            about = f"{_STATEMENT} {order.header.type} {account.key}"
            try:
                answer = self._dialogue.order(order)
            except Refused as refusal:
                if refusal.over:
                    raise
                continue
            if isinstance(answer, Demand):
                return self._confirm(answer, about)
            self._note(about, answer)
            return None
        self._note(f"{_STATEMENT} none {account.key}", None)
        return None

    def _note(self, about: str, answer: Reply | None) -> None:
        """Remember what has been asked, once its movements are stored."""
        what, _, rest = about.partition(" ")
        if what == _STATEMENT and answer is not None:
            kind, _, key = rest.partition(" ")
            self._store(kind, key, answer)
        super()._note(about, answer)

    def _store(self, kind: str, key: str, first: Reply) -> None:
        """Hand over an account's movements; what cannot be read of one is not stored in parts."""
        account = next(a for a in self._pause.accounts if a.key == key)
        order = next(o for o in self._statements(account) if o.header.type == kind)
        shown = account.in_our_terms(None)
        try:
            statement = reading.pages(self._dialogue, order, first)
            found = transactions(key, statement.movements(shown.currency))
        except Asked:
            return
        except Refused as refusal:
            if refusal.over:
                raise
            return
        except Temporary as error:
            if error.reason is not Reason.BAD_ANSWER:
                raise
            return
        if self._login.history is not None:
            everything = tuple(a.in_our_terms(None) for a in self._pause.accounts)
            self._login.history(SyncResult((shown,), found, others=lambda: everything))

    def _statements(self, account: BankAccount) -> list[Any]:
        client, today = self._dialogue.client, self._today
        return reading.statement_orders(client, account, today - EVER, today)

    def _go_on_later(self) -> WaitForApp:
        """Pause the dialog: another run goes on in it."""
        self._paused = True
        self._pause = replace(self._pause, stage=_STATEMENT, dialog=self._dialogue.pause())
        return WaitForApp("", GO_ON, self._pause.sealed())
