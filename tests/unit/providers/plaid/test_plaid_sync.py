"""What a sync tells of movements, accounts and the item: honest about the bank."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from relink.failures import NeedsOwner, ProviderError, Temporary
from relink.providers.transport import NOT_REACHED
from relink.reasons import Reason, Scope
from tests.unit.providers.plaid.fakes import CONNECTION, NOW, error, recorded
from tests.unit.providers.playing import answer

if TYPE_CHECKING:
    from relink.providers.transport import Answer
    from tests.unit.providers.plaid.fakes import Bench

CHECKING = "aB1cD2eF3gH4iJ5kL6mN7oP8qR9sT0uV1wX2y"


def page(cursor: str, *, more: bool = False, **facts: Any) -> Answer:
    """Return a page that ends at a cursor, without changes unless they are given."""
    empty: dict[str, Any] = {"added": [], "modified": [], "removed": []}
    return answer(
        recorded("changes", **{**empty, "next_cursor": cursor, "has_more": more, **facts})
    )


def movement(name: str, **facts: Any) -> dict[str, Any]:
    """Return a transaction of the checking account."""
    return {**recorded("changes")["added"][0], "transaction_id": name, **facts}


def test_a_positive_amount_leaves_the_account(plaid: Bench) -> None:
    """Plaid's sign is the other way round."""
    debit, credit = plaid.sync().added
    assert debit.amount == Decimal("-72.1")
    assert credit.amount == Decimal(1500)


def test_what_a_movement_tells_is_kept(plaid: Bench) -> None:
    """The bank's own words are the description, the merchant or counterparty the other side."""
    debit, credit = plaid.sync().added
    assert debit.description == "ACH DEBIT PACKAGING SUPPLIER 0011"
    assert debit.counterparty == "Packaging Supplier"
    assert (debit.booked_on, debit.pending) == (date(2026, 11, 20), False)
    assert (credit.booked_on, credit.value_on) == (None, date(2026, 11, 21))
    assert credit.counterparty == "Customer"


def test_changed_and_removed_movements_are_told(plaid: Bench) -> None:
    """Currencies without an ISO code keep the code that they have."""
    result = plaid.sync()
    assert [m.currency for m in result.modified] == ["BTC"]
    assert result.removed == ((CHECKING, "tx0FormerPending00000000000000000000"),)


def test_what_is_owed_is_a_negative_balance(plaid: Bench) -> None:
    """Plaid tells debt on a card as a positive number."""
    plaid.wire.play("/transactions/sync", answer(recorded("changes", accounts=[])))
    checking, card = plaid.sync().accounts
    assert checking.balance == Decimal("4810.25")
    assert card.balance == Decimal("-1879.5")
    assert card.available == Decimal("8120.5")


def test_history_that_is_being_prepared_is_orange(plaid: Bench) -> None:
    """Just after connecting there are accounts but no transactions: no success yet."""
    early = page("", accounts=[], transactions_update_status="NOT_READY")
    plaid.wire.play("/transactions/sync", early)
    result = plaid.sync()
    assert result.next_cursor == ""
    assert len(result.accounts) == 2
    assert isinstance(result.trouble, Temporary)
    assert result.trouble.reason is Reason.DATA_PENDING


def test_an_account_that_the_page_left_out_is_fetched(plaid: Bench) -> None:
    """A movement without its account would be lost."""
    card = "Zz9Yy8Xx7Ww6Vv5Uu4Tt3Ss2Rr1Qq0Pp9Oo8n"
    plaid.wire.play("/transactions/sync", page("c1", added=[movement("a", account_id=card)]))
    assert card in {a.provider_id for a in plaid.sync().accounts}
    assert plaid.wire.paths() == ["/transactions/sync", "/item/get", "/accounts/get"]


def test_an_unchanged_sync_is_two_calls(plaid: Bench) -> None:
    """The changes, and how the item is."""
    plaid.wire.play("/transactions/sync", page("c1"))
    plaid.sync()
    assert plaid.wire.paths() == ["/transactions/sync", "/item/get"]


def test_the_end_of_the_consent_is_told(plaid: Bench) -> None:
    """Warnings go by the granted date."""
    assert plaid.sync().consent_expires_at == 1_810_886_400


def test_an_item_with_an_error_is_red_although_it_sent_data(plaid: Bench) -> None:
    """Plaid answers with what it read last; the item says that it can read no more."""
    item = {**recorded("item")["item"], "error": recorded("login_required")}
    plaid.wire.play("/item/get", answer(recorded("item", item=item)))
    result = plaid.sync()
    assert len(result.added) == 2
    assert isinstance(result.trouble, NeedsOwner)
    assert result.trouble.reason is Reason.CREDENTIALS_REJECTED
    assert result.trouble.provider_text == "The login details of this bank have changed."


def test_an_error_that_is_none_is_no_trouble(plaid: Bench) -> None:
    """Products that a sync does not use may be missing."""
    item = {**recorded("item")["item"], "error": {"error_code": "NO_AUTH_ACCOUNTS"}}
    plaid.wire.play("/item/get", answer(recorded("item", item=item)))
    assert plaid.sync().trouble is None


@pytest.mark.parametrize(
    "failure",
    [
        error("ITEM_GET_LIMIT", 429, "RATE_LIMIT_EXCEEDED"),
        error("INTERNAL_SERVER_ERROR", 500, "API_ERROR"),
        answer({"nothing": "of the kind"}),
        NOT_REACHED.error("unreachable", reached=False),
    ],
)
def test_data_are_kept_if_only_the_state_of_the_item_is_missing(
    plaid: Bench,
    failure: Answer | ProviderError,
) -> None:
    """A second call that fails takes nothing from the first."""
    plaid.wire.play("/item/get", failure)
    result = plaid.sync()
    assert len(result.added) == 2
    assert result.trouble is None
    assert result.consent_expires_at is None


@pytest.mark.parametrize(
    ("good", "failed", "stale"),
    [
        ("2026-11-22T06:00:00Z", "2026-11-20T06:00:00Z", False),
        ("2026-11-22T06:00:00Z", "2026-11-22T10:00:00Z", False),
        ("2026-11-21T06:00:00Z", "2026-11-22T10:00:00Z", True),
        ("2026-11-20T06:00:00Z", None, False),
        (None, "2026-11-22T10:00:00Z", True),
        (None, None, False),
    ],
)
def test_a_bank_that_plaid_could_not_read_for_a_day_is_orange(
    plaid: Bench,
    good: str | None,
    failed: str | None,
    stale: bool,  # noqa: FBT001
) -> None:
    """A good answer of old data is no success."""
    updates = {"last_successful_update": good, "last_failed_update": failed}
    status = {"transactions": updates}
    plaid.wire.play("/item/get", answer(recorded("item", status=status)))
    trouble = plaid.sync().trouble
    assert (trouble is not None) == stale
    if trouble is not None:
        assert (trouble.reason, trouble.scope) == (Reason.BANK_UNAVAILABLE, Scope.CONNECTION)


@pytest.mark.parametrize(
    ("ends", "expected"),
    [
        (NOW - 1, Reason.CONSENT_EXPIRED),
        (NOW + 1, Reason.CREDENTIALS_REJECTED),
        (None, Reason.CREDENTIALS_REJECTED),
    ],
)
def test_a_login_required_after_the_consent_ended_is_told_as_expired(
    plaid: Bench,
    ends: int | None,
    expected: Reason,
) -> None:
    """Plaid's vague code is read together with the date that was granted."""
    plaid.wire.play("/transactions/sync", error("ITEM_LOGIN_REQUIRED"))
    with pytest.raises(NeedsOwner) as raised:
        plaid.sync(connection=replace(CONNECTION, consent_expires_at=ends))
    assert raised.value.reason is expected


def test_identities_outlive_what_changes(plaid: Bench) -> None:
    """Account id in update mode, persistent id and mask in a new item, each told apart by case."""
    checking = recorded("changes")["accounts"][0]
    plaid.wire.play(
        "/transactions/sync",
        page("c1"),
        page("c1", accounts=[{**checking, "account_id": "new"}]),
        page("c1", accounts=[{**checking, "persistent_account_id": None}]),
        page("c1", accounts=[{**checking, "account_id": CHECKING.swapcase(), "mask": None}]),
    )
    first, replaced, updated, other = (set(plaid.sync().accounts[0].identities) for _ in range(4))
    assert len(first) == 3
    assert len(first & replaced) == 2
    assert len(first & updated) == 2
    assert len(first & other) == 1


def test_a_mask_that_two_accounts_share_names_neither(plaid: Bench) -> None:
    """Nothing is attached by likeness."""
    checking = {**recorded("changes")["accounts"][0], "persistent_account_id": None}
    twins = [checking, {**checking, "account_id": "twin"}]
    plaid.wire.play("/transactions/sync", page("c1", accounts=twins))
    assert [len(a.identities) for a in plaid.sync().accounts] == [1, 1]
