"""What only Plaid answers is told as what it is; the rest is in `test_every_provider`."""

from __future__ import annotations

import pytest

from infra.simulators.plaid.settings import CLIENT_ID, SECRET
from relink.failures import Misconfigured, NeedsOwner, ProviderError, Temporary
from relink.provider import Login
from relink.providers.plaid import build
from relink.reasons import Reason, Scope
from tests.contract.providers.plaid.bench import DAY, HOUR, NOW, Bench, connection


@pytest.mark.parametrize(
    ("trouble", "reason", "scope"),
    [
        ("expired", Reason.CREDENTIALS_REJECTED, Scope.CONNECTION),
        ("token-invalid", Reason.CREDENTIALS_REJECTED, Scope.CONNECTION),
        ("no-accounts", Reason.ACCESS_NOT_GRANTED, Scope.CONNECTION),
        ("maintenance", Reason.PROVIDER_UNAVAILABLE, Scope.PROVIDER),
        ("internal", Reason.PROVIDER_UNAVAILABLE, Scope.PROVIDER),
        ("too-fast", Reason.RATE_LIMITED, Scope.OPERATOR),
    ],
)
def test_a_trouble_is_told_as_what_it_is(
    bench: Bench,
    trouble: str,
    reason: Reason,
    scope: Scope,
) -> None:
    """And when it is over, the next sync is clean and has missed nothing."""
    secret = bench.connect("fine.trouble").secret
    before = bench.sync(secret)
    bench.switch("fine.trouble", trouble)
    found = bench.fails(secret)
    assert (found.reason, found.scope) == (reason, scope)
    bench.switch("fine.trouble", "fine")
    bench.clock.advance(2 * DAY)
    assert bench.sync(secret, before.next_cursor).trouble is None


def test_nobody_there_is_not_reached() -> None:
    """The call counts for nothing: the bank never saw it."""
    environ = {"PLAID_CLIENT_ID": CLIENT_ID, "PLAID_SECRET": SECRET}
    adapter = build({**environ, "PLAID_URL": "http://127.0.0.1:9"})
    with pytest.raises(Temporary) as raised:
        adapter.authenticate(connection(), Login({}, lambda _: None), NOW)
    assert not raised.value.reached


@pytest.mark.parametrize(
    ("code", "kind", "expected"),
    [
        ("SOMETHING_NEW", "ITEM_ERROR", Temporary),
        ("INVALID_FIELD", "INVALID_REQUEST", Misconfigured),
        ("INVALID_API_KEYS", "INVALID_INPUT", Misconfigured),
        ("ITEM_NOT_SUPPORTED", "ITEM_ERROR", NeedsOwner),
    ],
)
def test_any_error_can_be_had(
    bench: Bench,
    code: str,
    kind: str,
    expected: type[ProviderError],
) -> None:
    """An unknown one waits."""
    secret = bench.connect("fine.any").secret
    bench.switch("fine.any", "error", error_code=code, error_type=kind)
    found = bench.fails(secret)
    assert type(found) is expected
    assert found.provider_code == code


def test_wrong_keys_are_ours_to_mend(bench: Bench) -> None:
    """Nobody's connection turns red for them."""
    secret = bench.connect("fine.keys").secret
    bench.settings(secret="another")
    assert isinstance(bench.fails(secret), Misconfigured)


def test_a_banks_outage_concerns_all_its_connections(bench: Bench) -> None:
    """And only that bank's."""
    secret = bench.connect("fine.outage").secret
    bench.simulators.control("POST", "/outage", bank="harbour", on=True)
    assert bench.fails(secret).scope is Scope.PROVIDER
    bench.simulators.control("POST", "/outage", bank="harbour", on=False)
    assert bench.sync(secret).trouble is None


def test_an_outage_of_plaid_is_told_as_such(bench: Bench) -> None:
    """Also while connecting."""
    bench.simulators.control("POST", "/outage", provider="plaid", on=True)
    with pytest.raises(Temporary) as raised:
        bench.step()
    assert raised.value.reason is Reason.PROVIDER_UNAVAILABLE


def test_an_error_that_only_the_item_tells_is_seen(bench: Bench) -> None:
    """The data are good, and old."""
    secret = bench.connect("fine.hidden").secret
    bench.switch("fine.hidden", "item-error", error_code="ITEM_LOGIN_REQUIRED")
    result = bench.sync(secret)
    assert result.added
    assert isinstance(result.trouble, NeedsOwner)


def test_data_that_grow_old_turn_orange(bench: Bench) -> None:
    """Plaid answers well, but has not reached the bank for a day."""
    secret = bench.connect("fine.stale").secret
    bench.switch("fine.stale", "stale")
    bench.clock.advance(12 * HOUR)
    assert bench.sync(secret).trouble is None
    bench.clock.advance(24 * HOUR)
    trouble = bench.sync(secret).trouble
    assert isinstance(trouble, Temporary)
    assert trouble.reason is Reason.BANK_UNAVAILABLE


def test_what_is_told_twice_counts_once(bench: Bench) -> None:
    """Accounts and movements."""
    secret = bench.connect("fine.twice").secret
    once = bench.sync(secret)
    bench.switch("fine.twice", "duplicates")
    twice = bench.sync(secret)
    assert (once.accounts, once.added) == (twice.accounts, twice.added)


def test_markup_is_taken_from_names(bench: Bench) -> None:
    """What a bank sends is shown to people."""
    secret = bench.connect("fine.markup").secret
    bench.switch("fine.markup", "markup")
    for account in bench.sync(secret).accounts:
        assert not set("<>\x1b\r\n") & set(account.name)


def test_syncing_too_often_is_a_rate_limit(bench: Bench) -> None:
    """Fifty requests a minute and item: until then the bank is left alone."""
    secret = bench.connect("fine.often").secret
    cursor = bench.sync(secret).next_cursor
    for _ in range(48):  # the first took two pages
        bench.sync(secret, cursor)
    found = bench.fails(secret)
    assert isinstance(found, Misconfigured)
    assert found.reason is Reason.RATE_LIMITED
    assert found.retry_at is not None
    bench.clock.advance(found.retry_at - bench.clock())
    assert bench.sync(secret, cursor).trouble is None
