"""The owner's API for a connection's accounts: what is in them, and what he calls them."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from reconnect import answers
from reconnect.api.asking import Query, wrong
from reconnect.api.caller import ID_LIMIT, Caller, NotFound, caller_of, own_connection
from reconnect.api.connection_views import account_view, amount
from reconnect.api.movements import Wanted, is_place
from reconnect.api.revalidating import kept
from reconnect.visit import JSON
from relink.ledger_items import BOOKED, PENDING
from relink.reader import Reader

if TYPE_CHECKING:
    from aws_lambda_powertools.event_handler import Response

    from reconnect.api.account_names import AccountNames
    from reconnect.api.movements import Movements
    from reconnect.shapes.accounts import AccountsShape, TransactionShape, TransactionsShape
    from reconnect.visit import Visit
    from relink.accounts import StoredAccount
    from relink.connection import Connection
    from relink.ledger import Ledger
    from relink.owners import Owners
    from relink.repository import Connections


@dataclass(frozen=True, slots=True)
class AccountsApi:
    """Answers what is asked of accounts and movements. Raises as `ConnectionsApi` does."""

    connections: Connections
    ledger: Ledger
    owners: Owners
    names: AccountNames
    movements: Movements

    def list_accounts(self, visit: Visit, connection_id: str) -> Response[str]:
        """Return the accounts, the hidden ones among them, in the order of their names."""
        caller, connection = self._own(visit, connection_id)
        reader = self._reader(caller, visit)
        found = self.ledger.accounts(connection.connection_id)
        told: AccountsShape = {"accounts": [account_view(a, connection, reader) for a in found]}
        return kept(visit, told)

    def change(self, visit: Visit, connection_id: str, account_id: str) -> Response[str]:
        """Change what the owner calls an account, or whether he sees it; return the account."""
        from reconnect.api.bodies import read  # noqa: PLC0415 - a start without Pydantic
        from reconnect.api.change_bodies import AccountChange  # noqa: PLC0415

        caller, connection = self._own(visit, connection_id)
        own_id = connection.connection_id
        changes = read(AccountChange, visit.body(JSON)).changes()
        if len(account_id) > ID_LIMIT or not self.names.change(own_id, account_id, changes):
            raise NotFound
        found = {a.account_id: a for a in self.ledger.accounts(own_id)}
        if account_id not in found:
            raise NotFound
        reader = self._reader(caller, visit)
        return answers.document(account_view(found[account_id], connection, reader))

    def transactions(self, visit: Visit, connection_id: str) -> Response[str]:
        """Return a page of the movements, newest first; those of hidden accounts only if asked."""
        _, connection = self._own(visit, connection_id)
        query = Query.of(visit.query)
        wanted = _wanted(query, connection, self.ledger.accounts(connection_id))
        asked = (wanted.since or "", wanted.until or "", query.one("account") or "")
        page = query.page("transactions", connection_id, *asked)
        if page.after and not is_place(page.after):
            raise wrong("cursor", "no cursor of this list")
        found = self.movements.page(wanted, page.limit + 1, page.after)
        shown, more = found[: page.limit], len(found) > page.limit
        told: TransactionsShape = {
            "transactions": [transaction_view(item) for item in shown],
            "next_cursor": page.cursor(shown[-1]["sk"]) if more else None,
        }
        return kept(visit, told)

    def _own(self, visit: Visit, connection_id: str) -> tuple[Caller, Connection]:
        caller = caller_of(visit.claims)
        return caller, own_connection(self.connections, caller, connection_id)

    def _reader(self, caller: Caller, visit: Visit) -> Reader:
        return Reader.of(self.owners.profile(caller.owner_id), visit.language)


def _wanted(query: Query, connection: Connection, accounts: list[StoredAccount]) -> Wanted:
    """Return which movements are asked for. Raises `Invalid`."""
    since, until, named = query.day("from"), query.day("to"), query.one("account")
    if since and until and since > until:
        raise wrong("to", "before from")
    if named is not None and named not in {a.account_id for a in accounts}:
        raise wrong("account", "no account of this connection")
    seen = [named] if named else sorted(a.account_id for a in accounts if not a.hidden)
    return Wanted(connection.connection_id, seen, since, until)


def transaction_view(item: dict[str, Any]) -> TransactionShape:
    """Return a movement as its owner may see it; amounts are texts, lest a cent be lost."""
    sk = str(item["sk"])
    pending = sk.startswith(PENDING)
    account_id, name = sk.removeprefix(PENDING if pending else BOOKED).split("#", 1)
    return {
        "transaction_id": name if pending else name.split("#", 1)[1],
        "account_id": account_id,
        "pending": pending,
        "booked_on": item.get("booked_on"),
        "value_on": item.get("value_on"),
        "amount": amount(Decimal(item["amount"])),
        "currency": item["currency"],
        "description": item["description"],
        "counterparty": item.get("counterparty"),
    }
