"""What only Enable Banking answers is told as what it is; the rest is in `test_every_provider`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from relink.failures import Misconfigured, NeedsOwner, ProviderError, Temporary
from relink.provider import Presence
from relink.reasons import Reason, Scope

if TYPE_CHECKING:
    from tests.contract.providers.enablebanking.stage import Stage

OWNER = Presence("192.0.2.7", "Browser/1")


@pytest.mark.parametrize(
    ("kind", "error", "reason", "scope"),
    [
        ("bank-timeout", Temporary, Reason.BANK_UNAVAILABLE, Scope.PROVIDER),
        ("consent-invalid", NeedsOwner, Reason.CONSENT_REVOKED, Scope.CONNECTION),
    ],
)
def test_what_every_account_says_is_the_connections(
    stage: Stage, kind: str, error: type[ProviderError], reason: Reason, scope: Scope
) -> None:
    """The same error at all accounts is told once."""
    secret = stage.secret("fine.acme")
    stage.trouble("fine.acme", kind)

    with pytest.raises(error) as raised:
        stage.sync(secret, presence=OWNER)
    assert (reason, scope) == (raised.value.reason, raised.value.scope)


def test_one_account_in_trouble_leaves_the_others_syncing(stage: Stage) -> None:
    """The others bring their movements, and it is named."""
    secret = stage.secret("fine.acme")
    stage.trouble("fine.acme", "account-blocked")
    result = stage.sync(secret, presence=OWNER)

    blocked = result.accounts[0].provider_id
    assert {blocked} == set(result.account_errors)
    assert Reason.ACTION_AT_BANK is result.account_errors[blocked].reason
    assert {a.provider_id for a in result.accounts[1:]} == {t.account for t in result.added}


def test_an_account_without_a_uid_is_known_but_not_read(stage: Stage) -> None:
    """A closed account counts as the same account, and costs no call."""
    stage.trouble("fine.acme", "account-closed")
    secret = stage.secret("fine.acme")

    assert 2 == len(stage.sync(secret, presence=OWNER).accounts)


def test_a_bank_with_a_short_history_is_asked_for_less(stage: Stage) -> None:
    """The window narrows to what it serves, at each account."""
    secret = stage.secret("fine.acme")
    stage.trouble("fine.acme", "short-history", days=60)
    result = stage.sync(secret, presence=OWNER)

    assert {} == result.account_errors
    days = [t.booked_on for t in result.added if t.booked_on]
    assert 50 < (max(days) - min(days)).days <= 60


@pytest.mark.parametrize("kind", ["bad-amounts", "bad-dates", "same-page"])
def test_lists_that_cannot_be_believed_store_nothing(stage: Stage, kind: str) -> None:
    """A bad answer at the lists: the balances stay, no movement does."""
    secret = stage.secret("fine.acme")
    stage.trouble("fine.acme", kind)
    result = stage.sync(secret, presence=OWNER)

    assert () == result.added
    assert result.trouble is not None
    assert Reason.BAD_ANSWER is result.trouble.reason


def test_pages_without_end_are_bounded_in_a_call(stage: Stage) -> None:
    """A call asks for some, and leaves the rest to the next."""
    secret = stage.secret("fine.acme")
    stage.trouble("fine.acme", "endless-pages")
    result = stage.sync(secret, presence=OWNER)

    assert result.has_more
    assert 50 == stage.calls("fine.acme")["transactions"]


def test_doubles_are_one_and_markup_is_text(stage: Stage) -> None:
    """Twice the same reference is one movement; a tag is no tag."""
    secret = stage.secret("fine.acme")
    once = stage.all(secret, presence=OWNER)
    stage.trouble("fine.acme", "duplicates")
    twice = stage.all(secret, presence=OWNER)
    stage.trouble("fine.acme", "markup")
    marked = stage.sync(secret, presence=OWNER)

    assert once.booked() == twice.booked()
    assert all("<" not in t.description and t.description.isprintable() for t in marked.added)


def test_two_cycles_of_an_outage_are_two_syncs(stage: Stage) -> None:
    """A sync is one cycle, however many calls it makes."""
    secret = stage.secret("fine.acme")
    stage.trouble("fine.acme", "bank-error-2-cycles")
    for _ in range(2):
        with pytest.raises(Temporary):
            stage.sync(secret, presence=OWNER)

    assert 3 == len(stage.sync(secret, presence=OWNER).accounts)


def test_a_token_of_another_key_is_ours_to_mend(stage: Stage) -> None:
    """The service refuses the application, not the owner."""
    secret = stage.secret("fine.acme")
    stage.clock.advance(-7 * 86_400)
    stage.adapter._client._app._app_id = "another-app"

    with pytest.raises(Misconfigured):
        stage.sync(secret)
