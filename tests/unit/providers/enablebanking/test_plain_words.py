from __future__ import annotations

import pytest

from relink.failures import ProviderError
from relink.providers.enablebanking.messages import Money
from relink.providers.enablebanking.refusals import refusal
from relink.reasons import Reason
from tests.unit.providers.enablebanking.scripted import (
    NOON,
    SESSION,
    Bench,
    call,
    connection,
    recorded,
)
from tests.unit.providers.playing import answer

MARKUP = "<b>\x1b[31mEUR\x00"


def test_a_currency_is_one_short_line() -> None:
    """It is shown beside every amount."""
    for told, shown in ((MARKUP, "b [31mEUR"), ("E" * 5_000, "E" * 199 + "…")):
        money = Money.model_validate({"amount": "1.00", "currency": told})
        assert shown == money.currency


def test_an_unknown_code_is_one_short_line() -> None:
    """Operators read it."""
    error = refusal(answer({"error": MARKUP, "message": ""}, 400), NOON)

    assert (Reason.UNKNOWN, "b [31mEUR") == (error.reason, error.provider_code)


def test_an_unknown_status_of_a_session_is_one_short_line() -> None:
    """As any other code."""
    bench = Bench()
    bench.fine()
    session = {**recorded("session"), "status": MARKUP}
    bench.transport.play(f"GET /sessions/{SESSION}", answer(session))

    with pytest.raises(ProviderError) as raised:
        bench.adapter.sync(connection(), call())
    assert "session:b [31mEUR" == raised.value.provider_code
