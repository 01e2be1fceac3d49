from __future__ import annotations

import datetime as dt

from infra.simulators.banking import BANKS, Account, accounts_of
from infra.simulators.history import DAY, OPENED, Entry, Histories

NOW = int(dt.datetime(2026, 11, 18, 12, tzinfo=dt.UTC).timestamp())
CURRENT, SAVINGS, CARD = accounts_of("simplefin", "acme", BANKS["harbour"])


def everything(histories: Histories, account: Account, until: int = NOW) -> list[Entry]:
    """Return all that has posted on an account."""
    return histories.posted(account, until, OPENED * DAY, until + 1)


def test_history_does_not_depend_on_who_asks_what_first() -> None:
    """Every process tells the same, whatever it was asked before."""
    fresh, used = Histories(), Histories()
    for account in (CARD, CURRENT):
        used.balance_cents(account, NOW - 40 * DAY)
        used.pending(account, NOW, NOW - 5 * DAY, NOW)
    for account in (CURRENT, SAVINGS, CARD):
        assert everything(fresh, account) == everything(used, account)


def test_history_is_the_same_in_every_release() -> None:
    """Stored ids stay valid: this entry is pinned."""
    first = everything(Histories(), CURRENT)[0]
    assert ("Quayside Offices", -185_000) == (first.payee, first.cents)
    pinned = "1e613c0e-e8a7-5cfb-99c4-8086055fb172"
    assert pinned == first.identifier(CURRENT, pending=False)


def test_balance_is_the_opening_balance_plus_what_has_posted() -> None:
    """At every moment, also in the middle of a day and while entries are pending."""
    histories = Histories()
    for account in (CURRENT, SAVINGS, CARD):
        for hours in range(0, 24 * 12, 7):
            at = NOW - hours * 3_600
            moved = sum(entry.cents for entry in everything(histories, account, at))
            assert account.opening_cents + moved == histories.balance_cents(account, at)


def test_money_that_leaves_for_another_account_arrives_there() -> None:
    """Transfers between the login's own accounts sum to nothing."""
    histories = Histories()
    own = [
        entry
        for account in (CURRENT, SAVINGS, CARD)
        for entry in everything(histories, account)
        if entry.payee == "Own account"
    ]
    assert 20 < len(own)
    assert 0 == sum(entry.cents for entry in own)


def test_card_is_settled_by_what_it_spent_in_the_month_before() -> None:
    """On the fifth the card's last month is paid."""
    histories = Histories()
    settled = [e for e in everything(histories, CARD) if e.description == "Card settlement"]
    october = [
        e.cents
        for e in everything(histories, CARD)
        if e.payee != "Own account"
        and dt.datetime.fromtimestamp(e.happened, dt.UTC).strftime("%Y-%m") == "2026-10"
    ]
    assert -sum(october) == settled[-1].cents


def test_entry_is_pending_until_it_posts() -> None:
    """At no moment is it both, and at none after it happened neither."""
    histories = Histories()
    purchase = next(e for e in everything(histories, CARD)[::-1] if e.happened < e.posted)
    for at, pending in (
        (purchase.happened, True),
        (purchase.posted - 1, True),
        (purchase.posted, False),
    ):
        held = histories.pending(CARD, at, at - 4 * DAY, at + 1)
        assert pending == (purchase in held)
        assert pending != (purchase in everything(histories, CARD, at))


def test_nothing_happens_before_the_account_is_opened() -> None:
    """The oldest balance is the opening balance."""
    histories = Histories()
    before = (OPENED - 400) * DAY
    assert [] == histories.posted(CURRENT, before, 0, before)
    assert CURRENT.opening_cents == histories.balance_cents(CURRENT, before)
