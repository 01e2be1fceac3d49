"""The answer to `GET /accounts`: an Account Set, in version 2 or 1 of the protocol."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from infra.simulators.banking import Account, Bank, identifier
from infra.simulators.exchange import BadRequestError, Request
from infra.simulators.history import DAY, Entry, Histories

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from infra.simulators.world import Login

AccountSet = dict[str, Any]

CAPPED_DAYS = 90
FROWNED_DAYS = 45
DEFAULT_DAYS = 30  # without a start-date; the protocol leaves it open
CAPPED = "Requested date range exceeds limit of 90 days and was capped."
FROWNED = (
    "Requested date range exceeds recommended range of 45 days. In the future, this may be capped."
)


@dataclass(frozen=True)
class Question:
    """What `GET /accounts` was asked for."""

    start: int
    end: int | None
    pending: bool
    accounts: Sequence[str]
    balances_only: bool
    warnings: Sequence[dict[str, str]]


def question(request: Request, now: int) -> Question:
    """Read the query; raises `BadRequestError` for a date that is no epoch timestamp."""
    start, end = _epoch(request, "start-date"), _epoch(request, "end-date")
    until = now if end is None else end
    start = until - DEFAULT_DAYS * DAY if start is None else start
    days = until // DAY - start // DAY  # calendar days, not 24 hours each
    warnings = []
    if days >= CAPPED_DAYS:
        start = (until // DAY - CAPPED_DAYS + 1) * DAY
        warnings = [{"code": "gen.api", "msg": CAPPED}]
    elif days >= FROWNED_DAYS:
        warnings = [{"code": "gen.api", "msg": FROWNED}]
    return Question(
        start=start,
        end=end,
        pending="pending" in request.query,
        accounts=request.query.get("account", []),
        balances_only=request.first("balances-only") == "1",
        warnings=warnings,
    )


def _epoch(request: Request, name: str) -> int | None:
    value = request.first(name)
    if value is None:
        return None
    try:
        return int(value)
    except ValueError as error:
        raise BadRequestError(f"Invalid {name}") from error


@dataclass(frozen=True)
class Composer:
    """Writes the accounts of one login.

    `root` is the Bridge's own root URL. `generation` changes every id of the login, as it happens
    when a bank is removed at the Bridge and added again.
    """

    login: Login
    histories: Histories
    root: str
    generation: int = 0

    def account_set(self, asked: Question, known_until: Callable[[Bank], int]) -> AccountSet:
        """Return the version 2 Account Set; `known_until` tells how old a bank's data is."""
        accounts = [
            self._account(account, asked, known_until(bank))
            for bank in self.login.banks
            for account in self.login.accounts(bank)
            if not asked.accounts or self.account_id(account) in asked.accounts
        ]
        connections = [self._connection(bank) for bank in self.login.banks]
        return {"errlist": [*asked.warnings], "connections": connections, "accounts": accounts}

    def connection_id(self, bank: Bank) -> str:
        """Return the id of the login's connection to a bank."""
        parts = (self.login.provider, self.login.name, bank.id, self.generation)
        return f"CON-{identifier(*parts)}"

    def account_id(self, account: Account) -> str:
        """Return the id of an account."""
        return f"ACT-{identifier(account.seed, 'account', self.generation)}"

    def _connection(self, bank: Bank) -> dict[str, str]:
        return {
            "conn_id": self.connection_id(bank),
            "name": bank.name,
            "org_id": f"INST-{bank.id}",
            "org_name": bank.name,
            "org_url": f"https://{bank.domain}",
            "sfin_url": self.root,
        }

    def _account(self, account: Account, asked: Question, known_until: int) -> dict[str, Any]:
        at = known_until if asked.end is None else min(known_until, asked.end)
        balance = self.histories.balance_cents(account, at)
        held = self.histories.pending_cents(account, at)
        return {
            "id": self.account_id(account),
            "name": account.name,
            "conn_id": self.connection_id(account.bank),
            "currency": account.currency,
            "balance": money(balance),
            "available-balance": money(balance + held),
            "balance-date": at,
            "transactions": [] if asked.balances_only else self._transactions(account, asked, at),
            "holdings": [],
        }

    def _transactions(self, account: Account, asked: Question, at: int) -> list[dict[str, Any]]:
        end = at + 1 if asked.end is None else asked.end
        posted = self.histories.posted(account, at, asked.start, end)
        held = self.histories.pending(account, at, asked.start, end) if asked.pending else []
        return [
            *(_transaction(account, entry, pending=True) for entry in held),
            *(_transaction(account, entry, pending=False) for entry in posted),
        ]


def _transaction(account: Account, entry: Entry, *, pending: bool) -> dict[str, Any]:
    shown = {
        "id": f"TRN-{entry.identifier(account, pending=pending)}",
        "posted": 0 if pending else entry.posted,
        "amount": money(entry.held_cents if pending else entry.cents),
        "description": entry.description,
        "payee": entry.payee,
        "memo": entry.memo,
        "transacted_at": entry.happened,
        "mcc": entry.category,
    }
    return {**shown, "pending": True} if pending else shown


def as_version_1(account_set: AccountSet) -> AccountSet:
    """Return the same in the shape of version 1: errors are texts, accounts carry their `org`."""
    organisations = {
        connection["conn_id"]: {
            "domain": connection["org_url"].removeprefix("https://"),
            "sfin-url": connection["sfin_url"],
            "name": connection["org_name"],
            "url": connection["org_url"],
            "id": connection["org_id"],
        }
        for connection in account_set["connections"]
    }
    accounts = [
        {"org": organisations[each["conn_id"]], **{k: v for k, v in each.items() if k != "conn_id"}}
        for each in account_set["accounts"]
    ]
    return {"errors": [each["msg"] for each in account_set["errlist"]], "accounts": accounts}


def money(cents: int) -> str:
    """Write an amount as the protocol's numeric string."""
    return f"{'-' if cents < 0 else ''}{abs(cents) // 100}.{abs(cents) % 100:02d}"
