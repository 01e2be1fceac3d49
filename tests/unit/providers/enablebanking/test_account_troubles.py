from __future__ import annotations

from decimal import Decimal

import pytest

from relink.failures import NeedsOwner, ProviderError, Temporary
from relink.providers.transport import NOT_REACHED, TIMED_OUT
from relink.reasons import Reason, Scope
from tests.unit.providers.enablebanking.scripted import (
    FIRST,
    NOON,
    ONE,
    SECOND,
    SESSION,
    TWO,
    Bench,
    recorded,
    refused,
)
from tests.unit.providers.playing import answer


def test_one_accounts_trouble_leaves_the_others_alone(bench: Bench) -> None:
    """The account is marked, by itself; the connection has no trouble."""
    bench.transport.play(f"GET /accounts/{ONE}/balances", refused("ASPSP_ACCOUNT_NOT_ACCESSIBLE"))
    result = bench.synced()

    error = result.account_errors[ONE]
    assert (Reason.ACTION_AT_BANK, Scope.ACCOUNT) == (error.reason, error.scope)
    assert isinstance(error, NeedsOwner)
    assert result.trouble is None
    assert [] == bench.transport.to(FIRST)


@pytest.mark.parametrize("status", [401, 403, 404])
def test_one_accounts_bare_refusal_never_ends_the_connection(bench: Bench, status: int) -> None:
    """A status alone says nothing of the consent, least of all at one account."""
    bench.transport.play(f"GET /accounts/{ONE}/balances", answer({"code": status}, status))
    result = bench.synced()

    assert not isinstance(result.account_errors[ONE], NeedsOwner)
    assert result.trouble is None


def test_one_account_that_speaks_of_the_session_is_held_against_it(bench: Bench) -> None:
    """While the session itself is fine, an account's word for it is the account's trouble."""
    bench.transport.play(f"GET /accounts/{ONE}/balances", refused("EXPIRED_SESSION", 401))
    result = bench.synced()

    assert 2 == len(bench.transport.to(f"GET /sessions/{SESSION}"))
    error = result.account_errors[ONE]
    assert (Reason.CONSENT_EXPIRED, Scope.ACCOUNT) == (error.reason, error.scope)


def test_a_session_that_ends_on_the_way_ends_the_connection(bench: Bench) -> None:
    """The session's own word, asked for again, decides."""
    ended = {**recorded("session"), "status": "REVOKED"}
    path = f"GET /sessions/{SESSION}"
    bench.transport.play(path, answer(recorded("session")), answer(ended))
    bench.transport.play(f"GET /accounts/{ONE}/balances", refused("EXPIRED_SESSION", 401))

    with pytest.raises(NeedsOwner) as raised:
        bench.synced()
    assert Reason.CONSENT_REVOKED is raised.value.reason


def test_two_refused_in_a_row_spare_the_rest(bench: Bench) -> None:
    """A bank that is out of service, or counts, is not asked for every account."""
    uids = [f"0b6a2b1e-6d0e-4f46-8a6f-0000000000{n:02d}" for n in range(6)]
    session = {
        **recorded("session"),
        "accounts": uids,
        "accounts_data": [{"uid": u, "identification_hash": f"h{u}"} for u in uids],
    }
    bench.transport.play(f"GET /sessions/{SESSION}", answer(session))
    for uid in uids:
        limit = refused("ASPSP_RATE_LIMIT_EXCEEDED", 429)
        bench.transport.play(f"GET /accounts/{uid}/balances", limit)
        bench.transport.play(f"GET /accounts/{uid}/transactions", limit)

    with pytest.raises(Temporary) as raised:
        bench.synced()
    assert Reason.RATE_LIMITED is raised.value.reason
    assert NOON + 43_200 == raised.value.retry_at
    assert 4 == sum(a.path.startswith("/accounts") for a in bench.transport.asked)


def test_a_limit_on_one_endpoint_keeps_what_the_other_gives(bench: Bench) -> None:
    """Banks count by endpoint: movements arrive although the balances do not."""
    limit = refused("ASPSP_RATE_LIMIT_EXCEEDED", 429)
    bench.transport.play(f"GET /accounts/{ONE}/balances", limit)
    result = bench.synced()

    assert 3 == len(result.added)
    assert Reason.RATE_LIMITED is result.account_errors[ONE].reason
    assert result.accounts[0].balance is None


def test_balances_without_movements_are_kept_and_the_connection_is_in_trouble(
    bench: Bench,
) -> None:
    """Not green, and yet what the bank gave is not thrown away."""
    for path in (FIRST, SECOND):
        bench.transport.play(path, refused("ASPSP_RATE_LIMIT_EXCEEDED", 429))
    result = bench.synced()

    assert result.trouble is not None
    assert Reason.RATE_LIMITED is result.trouble.reason
    assert Decimal("1480.20") == result.accounts[0].balance


def test_an_unreachable_service_says_that_the_bank_was_not_reached(bench: Bench) -> None:
    """Only what never left us may be given back and tried again."""
    bench.everywhere(NOT_REACHED.error("unreachable", reached=False))
    with pytest.raises(ProviderError) as unreached:
        bench.synced()
    bench.everywhere(NOT_REACHED.error("unreachable", reached=False))
    bench.transport.play(f"GET /accounts/{ONE}/balances", TIMED_OUT.error("timeout"))
    with pytest.raises(ProviderError) as reached:
        bench.synced()

    assert not unreached.value.reached
    assert reached.value.reached


def test_the_worst_of_several_errors_is_the_connections(bench: Bench) -> None:
    """What the owner must do comes before what heals by itself."""
    bench.everywhere(refused("ASPSP_ERROR"))
    for endpoint in ("balances", "transactions"):
        path = f"GET /accounts/{TWO}/{endpoint}"
        bench.transport.play(path, refused("ASPSP_PSU_ACTION_REQUIRED"))

    with pytest.raises(NeedsOwner) as raised:
        bench.synced()
    assert Reason.ACTION_AT_BANK is raised.value.reason
