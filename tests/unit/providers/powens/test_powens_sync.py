"""What is read, in our terms, and what ends with a connection."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal

import pytest

from relink.bank_accounts import Account, Transaction, identity
from relink.failures import Misconfigured, NeedsOwner, ProviderError
from relink.provider import Presence
from relink.providers.powens.access import Access
from relink.providers.transport import TIMED_OUT, Answer
from tests.unit.providers.playing import answer
from tests.unit.providers.powens.fakes import (
    ACCESS,
    ACCOUNTS,
    CONNECTION,
    CONNECTIONS,
    ONE,
    SIX,
    TRANSACTIONS,
    Bench,
    connection,
    error,
    recorded,
)

HERE = Presence("203.0.113.7", "A browser")


def test_accounts_are_told_in_our_terms(powens: Bench) -> None:
    """By names that outlive the connection, with what is coming; disabled ones are not ours."""
    current, card = powens.sync().accounts
    expected = Account(
        provider_id="5001",
        identities=(
            identity("powens", "account", "5001"),
            identity("iban", "FR7630004000031234567890143"),
            identity("powens", "webid", "fr-bnp-paribas", "c0a8f2"),
            identity("powens", "number", "fr-bnp-paribas", "00012345678"),
        ),
        name="Compte courant",
        currency="EUR",
        balance=Decimal("3512.18"),
        available=Decimal("3469.68"),
        balance_at=SIX,
        kind="checking",
    )
    assert expected == current
    assert ("5002", Decimal(500), Decimal(500)) == (card.provider_id, card.balance, card.available)
    assert len(card.identities) == 2


def test_a_masked_number_names_no_account(powens: Bench) -> None:
    """Several cards may show the same digits."""
    told = recorded("accounts")
    told["accounts"] = [{**told["accounts"][1], "webid": None}]
    powens.wire.play(ACCOUNTS, answer(told))
    (card,) = powens.sync().accounts
    assert (identity("powens", "account", "5002"),) == card.identities


def test_movements_are_told_in_our_terms(powens: Bench) -> None:
    """Booked with its days, coming without; those of a disabled account are not ours."""
    booked, coming = powens.sync().added
    expected = Transaction(
        account="5001",
        transaction_id="70001",
        amount=Decimal("-31.4"),
        currency="EUR",
        description="CB FRUITERIE 19/11",
        booked_on=dt.date(2026, 11, 20),
        value_on=dt.date(2026, 11, 21),
        counterparty="Fruiterie",
    )
    assert expected == booked
    assert ("70002", True, "") == (coming.transaction_id, coming.pending, coming.counterparty)


def test_the_state_comes_first_and_the_token_with_each(powens: Bench) -> None:
    """Three requests, and nothing of the client's in them."""
    powens.sync()
    assert [f"GET {ONE}", ACCOUNTS, TRANSACTIONS] == powens.wire.names()
    assert {f"Bearer {ACCESS.token}"} == {s.headers["Authorization"] for s in powens.wire.sent}
    assert "expand=sources" == powens.wire.sent[0].query
    assert all(0 < s.seconds <= 60 for s in powens.wire.sent)


def test_a_present_owner_has_the_bank_read_now(powens: Bench) -> None:
    """And only he; what is wrong with that, the state tells better."""
    powens.sync()
    assert f"PUT {ONE}" not in powens.wire.names()
    for played in (connection(), error("tooManySync", 409), TIMED_OUT.error("timeout")):
        powens.wire.play(f"PUT {ONE}", played)
        assert powens.sync(presence=HERE).trouble is None
    assert "psu_requested=true" == powens.wire.last(f"PUT {ONE}").query
    powens.wire.play(f"PUT {ONE}", error("wrongpass"))
    with pytest.raises(NeedsOwner):
        powens.sync(presence=HERE)


def test_disconnecting_deletes_the_connection(powens: Bench) -> None:
    """One that is gone is fine; anything else is told."""
    gone = f"DELETE {ONE}"
    powens.wire.play(gone, Answer(204, {}, b""))
    powens.adapter.disconnect(CONNECTION, ACCESS.secret())
    assert [gone] == powens.wire.names()
    powens.wire.play(gone, error("notFound", 404))
    with pytest.raises(ProviderError):
        powens.adapter.disconnect(CONNECTION, ACCESS.secret())
    powens.wire.play(f"GET {ONE}", error("notFound", 404))
    powens.wire.play(f"GET {CONNECTIONS}", answer({"connections": []}))
    powens.adapter.disconnect(CONNECTION, ACCESS.secret())
    powens.wire.play(gone, error("unauthorized", 401))
    with pytest.raises(Misconfigured):
        powens.adapter.disconnect(CONNECTION, ACCESS.secret())


def test_a_secret_is_what_reads_the_connection() -> None:
    """Nothing of the owner's bank credentials is among it."""
    kept = json.loads(ACCESS.secret().reveal())
    assert {"token", "user", "connection", "known_until"} == kept.keys()
    assert ACCESS == Access.of(ACCESS.secret())
