"""Capacity units, as the developer guide's own examples and rules have them."""

from __future__ import annotations

import pytest

from benchmarks.units import index_units, item_bytes, query_units, read_units, write_units

KEYS = {"id"}
INDEX = {
    "KeySchema": [{"AttributeName": "slot", "KeyType": "HASH"}],
    "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["bank"]},
}


def item(size: int) -> dict[str, dict[str, str]]:
    """Return an item of so many bytes."""
    return {"id": {"S": "x" * (size - 2)}}


@pytest.mark.parametrize(
    ("value", "size"),
    [
        ({"S": "é"}, 2),
        ({"N": "1767268800"}, 5),
        ({"N": "-12.34"}, 4),
        ({"N": "0"}, 1),
        ({"B": b"12345"}, 5),
        ({"BOOL": True}, 1),
        ({"L": [{"S": "ab"}, {"N": "1"}]}, 3 + 1 + 2 + 1 + 2),
        ({"M": {"a": {"S": "b"}}}, 3 + 1 + 2),
        ({"SS": ["ab", "c"]}, 3),
    ],
)
def test_values_have_their_size(value: dict[str, object], size: int) -> None:
    """A name and its value."""
    assert len("name") + size == item_bytes({"name": value})


@pytest.mark.parametrize(("size", "units"), [(0, 1), (4096, 1), (4097, 2), (9_000, 3)])
def test_a_read_is_counted_by_four_kilobytes(size: int, units: int) -> None:
    """Half of it if it may be a moment old; what is not there is read all the same."""
    assert units == read_units([size], consistent=True)
    assert units / 2 == query_units(size, consistent=False)


@pytest.mark.parametrize(
    ("before", "after", "units"), [(1024, 1024, 1), (1025, 100, 2), (0, 2049, 3), (0, 0, 1)]
)
def test_a_write_is_counted_by_the_larger_of_before_and_after(
    before: int, after: int, units: int
) -> None:
    """By the kilobyte; one that was refused costs as much as the item that refused it."""
    images = [item(size) if size else None for size in (before, after)]

    assert units == write_units(*images)


@pytest.mark.parametrize(
    ("changed", "units"),
    [
        ({"other": {"S": "b"}}, 0),
        ({"bank": {"S": "b"}}, 1),
        ({"slot": {"N": "2"}}, 2),
        ({"slot": None}, 1),
    ],
)
def test_an_index_is_written_when_what_it_holds_changes(
    changed: dict[str, dict[str, str] | None], units: int
) -> None:
    """An entry that moves is deleted and put."""
    before = {"id": {"S": "1"}, "slot": {"N": "1"}, "bank": {"S": "a"}, "other": {"S": "a"}}
    after = {k: v for k, v in {**before, **changed}.items() if v is not None}

    assert units == index_units(INDEX, KEYS, before, after)
