"""The adapter: the bank's own form, a user's token, a connection that is reconnected in place.

A thin client of Powens' HTTP interface, version 2.0 (docs.powens.com). Settings, read from the
environment by `build`:

    POWENS_URL            our domain, https://{domain}.biapi.pro/2.0; http only on loopback
    POWENS_CLIENT_ID      our client application there, without which nothing is called
    POWENS_CLIENT_SECRET  its secret
    POWENS_WEBHOOK_SECRET the secret that webhooks are signed with; while it is replaced, both, with
                          a space between them; without one no webhook is believed
    POWENS_CATALOGUE      banks laid over the committed ones (see `catalogue`): JSON, or a path
    POWENS_ENCRYPTION     `required`: refuse a domain that has no key to seal credentials with
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from relink.connection import Method
from relink.failures import ProviderError
from relink.providers.powens import catalogue, form, institutions, listening
from relink.providers.powens.access import Access, Stand
from relink.providers.powens.banks import declared
from relink.providers.powens.client import Client
from relink.providers.powens.encryption import Sealer
from relink.providers.powens.login import SignIn
from relink.providers.powens.messages import Connections
from relink.providers.powens.progress import CONNECTIONS
from relink.providers.powens.visit import Visit
from relink.providers.transport import Transport
from relink.reasons import Reason

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from relink.connection import Bank, Connection
    from relink.offers import Offer
    from relink.provider import Call, Field, Login, Outcome, Secret, SyncResult
    from relink.providers.powens.catalogue import Catalogue
    from relink.webhooks import News, Webhook


def build(environ: Mapping[str, str]) -> Powens:
    """Return the adapter, set up from the environment (see the module)."""
    client = Client(
        root=(environ.get("POWENS_URL") or "").rstrip("/"),
        client_id=environ.get("POWENS_CLIENT_ID") or "",
        client_secret=environ.get("POWENS_CLIENT_SECRET") or "",
        transport=Transport(),
    )
    required = environ.get("POWENS_ENCRYPTION") == "required"
    banks = catalogue.read(environ.get("POWENS_CATALOGUE") or "")
    hooks = (environ.get("POWENS_WEBHOOK_SECRET") or "").encode().split()
    return Powens(client, banks, Sealer(client, required=required), tuple(hooks))


class Powens:
    """Reach banks through Powens."""

    history_by_login = False
    renews_in_place = True

    def __init__(
        self,
        client: Client,
        banks: Catalogue,
        sealer: Sealer,
        webhook_keys: tuple[bytes, ...] = (),
    ) -> None:
        self._client = client
        self._banks = banks
        self._sealer = sealer
        self._webhook_keys = webhook_keys

    def banks(self, now: int, deadline: int) -> Iterable[Offer]:
        """Return the banks of our domain, in one answer."""
        if not (self._client.root and self._client.client_id and self._client.client_secret):
            return ()
        return institutions.offers(self._client, self._banks, now, deadline - now)

    def describe_credentials(self, bank: Bank) -> tuple[Field, ...]:
        """Return the form of a bank that the catalogue knows; asks nobody.

        Empty for any other, as the worker finds out what that one wants, and for who goes to the
        bank's own page.
        """
        if bank.method is Method.CONSENT:
            return ()
        return form.form(declared(self._banks.fields(bank.bank_id)))

    def authenticate(self, connection: Connection, login: Login, now: int) -> Outcome:
        """Give the bank the owner's credentials, once, and take the login one step further."""
        bank, known_until = connection.bank, connection.last_success_at
        step = SignIn(self._client, self._sealer, self._banks, bank, login, now, known_until)
        return step.go_on()

    def sync(self, connection: Connection, call: Call) -> SyncResult:
        """Ask how the connection is, then fetch accounts and what has changed since the cursor.

        Powens itself reads the bank, on its own schedule; an owner who is there has it read now.
        """
        return Visit(self._client, connection.bank, call).result()

    def disconnect(self, connection: Connection, secret: Secret) -> None:
        """Delete the connection and all that Powens holds of it; one that is gone is fine.

        Of a login whose answer was lost the user alone is known: whatever he has was made by it.
        """
        access = Access.of(secret)
        now = connection.last_attempt_at or connection.created_at  # only a rate limit asks for it
        if access.connection:
            self._delete(access, now)
            return
        for each in self._client.get(CONNECTIONS, Connections, now, access).connections:
            self._delete(replace(access, connection=each.id), now)

    def obtained(self, continuation: bytes) -> Secret | None:
        """Return the connection that the login has made, or the user who may have it by now."""
        stand = Stand.of(continuation)
        return stand.access.secret() if stand.access else None

    def hear(self, hook: Webhook) -> News:
        """Return what a webhook says, if it is signed with the secret that we share with Powens."""
        return listening.heard(hook, self._webhook_keys)

    def same_access(self, one: Secret, other: Secret) -> bool:
        """Tell whether both are the same connection there."""
        first, second = Access.of(one), Access.of(other)
        return (first.user, first.connection) == (second.user, second.connection)

    def _delete(self, access: Access, now: int) -> None:
        try:
            self._client.call("DELETE", f"{CONNECTIONS}/{access.connection}", now, access)
        except ProviderError as error:
            if error.provider_code != "404" or not self._is_gone(access, now):
                raise

    def _is_gone(self, access: Access, now: int) -> bool:
        try:
            self._client.connection(access, now)
        except ProviderError as error:
            return error.reason is Reason.CONNECTION_GONE
        return False
