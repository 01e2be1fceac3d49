"""What a round of made-up requests is worth: all answered well, and enough of them."""

from __future__ import annotations

from collections import Counter

import pytest

from infra.fuzz.__main__ import LEAST, faults


def test_a_round_in_which_all_was_well_has_no_fault() -> None:
    """Refusals are right answers to wrong requests."""
    assert [] == faults(0, Counter({"200": LEAST // 2, "422": LEAST // 2}), LEAST)


@pytest.mark.parametrize(
    ("code", "statuses", "told"),
    [
        (1, {"200": 9_000}, "schemathesis ended with 1"),
        (0, {"200": 9_000, "503": 1, "500": 2}, "3 answers were faults of ours"),
        (0, {"200": 4_999}, "only 4999 requests instead of 5000"),
        (0, {}, "only 0 requests instead of 5000"),
    ],
)
def test_a_fault_is_told(code: int, statuses: dict[str, int], told: str) -> None:
    """A round that was cut short shows nothing, so it is one."""
    assert [told] == faults(code, Counter(statuses), LEAST)
