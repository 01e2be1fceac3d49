"""From a connection's state to what happens next: each state has its own step.

A password and a code are sent once. Before they are, it is kept that they were.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from relink.failures import ProviderError
from relink.provider import Accepted, Ask, Outcome, WaitForApp
from relink.providers.powens import codes, form, health, refusals
from relink.providers.powens.access import Access, Phase, Stand
from relink.providers.powens.client import safe_text
from relink.providers.powens.messages import Accounts, BankAccount, Connection, active
from relink.providers.powens.pages import Pages
from relink.providers.wire import checked

if TYPE_CHECKING:
    from collections.abc import Mapping

    from relink.connection import Bank
    from relink.provider import Login
    from relink.providers.powens.client import Client
    from relink.providers.powens.messages import AskedField

SUBMIT_SECONDS: Final = 75.0
"""Powens asks the bank before it answers; we must be done before the worker is."""
SOON: Final = 3
CONNECTIONS: Final = "/users/me/connections"


@dataclass(frozen=True)
class Progress:
    """One step of one login, once there is a user to do it for."""

    client: Client
    login: Login
    bank: Bank
    now: int

    def send(
        self,
        stand: Stand,
        content: Mapping[str, Any],
        query: str = "",
        hide: tuple[str, ...] = (),
        *,
        code: bool = False,
    ) -> Outcome:
        """Send what may be sent only once: to a new connection, or to the one that there is."""
        access = held(stand)
        stand = stand.turned(Phase.SENT, failed="")
        self.login.keep(stand.packed())
        path = f"{CONNECTIONS}/{access.connection}" if access.connection else CONNECTIONS + query
        try:
            answer = self.client.call(
                "POST",
                path,
                self.now,
                access,
                content=content,
                seconds=SUBMIT_SECONDS,
                hide=hide,
            )
        except ProviderError as error:
            if refusals.is_verdict(error):
                return refusals.refusal(error, code_sent=code)
            if error.provider_code.startswith(codes.ERROR):
                self.login.keep(replace(stand, failed=error.reason.value).packed())
            raise
        told = checked(Connection, answer)
        return self.judged(told, holding(stand, told), hide)

    def judged(self, told: Connection, stand: Stand, hide: tuple[str, ...] = ()) -> Outcome:
        """Do what a state asks for. Raises what waiting mends."""
        says = safe_text(told.error_message, hide)
        match told.condition:
            case codes.MORE if told.fields:
                return self._asked(told.fields, stand, says)
            case codes.DECOUPLED:
                return self._resumed(stand, says)
            case codes.VALIDATING:
                return self.wait(stand.turned(Phase.WAIT), SOON)
            case codes.WEBAUTH:
                return self._pages(stand).renewal()
            case codes.SCA:
                return self._confirmed(stand)
        error = health.trouble(told, self.now, hide)
        return self._accepted(told, stand) if error is None else self._refused(error, stand)

    def wait(self, stand: Stand, seconds: int) -> WaitForApp:
        """Look again after some seconds."""
        return WaitForApp(refusals.CHECKING, seconds, stand.packed())

    def _asked(self, asked: tuple[AskedField, ...], stand: Stand, says: str) -> Ask:
        again = stand.turned(Phase.CODE, asked=tuple(f.name for f in asked))
        fields = form.form(asked, transient=True)
        return Ask(fields, says or refusals.ENTER_CODE, again.packed())

    def _refused(self, error: ProviderError, stand: Stand) -> Outcome:
        """Tell the owner of a no. What only waiting mends is raised, until nobody waits longer."""
        verdict = refusals.is_verdict(error)
        if self.login.secret is None and (verdict or self.now >= stand.until):
            self._forget(held(stand))
        if not verdict:
            raise error
        return refusals.refusal(error)

    def _forget(self, access: Access) -> None:
        """Leave nothing of a first login that came to nothing: Powens would go on holding it."""
        try:
            self.client.call("DELETE", f"{CONNECTIONS}/{access.connection}", self.now, access)
        except ProviderError:
            return

    def _resumed(self, stand: Stand, says: str) -> Outcome:
        """Have Powens wait for the owner's approval, and look again soon.

        This may be asked as often as one likes; in the background it is answered at once.
        """
        again = stand.turned(Phase.WAIT, before="").packed()
        waiting = WaitForApp(says or refusals.APPROVE, SOON, again)
        if stand.phase is not Phase.WAIT:
            return waiting
        access = held(stand)
        path = f"{CONNECTIONS}/{access.connection}?background=true"
        try:
            answer = self.client.call("POST", path, self.now, access, content={"resume": True})
        except ProviderError as error:
            if error.provider_code == codes.LOCKED:
                return waiting
            if not refusals.is_verdict(error):
                raise
            return refusals.refusal(error)
        told = checked(Connection, answer)
        if told.condition in {codes.DECOUPLED, codes.VALIDATING}:
            return waiting
        return self.judged(told, stand)

    def _confirmed(self, stand: Stand) -> Outcome:
        """Have the bank ask the owner; where that has changed nothing, send him to Powens."""
        if stand.phase is Phase.SENT:
            return self._pages(stand).reconnect()
        return self.send(stand, {})

    def _accepted(self, told: Connection, stand: Stand) -> Outcome:
        stand = holding(stand, told)
        access = held(stand)
        accounts = self._readable(access)
        if accounts:
            shown = tuple(a.in_our_terms(self.bank.bank_id) for a in accounts)
            return Accepted(access.secret(), shown, told.expires_at, access.connection)
        if stand.looks < SOON:
            return self.wait(replace(stand.looked(), phase=Phase.WAIT), SOON)
        return self._refused(codes.NO_ACCOUNT.error("error:noAccount"), stand)

    def _readable(self, access: Access) -> tuple[BankAccount, ...]:
        """Return the accounts that may be read.

        Powens reads none before the owner has consented to each, which is what connecting them
        here means. What he has chosen already, on Powens' own page say, stays as it is.
        """
        found = accounts_of(self.client, access, self.now)
        chosen = active(found)
        wanted = tuple(a for a in found if not a.deleted)
        if chosen or not wanted:
            return chosen
        names = ",".join(a.id for a in wanted)
        path = f"{CONNECTIONS}/{access.connection}/accounts/{names}?all"
        self.client.call("PUT", path, self.now, access, content={"disabled": False})
        return wanted

    def _pages(self, stand: Stand) -> Pages:
        return Pages(self.client, self.login, stand.turned(Phase.AWAY), self.now)


def accounts_of(
    client: Client,
    access: Access,
    now: int,
    seconds: float = 30,
) -> tuple[BankAccount, ...]:
    """Return the connection's accounts, each once, disabled ones too. Raises `ProviderError`."""
    told = client.get("/users/me/accounts?all", Accounts, now, access, seconds)
    mine = {a.id: a for a in told.accounts if a.id_connection in {None, access.connection}}
    return tuple(mine.values())


def held(stand: Stand) -> Access:
    """Return the access of a login that has one by now."""
    if stand.access is None:
        raise codes.UNKNOWN.error("no user")
    return stand.access


def holding(stand: Stand, told: Connection) -> Stand:
    """Return where the login stands once its connection is known."""
    return replace(stand, access=replace(held(stand), connection=told.id))
