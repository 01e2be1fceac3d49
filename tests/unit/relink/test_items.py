"""DynamoDB's typed values hold what we put into them, and nothing they would change."""

from __future__ import annotations

from decimal import Decimal, Inexact
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relink.items import decode, encode

numbers = st.one_of(
    st.integers(-(10**37), 10**37),
    st.decimals(-(10**20), 10**20, places=12, allow_nan=False, allow_infinity=False),
)
scalars = st.one_of(st.text(), numbers, st.booleans(), st.binary(min_size=1))
values = st.recursive(
    scalars,
    lambda v: st.one_of(st.lists(v, max_size=4), st.dictionaries(st.text(min_size=1), v)),
    max_leaves=10,
)


@settings(max_examples=40)
@given(st.dictionaries(st.text(min_size=1), values, max_size=5))
def test_what_is_stored_is_read_back(plain: dict[str, Any]) -> None:
    """Texts, numbers, bytes, lists and maps, however deep."""
    assert decode(encode(plain)) == plain


def test_what_is_absent_is_left_out() -> None:
    """None is no value: the attribute is not there."""
    assert encode({"a": None, "b": 0, "c": "", "d": False}) == {
        "b": {"N": "0"},
        "c": {"S": ""},
        "d": {"BOOL": False},
    }


def test_whole_numbers_come_back_as_such() -> None:
    """Times and counts are int; amounts keep their fraction."""
    found = decode({"a": {"N": "7"}, "b": {"N": "7.50"}, "c": {"L": [{"N": "1"}]}})

    assert [type(v) for v in (found["a"], found["b"], found["c"][0])] == [int, Decimal, int]


def test_bytes_come_back_as_bytes() -> None:
    """Ciphertext is handed to the cipher as it is."""
    assert type(decode(encode({"a": b"\x00\xff"}))["a"]) is bytes


@pytest.mark.parametrize("number", [10**38 + 1, Decimal("0." + "1" * 39)])
def test_a_number_that_would_lose_digits_is_refused(number: Any) -> None:
    """DynamoDB keeps 38 digits; silently rounded money would be worse than an error."""
    with pytest.raises(Inexact):
        encode({"a": number})


def test_floats_are_refused() -> None:
    """Binary fractions are no amounts."""
    with pytest.raises(TypeError):
        encode({"a": 0.1})
