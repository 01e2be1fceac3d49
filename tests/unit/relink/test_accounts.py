"""Accounts are found again by what they are, and an unchanged answer is known as such."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from relink.accounts import StoredAccount, match, same_accounts
from relink.bank_accounts import Account, Transaction
from relink.ledger_items import digest
from relink.provider import SyncResult
from tests.fakes import account

names = st.sampled_from(["i1", "i2", "i3", "i4", "i5"])
accounts = st.lists(
    st.builds(
        Account,
        provider_id=st.sampled_from("abcdef"),
        identities=st.lists(names, max_size=3, unique=True).map(tuple),
        name=st.just("Current"),
        currency=st.sampled_from(["EUR", "USD"]),
    ),
    max_size=5,
    unique_by=lambda a: a.provider_id,
)
stored = st.lists(
    st.builds(
        StoredAccount,
        account_id=st.sampled_from(["acc_1", "acc_2", "acc_3", "acc_4"]),
        identities=st.lists(names, max_size=3, unique=True).map(tuple),
        bank_name=st.just("Current"),
        currency=st.sampled_from(["EUR", "USD"]),
    ),
    max_size=4,
    unique_by=lambda a: a.account_id,
)


def shown(provider_id: str, *identities: str, currency: str = "EUR") -> Account:
    """Return an account of the bank's."""
    return replace(account("Any", provider_id), identities=identities, currency=currency)


def known(account_id: str, *identities: str, currency: str = "EUR") -> StoredAccount:
    """Return an account of ours."""
    return StoredAccount(
        account_id=account_id, identities=identities, bank_name="Any", currency=currency
    )


@given(accounts, stored)
def test_each_account_gets_one_id_and_none_is_shared(
    bank: list[Account],
    ours: list[StoredAccount],
) -> None:
    """Whatever a bank tells, two accounts never become one, and none is left out."""
    found = match("con_1", bank, ours)

    assert set(found) == {a.provider_id for a in bank}
    assert len(set(found.values())) == len(found)


@given(accounts, stored)
def test_what_is_attached_shares_an_identity(
    bank: list[Account],
    ours: list[StoredAccount],
) -> None:
    """Law 7: never by position, never by likeness of name."""
    identities = {a.account_id: set(a.identities) for a in ours}
    by_id = {a.provider_id: set(a.identities) for a in bank}
    for provider_id, own in match("con_1", bank, ours).items():
        assert own not in identities or identities[own] & by_id[provider_id]


@given(accounts)
def test_a_second_look_finds_the_same(bank: list[Account]) -> None:
    """Ids are stable: what was stored is found again, in any order."""
    first = match("con_1", bank, [])
    ours = [known(first[a.provider_id], *a.identities, currency=a.currency) for a in bank]

    assert match("con_1", reversed(bank), ours) == first


def test_the_better_identity_decides() -> None:
    """The bank's own id outlives less than the IBAN; the first in the list goes first."""
    ours = [known("acc_1", "iban-1", "org-x"), known("acc_2", "iban-2", "org-y")]
    bank = [shown("a", "iban-2", "org-x"), shown("b", "iban-1", "org-y")]

    assert match("con_1", bank, ours) == {"a": "acc_2", "b": "acc_1"}


def test_a_weaker_identity_helps_where_the_better_one_is_new() -> None:
    """A server of another version names less, or more."""
    bank = [shown("a", "new", "org-1")]

    assert match("con_1", bank, [known("acc_1", "old", "org-1")]) == {"a": "acc_1"}


def test_an_identity_that_several_share_decides_nothing() -> None:
    """Two accounts under one number, one of ours: neither is taken for it."""
    bank = [shown("a", "iban"), shown("b", "iban")]

    assert "acc_1" not in match("con_1", bank, [known("acc_1", "iban")]).values()


def test_currencies_tell_pockets_of_one_number_apart() -> None:
    """An IBAN may stand for an account in each currency."""
    ours = [known("acc_1", "iban"), known("acc_2", "iban", currency="USD")]
    bank = [shown("x", "iban", currency="USD"), shown("y", "iban")]

    assert match("con_1", bank, ours) == {"x": "acc_2", "y": "acc_1"}


def test_a_new_pocket_does_not_take_the_old_ones_place() -> None:
    """The account that was alone stays the account that it was."""
    bank = [shown("y", "iban"), shown("x", "iban", currency="USD")]

    assert match("con_1", bank, [known("acc_1", "iban")])["y"] == "acc_1"


def test_an_account_without_any_identity_is_an_account_all_the_same() -> None:
    """A bank that names nothing has its own id at least, as long as the consent lasts."""
    first = match("con_1", [shown("a"), shown("b")], [])

    assert len(set(first.values())) == 2
    assert match("con_1", [shown("b")], [known(first["b"])]) == {"b": first["b"]}


def test_ids_of_two_connections_differ() -> None:
    """The same account connected twice is two accounts of ours."""
    bank = [shown("a", "iban")]

    assert match("con_1", bank, []) != match("con_2", bank, [])


def test_a_login_is_the_same_if_it_shows_any_account_that_we_know() -> None:
    """Law 7: one that shows none of them is another login."""
    ours = [known("acc_1", "i1"), known("acc_2", "i2")]

    assert same_accounts([shown("a", "i2"), shown("b", "i9")], ours)
    assert same_accounts([shown("a", "i1"), shown("b", "i1")], ours)
    assert not same_accounts([shown("acc_1", "i8")], ours)
    assert not same_accounts([], ours)
    assert same_accounts([shown("a", "i8")], [])


MOVEMENT = Transaction("1", "t", Decimal("1.50"), "EUR", "Rent")
ANSWER = SyncResult(accounts=(account(),), added=(MOVEMENT,), next_cursor="c")


def test_the_same_answer_has_the_same_digest() -> None:
    """In whatever order the movements come, and whenever the balance was taken."""
    other = replace(MOVEMENT, transaction_id="u")
    one = replace(ANSWER, added=(MOVEMENT, other))
    two = replace(ANSWER, added=(other, MOVEMENT))
    later = replace(ANSWER, accounts=(replace(account(), balance_at=99),))

    assert digest(one) == digest(two)
    assert digest(later) == digest(ANSWER)
    assert len(digest(ANSWER)) == 24


def test_any_news_changes_the_digest() -> None:
    """Whatever would be stored otherwise makes another answer."""
    here = account()
    news = [
        replace(ANSWER, accounts=(replace(here, balance=Decimal(7)),)),
        replace(ANSWER, accounts=(replace(here, available=Decimal(7)),)),
        replace(ANSWER, accounts=(replace(here, name="Other"),)),
        replace(ANSWER, accounts=(replace(here, identities=("x",)),)),
        replace(ANSWER, accounts=(here, account("Other", "2"))),
        replace(ANSWER, added=(replace(MOVEMENT, description="Rent!"),)),
        replace(ANSWER, added=(replace(MOVEMENT, amount=Decimal("1.51")),)),
        replace(ANSWER, added=()),
        replace(ANSWER, removed=(("1", "t"),)),
        replace(ANSWER, next_cursor="d"),
    ]

    assert len({digest(a) for a in (ANSWER, *news)}) == len(news) + 1
