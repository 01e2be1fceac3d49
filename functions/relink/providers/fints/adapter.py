"""The adapter: which bank is where, and the way into the modules that know the protocol.

Settings, read by `build`:

- `FINTS_SERVERS`: where each bank's server is, and what the bank is called (see `servers`). HTTPS
  only, except on loopback.
- `FINTS_PRODUCT_ID`: our registration with the Deutsche Kreditwirtschaft, without which banks
  refuse us.

The library is imported at the first login or sync: it takes a quarter of a second.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, cast

from relink.failures import Misconfigured
from relink.provider import Call, Field, Login, Outcome, Secret, SyncResult
from relink.providers.fints import servers
from relink.providers.transport import Transport
from relink.reasons import Reason, Scope
from relink.transit import safe

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from relink.connection import Bank, Connection
    from relink.offers import Offer
    from relink.providers.fints.access import Access
    from relink.providers.fints.dialogue import Dialogue

FIELDS: Final = (
    Field(
        name="user",
        label="Online banking user name or number",
        help="What you log in with at this bank: user name, number, alias or VR-NetKey.",
        max_length=30,
    ),
    Field(
        name="pin",
        label="Online banking PIN",
        kind="password",
        help="The PIN or password of your online banking, not that of a card.",
        max_length=99,
    ),
    Field(
        name="customer",
        label="Customer number",
        required=False,
        help="Only if your bank gave you one besides the user name.",
        max_length=30,
    ),
)


def build(environ: Mapping[str, str]) -> FinTs:
    """Return the adapter, set up from `FINTS_SERVERS` and `FINTS_PRODUCT_ID`."""
    told = environ.get("FINTS_SERVERS", "")
    return FinTs(told, environ.get("FINTS_PRODUCT_ID", ""), Transport())


class FinTs:
    """Reach German banks at their own servers."""

    history_by_login = True
    renews_in_place = False

    def __init__(self, setting: str, product_id: str, transport: Transport) -> None:
        self._setting = setting
        self._product_id = product_id
        self._transport = transport

    def banks(self, now: int, deadline: int) -> Iterable[Offer]:
        """Return the banks whose servers are known; nobody is asked."""
        del now, deadline
        return servers.offers(self._servers()) if self._product_id else ()

    def describe_credentials(self, bank: Bank) -> tuple[Field, ...]:
        """Ask for what the owner logs in with at his bank, whichever it is."""
        del bank
        return FIELDS

    def counted_at(self, bank: Bank) -> str:
        """Return the server: many bank codes are one bank, or one computing centre that counts."""
        server = self._servers().get(bank.bank_id)
        return servers.place(server) if server else bank.bank_id

    def authenticate(self, connection: Connection, login: Login, now: int) -> Outcome:
        """Log in, once: PIN, TAN method, TAN or approval."""
        meet = self._meeting(connection.bank, now)
        way = _module("login" if login.history is None else "history")
        return cast("Outcome", way.authenticate(login, now, meet))

    def sync(self, connection: Connection, call: Call) -> SyncResult:
        """Read the accounts and what has happened on them."""
        meet = self._meeting(connection.bank, call.now)
        return cast("SyncResult", _module("syncing").sync(call, meet))

    def disconnect(self, connection: Connection, secret: Secret) -> None:
        """Do nothing: there is no permission at the bank to withdraw, only the login itself."""

    def same_access(self, one: Secret, other: Secret) -> bool:
        """Say yes: there is nothing that we could end by itself."""
        del one, other
        return True

    def _meeting(self, bank: Bank, now: int) -> Any:
        """Return a function that begins a dialogue with a bank."""
        url, product_id = self._url(bank.bank_id), self._product_id
        if not product_id:
            raise _misconfigured("FINTS_PRODUCT_ID")
        line, library, dialogue = map(_module, ("line", "library", "dialogue"))

        def meet(access: Access, seconds: float) -> Dialogue:
            way = line.Line(self._transport, url, now, seconds)
            client = library.BankClient(access, bank.bank_id, way, product_id)
            return cast("Dialogue", dialogue.Dialogue(client))

        return meet

    def _servers(self) -> dict[str, servers.Server]:
        try:
            return servers.read(self._setting)
        except ValueError:
            raise _misconfigured("FINTS_SERVERS") from None

    def _url(self, bank_code: str) -> str:
        known = self._servers().get(bank_code)
        url = known.url if known else ""
        if not safe(url):
            raise _misconfigured("no server for this bank")
        return url


@cache
def _module(name: str) -> Any:
    return import_module(f"relink.providers.fints.{name}")


def _misconfigured(what: str) -> Misconfigured:
    return Misconfigured(Reason.MISCONFIGURED, provider_code=what, scope=Scope.OPERATOR)
