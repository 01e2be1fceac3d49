"""Every code of Powens' gives the class and scope of the provider codes, or a reason why not."""

from __future__ import annotations

import pytest

from relink.failures import Misconfigured, NeedsOwner, ProviderError, Temporary
from relink.providers.powens import codes
from relink.reasons import Reason
from tests.unit.providers.listed import class_of, kind_of, rows
from tests.unit.providers.playing import answer
from tests.unit.providers.powens.fakes import NOW, ONE, Bench, connection, error

DEVIATIONS = {
    # Nothing need have expired: the owner is told to have his code or app at hand.
    "SCARequired": ("action", "connection"),
    # The bank takes no login until a new password was set there: signing in here would fail.
    "passwordExpired": ("action", "connection"),
    # There is nothing to do at the bank: the owner gave access to no account.
    "error:noAccount": ("red", "connection"),
}
BESIDES = {
    "notSupported",
    "error:missingParameter",
    "error:invalidValue",
    "error:methodNotAllowed",
}
"""Codes that the documents name and the provider codes do not."""


ROWS = rows("powens")


def test_every_code_is_in_the_table() -> None:
    """The table holds the 25 provider codes, by the names that they have there."""
    assert {row["code"] for row in ROWS} == codes.CODES.keys() - BESIDES
    assert len(ROWS) == 25


@pytest.mark.parametrize("row", ROWS, ids=lambda row: str(row["code"]))
def test_a_code_means_what_the_provider_codes_say(row: dict[str, str]) -> None:
    """Class and scope are those of the row, unless the deviation is written down."""
    verdict = codes.CODES[row["code"]]
    expected = DEVIATIONS.get(row["code"], (row["class"], row["scope"]))
    found = (class_of(verdict), verdict.scope.value if verdict else expected[1])
    assert expected == found


STATES = [code for code in codes.CODES if not code.startswith(codes.ERROR)]
ERRORS = [code for code in codes.CODES if code.startswith(codes.ERROR)]


@pytest.mark.parametrize("state", STATES)
def test_a_state_is_told_by_who_can_mend_it(powens: Bench, state: str) -> None:
    """At a sync: red ones need the owner, others wait, the good ones are no trouble."""
    powens.wire.play(f"GET {ONE}", connection(state))
    verdict = codes.CODES[state]
    if verdict is None:
        assert powens.sync().trouble is None
        return
    with pytest.raises(ProviderError) as raised:
        powens.sync()
    assert (kind_of(verdict), state) == (type(raised.value), raised.value.provider_code)


@pytest.mark.parametrize("code", ERRORS)
@pytest.mark.parametrize("status", [200, 400, 403, 409, 503])
def test_an_error_counts_more_than_its_status(powens: Bench, code: str, status: int) -> None:
    """The documents leave open which status comes with which code."""
    powens.wire.play(f"GET {ONE}", error(code.removeprefix(codes.ERROR), status))
    verdict = codes.CODES[code] or codes.PENDING
    with pytest.raises(ProviderError) as raised:
        powens.sync()
    assert (kind_of(verdict), code) == (type(raised.value), raised.value.provider_code)


def test_a_code_may_be_spelled_in_two_ways(powens: Bench) -> None:
    """The documents do it themselves."""
    powens.wire.play(f"GET {ONE}", error("wrongPass"))
    with pytest.raises(NeedsOwner):
        powens.sync()


@pytest.mark.parametrize("state", ["moonPhase", "WRONGPASS", "expired"])
def test_an_unknown_state_is_never_red(powens: Bench, state: str) -> None:
    """Operators count these: `unknown` is what they look for."""
    powens.wire.play(f"GET {ONE}", connection(state))
    with pytest.raises(Temporary) as raised:
        powens.sync()
    assert Reason.UNKNOWN is raised.value.reason


@pytest.mark.parametrize("status", [400, 409, 418, 422])
def test_an_unknown_error_is_never_red(powens: Bench, status: int) -> None:
    """It keeps its name."""
    powens.wire.play(f"GET {ONE}", error("moonPhase", status))
    with pytest.raises(Temporary) as raised:
        powens.sync()
    assert (Reason.UNKNOWN, "error:moonPhase") == (raised.value.reason, raised.value.provider_code)


@pytest.mark.parametrize("status", [401, 403])
@pytest.mark.parametrize("body", [{}, {"code": "unauthorized"}, {"message": "no"}, [], None])
def test_our_own_key_is_no_owners_fault(powens: Bench, status: int, body: object) -> None:
    """A refused token or client is the operator's, whatever comes with it."""
    powens.wire.play(f"GET {ONE}", answer(body, status))
    with pytest.raises(Misconfigured):
        powens.sync()


def test_a_connection_is_gone_only_if_powens_lists_it_no_more(powens: Bench) -> None:
    """A 404 alone may be an address of ours that is wrong."""
    powens.wire.play(f"GET {ONE}", error("notFound", 404))
    with pytest.raises(ProviderError) as raised:
        powens.sync()
    assert Reason.ACCOUNT_UNAVAILABLE is raised.value.reason
    powens.wire.play("GET /users/me/connections", answer({"connections": []}))
    with pytest.raises(NeedsOwner) as gone:
        powens.sync()
    assert Reason.CONNECTION_GONE is gone.value.reason


@pytest.mark.parametrize(
    ("state", "next_try", "expected"),
    [
        ("rateLimiting", "2026-11-22 14:00:00", NOW + 7_200),
        ("rateLimiting", None, NOW + 3_600),
        ("rateLimiting", "2026-11-01 00:00:00", NOW + 3_600),
        ("rateLimiting", "2031-01-01 00:00:00", NOW + 86_400),
        ("websiteUnavailable", "2026-11-22 14:00:00", NOW + 7_200),
        ("websiteUnavailable", None, None),
        ("wrongpass", "2026-11-22 14:00:00", None),
    ],
)
def test_powens_says_when_it_tries_again(
    powens: Bench, state: str, next_try: str | None, expected: int | None
) -> None:
    """Within a day, and not where only the owner helps."""
    sources: list[object] = []
    told = connection(state, next_try=next_try, sources=sources)
    powens.wire.play(f"GET {ONE}", told)
    with pytest.raises(ProviderError) as raised:
        powens.sync()
    assert expected == raised.value.retry_at
