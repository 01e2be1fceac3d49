"""The adapter: Hosted Link for the login, the transactions cursor for the sync.

A thin client of Plaid's HTTP interface (OpenAPI description 2020-09-14). Settings, read from the
environment by `build`:

    PLAID_URL            https://production.plaid.com; http only on loopback
    PLAID_CLIENT_ID      our account with Plaid, without which nothing is called
    PLAID_SECRET         its secret for that environment
    PLAID_CLIENT_NAME    shown in Link, at most 30 characters; else HOST_APP_NAME, else Relink
    PLAID_LANGUAGE       en; one of Link's languages
    PLAID_COUNTRY_CODES  comma-separated; else the bank's own country
    PLAID_PRODUCTS       transactions; what a new item must support, comma-separated
    PLAID_DAYS           730; how far back a new item's transactions go
    PLAID_LIST_COUNTRIES where the listed banks are; else PLAID_COUNTRY_CODES, else US,CA
    PLAID_WEBHOOK_URL    where a new item's webhooks go; nowhere if it is not set

Webhooks are signed with keys of Plaid's that it is asked for (see `webhook`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from relink.clock import DAY
from relink.failures import NeedsOwner, ProviderError, Verdict
from relink.provider import Call, Field, Login, Outcome, Secret, SyncResult
from relink.providers.plaid import institutions, listening, webhook
from relink.providers.plaid.access import Access
from relink.providers.plaid.changes import Cursor, Found, Loop
from relink.providers.plaid.client import Client
from relink.providers.plaid.continuation import Back, unpacked
from relink.providers.plaid.link import DEAD, Link, LinkSettings
from relink.providers.plaid.messages import (
    AccountsAnswer,
    BankAccount,
    ItemAnswer,
    Nothing,
    in_our_terms,
)
from relink.providers.transport import Transport
from relink.providers.wire import day_of
from relink.reasons import Reason

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

    from relink.bank_accounts import Transaction
    from relink.connection import Bank, Connection
    from relink.offers import Offer
    from relink.webhooks import News, Webhook

DEFAULT_URL: Final = "https://production.plaid.com"
DAYS: Final = 730
HOME: Final = ("US", "CA")
"""The countries that every account with Plaid may reach banks in."""
NAME_LIMIT: Final = 30
NOT_READY = Verdict(Reason.DATA_PENDING)
STALE = Verdict(Reason.BANK_UNAVAILABLE)
EXPIRED = Verdict(Reason.CONSENT_EXPIRED)


def build(environ: Mapping[str, str]) -> Plaid:
    """Return the adapter, set up from the environment (see the module)."""
    name = environ.get("PLAID_CLIENT_NAME") or environ.get("HOST_APP_NAME") or "Relink"
    settings = LinkSettings(
        client_name=name[:NAME_LIMIT],
        language=environ.get("PLAID_LANGUAGE") or "en",
        countries=_listed(environ.get("PLAID_COUNTRY_CODES") or ""),
        products=_listed(environ.get("PLAID_PRODUCTS") or "transactions"),
        days=int(environ.get("PLAID_DAYS") or DAYS),
        webhook=environ.get("PLAID_WEBHOOK_URL") or "",
    )
    client = Client(
        root=(environ.get("PLAID_URL") or DEFAULT_URL).rstrip("/"),
        client_id=environ.get("PLAID_CLIENT_ID") or "",
        secret=environ.get("PLAID_SECRET") or "",
        transport=Transport(),
    )
    told = environ.get("PLAID_LIST_COUNTRIES") or environ.get("PLAID_COUNTRY_CODES") or ""
    return Plaid(client, settings, _listed(told) or HOME)


class Plaid:
    """Reach banks through Plaid."""

    history_by_login = False
    renews_in_place = True

    def __init__(
        self, client: Client, settings: LinkSettings, countries: tuple[str, ...] = HOME
    ) -> None:
        self._client = client
        self._settings = settings
        self._countries = countries
        self._keys = webhook.Keys(lambda key_id, now: webhook.fetched(client, key_id, now))

    def banks(self, now: int, deadline: int) -> Iterable[Offer]:
        """Return the institutions of our countries that can give what we ask for."""
        if not (self._client.client_id and self._client.secret):
            return ()
        products = self._settings.products
        return institutions.offers(self._client, self._countries, products, now, deadline)

    def describe_credentials(self, bank: Bank) -> tuple[Field, ...]:
        """Ask for nothing: the owner signs in on Plaid's page."""
        del bank
        return ()

    def authenticate(self, connection: Connection, login: Login, now: int) -> Outcome:
        """Send the owner to Plaid's page, or find out what came of it.

        With a present secret its item is updated in place. The public token of a new item is
        spent once, and what it gave is kept before it is used.
        """
        return Link(self._client, self._settings, connection, login, now).go_on()

    def sync(self, connection: Connection, call: Call) -> SyncResult:
        """Fetch what has changed since the cursor, then ask how the item is."""
        access = Access.of(call.secret)
        cursor = Cursor.of(call.cursor, access)
        try:
            loop = Loop(self._client, access, call.now, call.deadline - call.now)
            found, stands, more = loop.run(cursor)
        except ProviderError as error:
            raise _dated(error, connection, call.now) from error
        expires_at, trouble = (None, None) if more else self._health(access, connection, call)
        kept, first = stands.kept(access), _first_day(access, call, cursor)
        if trouble is None and not (more or (found.ready and kept)):
            trouble = NOT_READY.error("NOT_READY")
        return SyncResult(
            accounts=in_our_terms(self._accounts(access, found, call), access.institution_id),
            added=tuple(_since(found.added.values(), first)),
            modified=tuple(_since(found.modified.values(), first)),
            removed=tuple(found.removed),
            next_cursor=kept or call.cursor,
            has_more=more,
            incremental=more or cursor != Cursor(),
            consent_expires_at=expires_at,
            reference=access.item_id,
            trouble=trouble,
            others=lambda: in_our_terms(self._everything(access, call), access.institution_id),
        )

    def disconnect(self, connection: Connection, secret: Secret) -> None:
        """Remove the item, which also ends what it costs; one that is gone already is fine."""
        access = Access.of(secret)
        now = connection.last_attempt_at or connection.created_at  # only a rate limit asks for it
        try:
            self._client.post("/item/remove", Nothing, now, access_token=access.token)
        except NeedsOwner as error:
            if error.reason not in DEAD:
                raise

    def same_access(self, one: Secret, other: Secret) -> bool:
        """Tell whether both open the same item: update mode keeps it, a new login makes another."""
        return Access.of(one).item_id == Access.of(other).item_id

    def obtained(self, continuation: bytes) -> Secret | None:
        """Return the new item that a public token was exchanged for; an updated one is not new."""
        stand = unpacked(continuation)
        access = stand.access if isinstance(stand, Back) else None
        return access.secret() if access else None

    def hear(self, hook: Webhook) -> News:
        """Return what a webhook says, if Plaid has signed it."""
        return listening.heard(hook, self._keys, self._client)

    def _accounts(self, access: Access, found: Found, call: Call) -> Iterable[BankAccount]:
        """Return the accounts that the changes came with, or all if those lack some.

        A page has only accounts with transactions in it, and none before the first are there.
        """
        told = found.accounts
        named = {account for account, _ in (*found.added, *found.modified, *found.removed)}
        if told and named <= told.keys():
            return told.values()
        return (*self._everything(access, call), *told.values())

    def _everything(self, access: Access, call: Call) -> Iterable[BankAccount]:
        asked = ("/accounts/get", AccountsAnswer, call.now)
        return self._client.post(*asked, access_token=access.token).accounts

    def _health(
        self,
        access: Access,
        connection: Connection,
        call: Call,
    ) -> tuple[int | None, ProviderError | None]:
        """Return when the consent ends, and what keeps Plaid from reading the bank.

        Plaid goes on answering with what it read last, so a good answer is not enough. This call
        itself may fail: the data are there, so only the owner's trouble counts then.
        """
        try:
            told = self._client.post("/item/get", ItemAnswer, call.now, access_token=access.token)
        except NeedsOwner as error:
            return None, _dated(error, connection, call.now)
        except ProviderError:
            return None, None
        trouble = self._client.trouble(told.item.error)
        if trouble is not None:
            trouble = _dated(trouble, connection, call.now)
        return told.item.consent_expiration_time, trouble or _staleness(told, call.now)


def _staleness(told: ItemAnswer, now: int) -> ProviderError | None:
    """Return the trouble of an item that Plaid has tried to read in vain for a day."""
    updates = told.status.transactions if told.status else None
    if updates is None or updates.last_failed_update is None:
        return None
    good, failed = updates.last_successful_update, updates.last_failed_update
    if good is None or (failed > good and now - good > DAY):
        return STALE.error("last_failed_update")
    return None


def _dated(error: ProviderError, connection: Connection, now: int) -> ProviderError:
    """Say that the consent has expired where Plaid only says that a login is required."""
    ends = connection.consent_expires_at
    vague = error.provider_code == "ITEM_LOGIN_REQUIRED"
    if vague and error.reason is Reason.CREDENTIALS_REJECTED and ends is not None and ends <= now:
        return EXPIRED.error(error.provider_code, error.provider_text)
    return error


def _first_day(access: Access, call: Call, cursor: Cursor) -> date | None:
    """Return from when on it is not known yet what a new item tells from the beginning.

    Its movements have other ids than the old one's, so they would be there twice. A success always
    leaves a cursor, so without one there is either a new item or nothing known. A history has
    none either, and goes back to where the first sync of the item did.
    """
    since = access.known_until if call.since is None else call.since
    return None if cursor.began or since is None else day_of(since)


def _since(movements: Iterable[Transaction], first: date | None) -> Iterable[Transaction]:
    """Leave out what was booked before a day."""
    if first is None:
        return movements
    return (m for m in movements if m.booked_on is None or m.booked_on >= first)


def _listed(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())
