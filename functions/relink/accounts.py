"""Accounts as we know them, and which of a bank's is which: by identity, not position or name."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from decimal import Decimal

    from relink.bank_accounts import Account
    from relink.provider import SyncResult


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredAccount:
    """An account as we know it; `name` is the owner's own name for it, if he gave one.

    `updated_at` is when the bank told something new of the connection with this account in it.
    """

    account_id: str
    identities: tuple[str, ...]
    bank_name: str
    currency: str
    balance: Decimal | None = None
    available: Decimal | None = None
    balance_at: int | None = None
    name: str = ""
    hidden: bool = False
    updated_at: int = 0

    @property
    def shown_name(self) -> str:
        """Return the name that the owner reads."""
        return self.name or self.bank_name


def match(
    connection_id: str,
    accounts: Iterable[Account],
    known: Iterable[StoredAccount],
) -> dict[str, str]:
    """Return our id for each of the bank's accounts: by its identities.

    Better identities are tried first. One that several accounts share decides nothing, unless their
    currencies tell them apart, and an account of ours is found once at most.
    """
    shown = list({a.provider_id: a for a in accounts}.values())
    candidates = _unambiguous((n, a.account_id) for a in known for n in _names(a))
    wanted = _unambiguous((n, a.provider_id) for a in shown for n in _names(a))
    found: dict[str, str] = {}
    for rank in range(max((len(_names(a)) for a in shown), default=0)):
        for account in shown:
            name = "".join(_names(account)[rank : rank + 1])
            own = candidates.get(name) if wanted.get(name) == account.provider_id else None
            if own and account.provider_id not in found and own not in found.values():
                found[account.provider_id] = own
    for account in shown:
        if account.provider_id not in found:
            found[account.provider_id] = _new_id(connection_id, account, wanted, found)
    return found


def same_accounts(shown: Iterable[Account], known: Collection[StoredAccount]) -> bool:
    """Tell whether a login shows any of the accounts that we know, or we know none yet."""
    ours = {i for a in known for i in a.identities}
    return not known or any(i in ours for a in shown for i in a.identities)


def of_another(result: SyncResult, known: Collection[StoredAccount]) -> bool:
    """Tell whether an access shows accounts, and none of those that we know.

    A page may tell of some only: what else the access shows is asked for before it is believed.
    """
    if not result.accounts or same_accounts(result.accounts, known):
        return False
    return not same_accounts(result.others(), known)


def closed(known: Sequence[StoredAccount], within: int) -> set[str]:
    """Return the ids of the accounts that the bank has ceased to show.

    Whatever is new of a connection is stored with all its accounts, `within` so many seconds: one
    that stayed behind was not among them.
    """
    latest = max((a.updated_at for a in known), default=0)
    return {a.account_id for a in known if a.updated_at < latest - within}


def _unambiguous(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return the identities that name one account only."""
    owners: dict[str, set[str]] = {}
    for name, account in pairs:
        owners.setdefault(name, set()).add(account)
    return {name: next(iter(ids)) for name, ids in owners.items() if len(ids) == 1}


def _names(account: Account | StoredAccount) -> list[str]:
    """Return what may name an account, best first: its identities, then with its currency."""
    return [*account.identities, *(f"{i} {account.currency}" for i in account.identities)]


def _new_id(
    connection_id: str,
    account: Account,
    wanted: Mapping[str, str],
    found: Mapping[str, str],
) -> str:
    """Return an id made of the best name that is this account's alone, else of the bank's id."""
    own = [n for n in _names(account) if wanted.get(n) == account.provider_id]
    made = (_digested(connection_id, n) for n in (*own, f"provider {account.provider_id}"))
    return next(i for i in made if i not in found.values())


def _digested(connection_id: str, name: str) -> str:
    text = f"{connection_id}\0{name}"
    return "acc_" + hashlib.sha256(text.encode()).hexdigest()[:20]
