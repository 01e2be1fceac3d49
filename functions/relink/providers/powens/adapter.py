"""The adapter: the bank's own form, a user's token, a connection that is reconnected in place.

A thin client of Powens' HTTP interface, version 2.0 (docs.powens.com). Settings, read from the
environment by `build`:

    POWENS_URL            our domain, https://{domain}.biapi.pro/2.0; http only on loopback
    POWENS_CLIENT_ID      our client application there, without which nothing is called
    POWENS_CLIENT_SECRET  its secret
    POWENS_CATALOGUE      banks laid over the committed ones (see `catalogue`): JSON, or a path
    POWENS_ENCRYPTION     `required`: refuse a domain that has no key to seal credentials with
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from relink.failures import ProviderError
from relink.providers.powens import catalogue, form
from relink.providers.powens.access import Access
from relink.providers.powens.banks import declared
from relink.providers.powens.client import Client
from relink.providers.powens.encryption import Sealer
from relink.providers.powens.login import SignIn
from relink.providers.powens.progress import CONNECTIONS
from relink.providers.powens.visit import Visit
from relink.providers.transport import Transport
from relink.reasons import Reason

if TYPE_CHECKING:
    from collections.abc import Mapping

    from relink.connection import Bank, Connection
    from relink.provider import Call, Field, Login, Outcome, Secret, SyncResult
    from relink.providers.powens.catalogue import Catalogue


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
    return Powens(client, banks, Sealer(client, required=required))


class Powens:
    """Reach banks through Powens."""

    def __init__(self, client: Client, banks: Catalogue, sealer: Sealer) -> None:
        self._client = client
        self._banks = banks
        self._sealer = sealer

    def describe_credentials(self, bank: Bank) -> tuple[Field, ...]:
        """Return the form of a bank that the catalogue knows; asks nobody.

        Empty for any other: the worker finds out what that one wants.
        """
        return form.form(declared(self._banks.fields(bank.bank_id)))

    def authenticate(self, connection: Connection, login: Login, now: int) -> Outcome:
        """Give the bank the owner's credentials, once, and take the login one step further."""
        step = SignIn(self._client, self._sealer, self._banks, connection.bank, login, now)
        return step.go_on()

    def sync(self, connection: Connection, call: Call) -> SyncResult:
        """Ask how the connection is, then fetch accounts and what has changed since the cursor.

        Powens itself reads the bank, on its own schedule; an owner who is there has it read now.
        """
        return Visit(self._client, connection.bank, call).result()

    def disconnect(self, connection: Connection, secret: Secret) -> None:
        """Delete the connection and all that Powens holds of it; one that is gone is fine."""
        access = Access.of(secret)
        now = connection.last_attempt_at or connection.created_at  # only a rate limit asks for it
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
