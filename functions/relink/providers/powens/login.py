"""Signing in: credentials by the bank's own form, then whatever the connection's state asks for.

A first login makes a user and a connection at Powens; a reconnect gives the same connection new
fields, which deletes nothing (docs.powens.com, "Custom connection implementation"). Whoever finds
that something was sent looks what came of it; nothing is sent again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from relink.failures import NeedsOwner, ProviderError
from relink.provider import Ask, Outcome, Rejected
from relink.providers.powens import codes, form, refusals
from relink.providers.powens.access import Access, Phase, Stand
from relink.providers.powens.banks import Entrance, entrance
from relink.providers.powens.client import OURS
from relink.providers.powens.messages import Connection, Connections, Token
from relink.providers.powens.pages import Pages
from relink.providers.powens.progress import CONNECTIONS, SOON, Progress, held, holding
from relink.providers.wire import checked
from relink.reasons import Reason

if TYPE_CHECKING:
    from collections.abc import Mapping

    from relink.connection import Bank
    from relink.provider import Login
    from relink.providers.powens.catalogue import Catalogue
    from relink.providers.powens.client import Client
    from relink.providers.powens.encryption import Sealer

PATIENCE: Final = 540
LOOKS: Final = 12
LATER: Final = 10


@dataclass(frozen=True)
class SignIn:
    """One step of one login; what happened before `known_until` is known already."""

    client: Client
    sealer: Sealer
    catalogue: Catalogue
    bank: Bank
    login: Login
    now: int
    known_until: int | None

    def go_on(self) -> Outcome:
        """Take the login one step further."""
        if self.login.continuation is None:
            return self._begin()
        try:
            return self._continue(Stand.of(self.login.continuation))
        except NeedsOwner as error:
            return refusals.refusal(error)

    def _continue(self, stand: Stand) -> Outcome:
        match stand.phase:
            case Phase.FORM:
                return self._filled_in(stand)
            case Phase.SENT:
                return self._sent(stand)
            case Phase.CODE:
                return self._answered(stand)
            case Phase.AWAY:
                return self._back(stand)
            case Phase.WAIT:
                return self._progress.judged(self._now(held(stand)), stand)

    @property
    def _progress(self) -> Progress:
        return Progress(self.client, self.login, self.bank, self.now)

    def _now(self, access: Access) -> Connection:
        return self.client.connection(access, self.now)

    def _begin(self) -> Outcome:
        stand = Stand(Phase.FORM, self.now + PATIENCE)
        access = Access.of(self.login.secret) if self.login.secret is not None else None
        told = self._known(access) if access is not None else None
        if told is None:
            return self._first(stand)
        stand = replace(stand, access=access, before=told.condition or "")
        pending = {codes.DECOUPLED, codes.VALIDATING, codes.WEBAUTH}
        if not self.login.answers:
            pending |= {codes.MORE, codes.SCA}
        if told.condition in pending:
            return self._progress.judged(told, stand)
        return self._filled_in(stand)

    def _known(self, access: Access) -> Connection | None:
        """Return the connection that we have, None if it or its user is no more."""
        try:
            return self._now(access)
        except ProviderError as error:
            lost = error.reason is Reason.CONNECTION_GONE or error.provider_code in OURS
            if not lost:
                raise
        return None

    def _first(self, stand: Stand) -> Outcome:
        way = self._entrance()
        if way.closed:
            return Rejected({"": refusals.NO_NEW}, Reason.BANK_NOT_SUPPORTED)
        if way.fields is not None:
            return self._filled_in(stand, way)
        stand = self._with_user(stand).turned(Phase.AWAY)
        return Pages(self.client, self.login, stand, self.now).bank(way)

    def _filled_in(self, stand: Stand, way: Entrance | None = None) -> Outcome:
        """Hold the answers against what the bank declares; ask for what is missing or wrong."""
        way = way or self._entrance()
        asked = way.fields or ()
        answers = {**stand.answers, **self.login.answers}
        wrong = form.faults(asked, answers)
        if wrong:
            shown = form.form(f for f in asked if f.name in wrong)
            again = stand.turned(Phase.FORM, answers=answers, asked=tuple(wrong))
            return Ask(shown, refusals.GIVE_MORE, again.packed())
        if stand.access is None:
            stand = self._with_user(stand)
        values = form.given(asked, answers)
        clear = frozenset(f.name for f in asked if f.type == "list")
        stand = replace(stand, answers={}, asked=())
        named = {} if held(stand).connection else way.named
        return self._send(stand, values, clear, named, way.query)

    def _send(
        self,
        stand: Stand,
        values: Mapping[str, str],
        clear: frozenset[str] = frozenset(),
        named: Mapping[str, object] | None = None,
        query: str = "",
        *,
        code: bool = False,
    ) -> Outcome:
        sealed = self.sealer.sealed(values, held(stand), self.now, clear) if values else {}
        content = {**(named or {}), **sealed}
        hide = (*values.values(), *sealed.values())
        return self._progress.send(stand, content, query, hide, code=code)

    def _with_user(self, stand: Stand) -> Stand:
        """Make the user who will have the connection; his token is kept before it is used."""
        content = {
            "client_id": self.client.client_id,
            "client_secret": self.client.client_secret,
        }
        made = checked(Token, self.client.call("POST", "/auth/init", self.now, content=content))
        if made.type != "permanent":
            raise codes.NOT_SET_UP.error("auth/init")
        access = Access(made.auth_token, made.id_user or "", known_until=self.known_until)
        return replace(stand, access=access)

    def _entrance(self) -> Entrance:
        return entrance(self.client, self.catalogue, self.bank, self.now)

    def _answered(self, stand: Stand) -> Outcome:
        values = {n: self.login.answers[n] for n in stand.asked if self.login.answers.get(n)}
        if not values:
            return self._progress.judged(self._now(held(stand)), stand)
        return self._send(replace(stand, asked=(), before=codes.MORE), values, code=True)

    def _sent(self, stand: Stand) -> Outcome:
        """Find out what came of what was sent before its answer was lost."""
        access = held(stand)
        told = self._now(access) if access.connection else self._made(access)
        unchanged = (
            told is not None and access.connection and told.condition == (stand.before or None)
        )
        if told is not None and not unchanged:
            return self._progress.judged(told, holding(stand, told))
        if stand.failed:
            return refusals.undone(Reason(stand.failed))
        if stand.looks < LOOKS:
            return self._later(stand)
        return refusals.uncertain() if told is None else self._progress.judged(told, stand)

    def _later(self, stand: Stand) -> Outcome:
        return self._progress.wait(stand.looked(), LATER)

    def _made(self, access: Access) -> Connection | None:
        """Return the connection that the user has meanwhile, the last one made."""
        found = self.client.get(CONNECTIONS, Connections, self.now, access).connections
        return max(found, key=lambda c: (len(c.id), c.id), default=None)

    def _back(self, stand: Stand) -> Outcome:
        """Find out what came of the owner's visit to a page."""
        gone = refusals.left(self.login.answers.get("error", ""))
        if gone is not None:
            return gone
        access = held(stand)
        told = self._now(access) if access.connection else self._made(access)
        if told is not None and told.condition != codes.WEBAUTH:
            return self._progress.judged(told, holding(stand, told))
        if stand.looks < LOOKS // 2:
            return self._progress.wait(stand.looked(), SOON)
        return Rejected({"": refusals.LEFT}, Reason.ACCESS_NOT_GRANTED)
