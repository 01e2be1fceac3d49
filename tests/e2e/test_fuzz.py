"""The API answers what its description tells of, whatever it is asked (`make fuzz` asks longer)."""

from __future__ import annotations

import pytest

from infra.fuzz.__main__ import fuzz

MOMENT = 8
"""Seconds of made-up requests."""


@pytest.mark.slow
def test_no_made_up_request_gets_an_answer_that_is_not_described() -> None:
    """All of schemathesis's checks hold, and no answer is a server's error."""
    code, statuses = fuzz(cases=5, seconds=MOMENT, seed=20_260_101)

    assert 0 == code
    assert not [status for status in statuses if status.startswith("5")]
    assert 50 < statuses.total()
