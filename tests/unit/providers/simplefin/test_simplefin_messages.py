"""SimpleFIN's account set in our terms."""

from __future__ import annotations

from typing import Any

from relink.providers.simplefin.messages import AccountSet


def account(**more: Any) -> dict[str, Any]:
    """Return an account as a server sends it."""
    return {"id": "A", "name": "Account", "currency": "EUR", "balance": "1.00", **more}


def movement(amount: str) -> dict[str, Any]:
    """Return a booked movement, always of the same id."""
    return {"id": "T", "posted": 1_795_003_200, "amount": amount}


def test_a_movement_that_is_told_twice_is_one() -> None:
    """Within an account and where the account itself is told twice; the last word counts."""
    twice = account(conn_id="C", transactions=[movement("1.00"), movement("2.00")])
    found = AccountSet.model_validate({"accounts": [twice, twice]})

    assert ["2.00"] == [str(t.amount) for t in found.movements()]
    assert 1 == len(found.in_our_terms())


def test_the_same_id_at_two_institutions_is_two_movements() -> None:
    """Ids are unique within an account only."""
    accounts = [account(conn_id=c, transactions=[movement("1.00")]) for c in ("C", "D")]

    assert 2 == len(AccountSet.model_validate({"accounts": accounts}).movements())


def test_an_account_of_no_institution_is_known_again_by_its_id() -> None:
    """Without any identity it would be another account after each reconnect."""
    first, second = (
        AccountSet.model_validate({"accounts": [account()]}).in_our_terms() for _ in range(2)
    )

    assert first[0].identities
    assert first[0].identities == second[0].identities
