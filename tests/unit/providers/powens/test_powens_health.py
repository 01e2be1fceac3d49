"""Whose trouble it is: the connection's, one source's, one account's."""

from __future__ import annotations

import pytest

from relink.failures import NeedsOwner, ProviderError, Temporary
from relink.providers.powens.messages import moment
from relink.reasons import Reason, Scope
from tests.unit.providers.playing import answer
from tests.unit.providers.powens.fakes import ACCOUNTS, ONE, Bench, connection, recorded


def test_the_consent_ends_with_the_first_of_its_sources(powens: Bench) -> None:
    """Sources that are not in use do not count; without any, the connection's own end does."""
    assert moment("2027-03-01 08:00:00") == powens.sync().consent_expires_at
    known = recorded("connection")["sources"][0]
    off = {**known, "id": 2, "access_expire": "2026-12-01 00:00:00", "disabled": "2026-10-01"}
    powens.wire.play(f"GET {ONE}", connection(sources=[known, off]))
    assert moment("2027-03-01 08:00:00") == powens.sync().consent_expires_at
    powens.wire.play(f"GET {ONE}", connection(sources=[off]))
    assert moment("2027-05-01 08:00:00") == powens.sync().consent_expires_at


def test_accounts_that_are_not_there_yet_are_waited_for(powens: Bench) -> None:
    """All disabled is another matter: the owner has allowed none."""
    powens.wire.play(ACCOUNTS, answer({"accounts": []}))
    with pytest.raises(Temporary) as pending:
        powens.sync()
    assert Reason.DATA_PENDING is pending.value.reason
    told = recorded("accounts")
    powens.wire.play(ACCOUNTS, answer({"accounts": told["accounts"][2:]}))
    with pytest.raises(NeedsOwner) as none:
        powens.sync()
    assert Reason.ACCESS_NOT_GRANTED is none.value.reason


def test_an_accounts_own_error_is_that_accounts(powens: Bench) -> None:
    """The connection is not in trouble for it."""
    told = recorded("accounts")
    told["accounts"][1]["error"] = "wrongpass"
    powens.wire.play(ACCOUNTS, answer(told))
    result = powens.sync()
    assert result.trouble is None
    assert ["5002"] == list(result.account_errors)
    assert Scope.ACCOUNT is result.account_errors["5002"].scope


@pytest.mark.parametrize(
    ("states", "homes", "expected"),
    [
        (("SCARequired", None, "SCARequired"), (901, 902), None),
        (("SCARequired", "SCARequired", "SCARequired"), (901, 902), Reason.SCA_REQUIRED),
        (("SCARequired", None, "SCARequired"), (901, 901), Reason.SCA_REQUIRED),
        (("wrongpass", None, None), (901, 902), Reason.CREDENTIALS_REJECTED),
        (("bug", "bug", "wrongpass"), (901, 902), Reason.CREDENTIALS_REJECTED),
        ((None, "bug", "bug"), (901, 902), Reason.PROVIDER_UNAVAILABLE),
        ((None, None, "decoupled"), (901, 902), None),
    ],
)
def test_one_source_in_trouble_is_no_trouble_of_all(
    powens: Bench,
    states: tuple[str | None, str | None, str | None],
    homes: tuple[int, int],
    expected: Reason | None,
) -> None:
    """As long as another one brings accounts, and the one in trouble has its own."""
    state, first, second = states
    known = recorded("connection")["sources"][0]
    sources = [{**known, "state": first}, {**known, "id": 902, "state": second}]
    told = recorded("accounts")
    for account, home in zip(told["accounts"], homes, strict=False):
        account["id_source"] = home
    powens.wire.play(f"GET {ONE}", connection(state, sources=sources))
    powens.wire.play(ACCOUNTS, answer(told))
    if expected is None:
        result = powens.sync()
        assert result.trouble is None
        assert ["5002"] == list(result.account_errors)
        return
    with pytest.raises(ProviderError) as raised:
        powens.sync()
    assert expected is raised.value.reason


def test_a_confirmation_after_the_consents_end_is_an_expiry(powens: Bench) -> None:
    """Before, it is what it says."""
    known = recorded("connection")["sources"][0]
    ended = {**known, "state": "SCARequired", "access_expire": "2026-11-22 11:00:00"}
    powens.wire.play(f"GET {ONE}", connection("SCARequired", sources=[ended]))
    with pytest.raises(NeedsOwner) as raised:
        powens.sync()
    assert Reason.CONSENT_EXPIRED is raised.value.reason
