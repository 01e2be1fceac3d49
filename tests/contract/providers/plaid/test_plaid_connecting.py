"""Plaid over its wire protocol: connecting, and reconnecting in place."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from infra.simulators.plaid.hosted import CODE, NEW, WRONG
from relink.accounts import StoredAccount, match
from relink.failures import NeedsOwner
from relink.provider import Accepted, Redirect, Rejected, WaitForApp
from relink.reasons import Reason
from tests.contract.providers.plaid.bench import BACK, DAY, HOUR, NOW, SPANISH, Bench, connection
from tests.contract.simulators.client import call

if TYPE_CHECKING:
    from relink.bank_accounts import Account


def known(accounts: tuple[Account, ...]) -> list[StoredAccount]:
    """Return accounts as the ledger keeps them."""
    return [
        StoredAccount(
            account_id=f"own_{number}",
            identities=account.identities,
            bank_name=account.name,
            currency=account.currency,
        )
        for number, account in enumerate(accounts)
    ]


def test_the_whole_story(bench: Bench) -> None:
    """Connect, sync, go on, expire, reconnect in place, go on without a gap or a duplicate."""
    first = bench.connect("expired.story")
    result = bench.sync(first.secret)
    assert result.trouble is None
    assert [a.identities for a in result.accounts] == [a.identities for a in first.accounts]
    seen = {(m.account, m.transaction_id) for m in result.added}
    assert len(seen) == len(result.added) > 500
    bench.clock.advance(2 * DAY)
    expired = bench.fails(first.secret)
    assert isinstance(expired, NeedsOwner)
    assert expired.reason is Reason.CREDENTIALS_REJECTED
    again = bench.log_in("expired.story", first.secret)
    assert isinstance(again, Accepted)
    assert again.secret == first.secret
    assert [a.provider_id for a in again.accounts] == [a.provider_id for a in first.accounts]
    rest = bench.sync(again.secret, result.next_cursor)
    assert rest.added
    assert not seen & {(m.account, m.transaction_id) for m in rest.added}
    assert bench.calls("item/public_token/exchange") == 1


@pytest.mark.parametrize("shape", ["empty", "token", "nothing"])
def test_update_mode_works_however_its_end_is_told(bench: Bench, shape: str) -> None:
    """With empty results, with a public token, or with nothing but the end."""
    first = bench.connect("fine.shapes")
    bench.settings(update_results=shape)
    again = bench.log_in("fine.shapes", first.secret)
    assert isinstance(again, Accepted)
    assert again.secret == first.secret
    assert bench.calls("item/public_token/exchange") == 1


def test_the_older_shape_of_sessions_works(bench: Bench) -> None:
    """`on_success` and `on_exit` instead of `results` and `exit`."""
    bench.settings(old_shape=True)
    first = bench.connect("fine.older")
    assert isinstance(bench.log_in("fine.older", first.secret), Accepted)
    out = bench.away(first.secret)
    call("POST", out.url, b"action=leave")
    assert isinstance(bench.step(out.continuation, first.secret), Rejected)


def test_the_owner_comes_back_with_the_state(bench: Bench) -> None:
    """Plaid's page sends him to our address as we gave it."""
    out = bench.away()
    answer = bench.submit(out.url, "fine.back")
    assert answer.headers["Location"] == f"{BACK}?state=att_1"


def test_a_wrong_password_is_asked_again_on_the_page(bench: Bench) -> None:
    """We see nothing of it: the visit is under way until the owner gives up or succeeds."""
    out = bench.away()
    refused = bench.submit(out.url, "fine.typo", WRONG)
    assert (refused.status, 'role="alert"' in refused.text) == (200, True)
    waiting = bench.step(out.continuation)
    assert isinstance(waiting, WaitForApp)
    bench.submit(out.url, "fine.typo")
    assert isinstance(bench.step(waiting.continuation), Accepted)


def test_giving_up_after_a_wrong_password_is_a_refusal(bench: Bench) -> None:
    """With the code of what went wrong."""
    out = bench.away()
    bench.submit(out.url, "fine.typo", WRONG)
    call("POST", out.url, b"action=leave")
    outcome = bench.step(out.continuation)
    assert isinstance(outcome, Rejected)
    assert outcome.provider_code == "INVALID_CREDENTIALS"
    assert outcome.reason is Reason.CREDENTIALS_REJECTED


def test_a_code_is_asked_on_the_page(bench: Bench) -> None:
    """A wrong one is asked again, the right one ends the visit."""
    out = bench.away()
    asked = bench.submit(out.url, "code-at-once.x")
    assert "one-time-code" in asked.text
    assert bench.submit(out.url, "code-at-once.x", code="111111").status == 200
    assert bench.submit(out.url, "code-at-once.x", code=CODE).status == 303
    assert isinstance(bench.step(out.continuation), Accepted)


def test_a_changed_password_is_mended_in_place(bench: Bench) -> None:
    """The old one is refused on the page, the new one makes the item readable again."""
    first = bench.connect("fine.changed")
    bench.switch("fine.changed", "password-changed")
    assert isinstance(bench.fails(first.secret), NeedsOwner)
    assert isinstance(bench.log_in("fine.changed", first.secret, NEW), Accepted)
    assert bench.sync(first.secret).trouble is None


def test_another_user_name_is_refused_in_update_mode(bench: Bench) -> None:
    """It would be somebody else's item."""
    first = bench.connect("fine.mine")
    outcome = bench.log_in("fine.yours", first.secret)
    assert isinstance(outcome, Rejected)
    assert outcome.provider_code == "INVALID_UPDATED_USERNAME"
    assert bench.sync(first.secret).trouble is None


def test_somebody_elses_accounts_match_none_of_ours(bench: Bench) -> None:
    """Even if the bank lets another login into the item, its accounts are not taken for ours."""
    first = bench.connect("fine.mine")
    bench.switch("fine.yours", "other-accounts")
    outcome = bench.log_in("fine.yours", first.secret)
    assert isinstance(outcome, Accepted)
    found = match("con_1", outcome.accounts, known(first.accounts))
    assert not {f"own_{n}" for n in range(3)} & set(found.values())


@pytest.mark.parametrize("trouble", ["permission-revoked", "gone"])
def test_a_dead_item_is_replaced_and_its_accounts_are_found_again(
    bench: Bench,
    trouble: str,
) -> None:
    """A new item has other ids; the masks at the same bank tell the accounts."""
    first = bench.connect("fine.dead")
    bench.switch("fine.dead", trouble)
    assert isinstance(bench.fails(first.secret), NeedsOwner)
    again = bench.log_in("fine.dead", first.secret)
    assert isinstance(again, Accepted)
    assert again.secret != first.secret
    assert not {a.provider_id for a in again.accounts} & {a.provider_id for a in first.accounts}
    found = match("con_1", again.accounts, known(first.accounts))
    assert sorted(found.values()) == ["own_0", "own_1", "own_2"]


def test_account_ids_that_change_in_an_update_are_found_again(bench: Bench) -> None:
    """Plaid gives a new one when it cannot reconcile the bank's data."""
    first = bench.connect("fine.moved")
    bench.switch("fine.moved", "new-account-ids")
    again = bench.log_in("fine.moved", first.secret)
    assert isinstance(again, Accepted)
    found = match("con_1", again.accounts, known(first.accounts))
    assert sorted(found.values()) == ["own_0", "own_1", "own_2"]


def test_a_european_consent_ends_and_is_renewed(bench: Bench) -> None:
    """The date is known from the start, told as expired at the end, and later after renewal."""
    bench.connection = connection(SPANISH, "ES")
    first = bench.connect("fine.europe")
    assert first.expires_at == NOW + 180 * DAY
    assert bench.sync(first.secret).consent_expires_at == first.expires_at
    bench.clock.advance(180 * DAY)
    expired = bench.fails(first.secret)
    assert (expired.reason, expired.provider_code) == (
        Reason.CONSENT_EXPIRED,
        "ITEM_LOGIN_REQUIRED",
    )
    again = bench.log_in("fine.europe", first.secret)
    assert isinstance(again, Accepted)
    assert again.expires_at == NOW + 360 * DAY


def test_plaid_may_lag_behind_the_owner(bench: Bench) -> None:
    """He is back before Plaid says that he was through."""
    bench.settings(lag_seconds=10)
    out = bench.away()
    bench.submit(out.url, "fine.lag")
    waiting = bench.step(out.continuation)
    assert isinstance(waiting, WaitForApp)
    bench.clock.advance(10)
    assert isinstance(bench.step(waiting.continuation), Accepted)


def test_an_expired_page_leads_to_a_new_one(bench: Bench) -> None:
    """The link of the first one is dead."""
    out = bench.away()
    bench.clock.advance(HOUR)
    assert call("GET", out.url).status == 410
    fresh = bench.step(out.continuation)
    assert isinstance(fresh, Redirect)
    assert fresh.url != out.url


def test_a_public_token_is_spent_once(bench: Bench) -> None:
    """A second look after the exchange starts from what was kept."""
    out = bench.away()
    bench.submit(out.url, "fine.once")
    assert isinstance(bench.step(out.continuation), Accepted)
    assert isinstance(bench.step(bench.kept[-1]), Accepted)
    assert bench.calls("item/public_token/exchange") == 1


def test_an_item_that_nobody_keeps_can_be_ended(bench: Bench) -> None:
    """After the exchange it lies in the continuation; before it, and in update mode, none does."""
    out = bench.away()
    assert bench.adapter.obtained(out.continuation) is None
    bench.submit(out.url, "fine.left")
    accepted = bench.step(out.continuation)
    assert isinstance(accepted, Accepted)
    left = bench.adapter.obtained(bench.kept[-1])
    assert left is not None
    assert bench.adapter.same_access(left, accepted.secret)
    bench.adapter.disconnect(bench.connection, left)
    assert bench.fails(accepted.secret).reason is Reason.CONNECTION_GONE
