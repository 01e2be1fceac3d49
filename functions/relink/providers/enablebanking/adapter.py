r"""The adapter: consents by redirect through Enable Banking, and what they open.

Wire format: the OpenAPI description of api.enablebanking.com, 1.0.0. Settings, from the
environment: `ENABLEBANKING_APP_ID`; `ENABLEBANKING_PRIVATE_KEY`, the application's RSA key (PEM,
also with `\n` for its line ends, or in Base64); `ENABLEBANKING_URL`, the API's root, if it is not
the public one; `ENABLEBANKING_PSU_TYPE`, as whom owners log in where a bank knows both:
`business` (the default) or `personal`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from relink import clock
from relink.failures import NeedsOwner
from relink.providers.enablebanking import catalogue, codes
from relink.providers.enablebanking.accounts import opened
from relink.providers.enablebanking.app_token import AppToken
from relink.providers.enablebanking.banks import PSU_TYPES
from relink.providers.enablebanking.client import SECONDS, Client
from relink.providers.enablebanking.consenting import Consenting, kept
from relink.providers.enablebanking.messages import Aspsp
from relink.providers.enablebanking.reading import Reading
from relink.providers.transport import Transport
from relink.providers.wire import readable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from relink.connection import Bank, Connection
    from relink.offers import Offer
    from relink.provider import Call, Field, Login, Outcome, Secret, SyncResult

CATALOGUE_LIMIT = 16 * 1024 * 1024
DEFAULT_URL = "https://api.enablebanking.com"


def build(environ: Mapping[str, str]) -> EnableBanking:
    """Return the adapter, set up from the variables that this module names."""
    wanted = environ.get("ENABLEBANKING_PSU_TYPE", "")
    app = AppToken(
        environ.get("ENABLEBANKING_APP_ID", ""),
        environ.get("ENABLEBANKING_PRIVATE_KEY", ""),
    )
    root = (environ.get("ENABLEBANKING_URL") or DEFAULT_URL).rstrip("/")
    return EnableBanking(
        Client(Transport(), root, app, Transport(size_limit=CATALOGUE_LIMIT)),
        wanted if wanted in PSU_TYPES else PSU_TYPES[0],
    )


class EnableBanking:
    """Reach banks through Enable Banking."""

    history_by_login = True
    renews_in_place = False

    def __init__(self, client: Client, psu_type: str = PSU_TYPES[0]) -> None:
        self._client = client
        self._consenting = Consenting(client, psu_type)

    def banks(self, now: int, deadline: int) -> Iterable[Offer]:
        """Return the catalogue: some thousand banks in one answer of a few megabytes."""
        if not self._client.set_up:
            return ()
        told = self._client.banks("", now, min(SECONDS, deadline - now))
        entries = told.get("aspsps") if isinstance(told, dict) else None
        return catalogue.offers(readable(Aspsp, entries))

    def describe_credentials(self, bank: Bank) -> tuple[Field, ...]:
        """Ask for nothing: the owner goes to his bank's page.

        What a bank must know before is asked for in a step of its own, by who may call it.
        """
        del bank
        return ()

    def authenticate(self, connection: Connection, login: Login, now: int) -> Outcome:
        """Send the owner to his bank, and take the code that he brings back, once.

        The consent that he had before stays as it is until the new one has taken its place.
        """
        return self._consenting.step(connection, login, now)

    def sync(self, connection: Connection, call: Call) -> SyncResult:
        """Fetch the accounts that have not been fetched in this run, as far as time allows."""
        del connection
        return Reading(self._client, call).result()

    def disconnect(self, connection: Connection, secret: Secret) -> None:
        """Close the session, and with it the consent at the bank. Twice is no error."""
        del connection
        session = opened(secret.reveal()).session_id
        try:
            self._client.delete(("sessions", session), clock.now(), (session,))
        except NeedsOwner as error:
            if error.provider_code not in codes.SESSION:
                raise

    def same_access(self, one: Secret, other: Secret) -> bool:
        """Tell whether both are the same session; each consent has one of its own."""
        return opened(one.reveal()).session_id == opened(other.reveal()).session_id

    def obtained(self, continuation: bytes) -> Secret | None:
        """Return the session that a code was exchanged for."""
        return kept(continuation)
