"""Hosted Link: send the owner to Plaid's page, and find out what came of it.

A first connection makes a new item, whose public token is exchanged once. A reconnect opens the
same page in update mode: the item, its accounts and its access token stay.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode, urlsplit

from relink.bank_accounts import identity
from relink.failures import NeedsOwner, ProviderError
from relink.provider import Accepted, Outcome, Redirect, WaitForApp
from relink.providers.plaid import codes
from relink.providers.plaid.access import Access
from relink.providers.plaid.client import Client, code_of
from relink.providers.plaid.continuation import Back, Out, packed, unpacked
from relink.providers.plaid.messages import AccountsAnswer, Exchanged, in_our_terms
from relink.providers.plaid.refusals import refusal
from relink.providers.plaid.sessions import Finished, Left, outcome
from relink.providers.plaid.visits import Exit, LinkToken, Sessions
from relink.providers.transport import bad_answer
from relink.reasons import Reason, Status

if TYPE_CHECKING:
    from collections.abc import Mapping

    from relink.connection import Connection
    from relink.provider import Login

LOOKS: Final = 10
PAUSE: Final = 3
DEAD: Final = frozenset({Reason.CONNECTION_GONE, Reason.CONSENT_REVOKED})
"""Update mode cannot be opened for these: the owner connects the bank anew."""
WAITING: Final = "Waiting for the bank to confirm that you are done."


@dataclass(frozen=True)
class LinkSettings:
    """What every Link token is made with."""

    client_name: str
    language: str
    countries: tuple[str, ...]
    products: tuple[str, ...]
    days: int
    webhook: str


@dataclass(frozen=True)
class Link:
    """The page, for one login of one connection at one moment."""

    client: Client
    settings: LinkSettings
    connection: Connection
    login: Login
    now: int

    def go_on(self) -> Outcome:
        """Take the login one step further."""
        if self.login.continuation is None:
            return self._send()
        stand = unpacked(self.login.continuation)
        if isinstance(stand, Out):
            return self._look(stand)
        return self._show(stand.access or self._held())

    def _held(self) -> Access | None:
        return Access.of(self.login.secret) if self.login.secret is not None else None

    def _send(self) -> Outcome:
        """Open the page in update mode, or for a new item if there is none to update."""
        held = self._held()
        if held is not None:
            try:
                return self._opened(self._update(held), updating=True)
            except NeedsOwner as error:
                if error.reason not in DEAD:
                    raise
        return self._opened(self._first(), updating=False)

    def _opened(self, content: Mapping[str, Any], *, updating: bool) -> Redirect:
        made = self.client.post("/link/token/create", LinkToken, self.now, **content)
        scheme = urlsplit(made.hosted_link_url).scheme
        if scheme not in {"https", urlsplit(self.client.root).scheme}:
            raise bad_answer("no address to go to")
        stand = Out(made.link_token, made.hosted_link_url, made.expiration, updating)
        return Redirect(made.hosted_link_url, packed(stand))

    def _always(self) -> dict[str, Any]:
        settings, back = self.settings, self._way_back()
        return {
            "client_name": settings.client_name,
            "language": settings.language,
            "country_codes": list(settings.countries) or [self.connection.bank.country],
            "user": {"client_user_id": identity("plaid user", self.connection.connection_id)},
            "hosted_link": {"completion_redirect_uri": back} if back else {},
        }

    def _way_back(self) -> str:
        """Return where the owner comes back to; Plaid adds nothing, so the state is in it."""
        back, state = self.login.return_url, self.login.state
        if not back or not state:
            return back
        return f"{back}{'&' if '?' in back else '?'}{urlencode({'state': state})}"

    def _first(self) -> dict[str, Any]:
        settings, bank = self.settings, self.connection.bank
        content = self._always() | {"products": list(settings.products)}
        if "transactions" in settings.products:
            content["transactions"] = {"days_requested": settings.days}
        if bank.bank_id.startswith("ins_"):
            content["institution_id"] = bank.bank_id
        if settings.webhook:
            content["webhook"] = settings.webhook
        return content

    def _update(self, held: Access) -> dict[str, Any]:
        content = self._always() | {"access_token": held.token}
        if self.connection.reason is Reason.ACCESS_NOT_GRANTED:
            content["update"] = {"account_selection_enabled": True}
        if self.connection.provider_code == "ADDITIONAL_CONSENT_REQUIRED":
            content["additional_consented_products"] = list(self.settings.products)
        return content

    def _look(self, stand: Out) -> Outcome:
        """Find out what came of the owner's visits."""
        try:
            told = self.client.post(
                "/link/token/get", Sessions, self.now, link_token=stand.link_token
            )
        except NeedsOwner as error:
            if error.provider_code in codes.BEGIN_AGAIN:
                return self._send()
            raise
        match outcome(told.link_sessions or (), updating=stand.updating):
            case Finished(public_token=token):
                access = self._updated() if stand.updating else self._exchanged(token)
                return self._show(access)
            case Left(exit=gone):
                return self._left(stand, gone)
        return self._not_yet(stand)

    def _not_yet(self, stand: Out) -> Outcome:
        """Look again soon: Plaid may lag behind the owner. Later, show him the page again."""
        if self.now >= stand.until:
            return self._send()
        if stand.looks < LOOKS:
            return WaitForApp(WAITING, PAUSE, packed(stand.looked()))
        return self._repaired(stand) or Redirect(stand.url, packed(stand.anew()))

    def _repaired(self, stand: Out) -> Accepted | None:
        """Return the item if it has been repaired elsewhere, which Link does not tell."""
        if not stand.updating or self.connection.status is not Status.RED:
            return None
        try:
            outcome = self._show(self._held())
        except ProviderError:
            return None
        return outcome if isinstance(outcome, Accepted) else None

    def _left(self, stand: Out, gone: Exit) -> Outcome:
        """Tell why the owner came back without success."""
        failure = gone.error
        if failure is None or not failure.error_code:
            where = gone.metadata.status if gone.metadata else None
            return self._repaired(stand) or refusal("", None, where or "")
        error = self.client.trouble(failure)
        if error is None and stand.updating:  # nothing to repair: somebody has done it already
            return self._show(self._updated())
        if error is None or error.reason.status is not Status.RED:
            raise error or codes.UNKNOWN.error(code_of(failure), self.client.safe(failure))
        return refusal(error.provider_code, error)

    def _updated(self) -> Access | None:
        """Return the access as it was, and keep that the owner is through."""
        self.login.keep(packed(Back()))
        return self._held()

    def _exchanged(self, public_token: str) -> Access:
        """Spend the one-time token, and keep what it gave before anything else."""
        made = self.client.post(
            "/item/public_token/exchange", Exchanged, self.now, public_token=public_token
        )
        known_until = self.connection.last_success_at
        access = Access(made.access_token, made.item_id, known_until=known_until)
        self.login.keep(packed(Back(access)))
        return access

    def _show(self, access: Access | None) -> Outcome:
        """Read the accounts: the proof that the login works."""
        if access is None:  # the secret has gone while the owner was away
            return self._send()
        found = self.client.post(
            "/accounts/get", AccountsAnswer, self.now, access_token=access.token
        )
        item = found.item
        trouble = self.client.trouble(item.error)
        if trouble is not None and trouble.reason.status is Status.RED:
            return refusal(trouble.provider_code, trouble)
        institution = access.institution_id or item.institution_id or ""
        return Accepted(
            replace(access, institution_id=institution).secret(),
            in_our_terms(found.accounts, institution),
            item.consent_expiration_time,
            access.item_id,
        )
