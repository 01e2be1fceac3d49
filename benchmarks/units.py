"""DynamoDB's capacity units, computed from the items as its developer guide says.

Emulators report units that are not AWS's, so they are not asked. Source: "DynamoDB read and write
operations" and "Item sizes and formats" in the Amazon DynamoDB Developer Guide.
"""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

READ_BYTES = 4096
WRITE_BYTES = 1024
Item = dict[str, Any]


def item_bytes(item: Mapping[str, Any]) -> int:
    """Return the size of an item in DynamoDB's own form: names and values in UTF-8."""
    return sum(len(name.encode()) + _value_bytes(value) for name, value in item.items())


def read_units(sizes: Iterable[int], *, consistent: bool) -> float:
    """Return what reading items one by one costs; 0 is the size of one that is not there."""
    each = sum(max(ceil(size / READ_BYTES), 1) for size in sizes)
    return each if consistent else each / 2


def query_units(size: int, *, consistent: bool) -> float:
    """Return what a page of a query costs: its items are counted together."""
    return read_units([size], consistent=consistent)


def write_units(before: Item | None, after: Item | None) -> int:
    """Return what writing an item costs: the larger of before and after counts."""
    sizes = [item_bytes(item) for item in (before, after) if item]
    return max(ceil(max(sizes, default=1) / WRITE_BYTES), 1)


def index_units(index: Mapping[str, Any], keys: set[str], before: Item, after: Item) -> int:
    """Return what an index costs besides: nothing unless what it holds of the item changes."""
    own = {part["AttributeName"] for part in index["KeySchema"]}
    held = own | keys | set(index["Projection"].get("NonKeyAttributes", ()))
    old, new = (_held(image, own, held) for image in (before, after))
    if old == new:
        return 0
    moved = old and new and any(old[name] != new[name] for name in own)
    if moved:
        return write_units(old, None) + write_units(None, new)
    return write_units(old, new)


def _held(image: Item, own: set[str], held: set[str]) -> Item | None:
    if not own <= image.keys():
        return None
    return {name: image[name] for name in held if name in image}


def _value_bytes(value: Mapping[str, Any]) -> int:
    [(kind, told)] = value.items()
    if kind in _SIMPLE:
        return _SIMPLE[kind](told)
    if kind == "L":
        return 3 + sum(1 + _value_bytes(each) for each in told)
    if kind == "M":
        return 3 + len(told) + item_bytes(told)
    return sum(_value_bytes({kind[0]: each}) for each in told)  # a set


def _number_bytes(text: str) -> int:
    digits = text.lstrip("-").replace(".", "").strip("0")
    return ceil(len(digits) / 2) + 1 + text.startswith("-")


_SIMPLE: Mapping[str, Callable[[Any], int]] = {
    "S": lambda told: len(told.encode()),
    "N": _number_bytes,
    "B": len,
    "BOOL": lambda _: 1,
    "NULL": lambda _: 1,
}
