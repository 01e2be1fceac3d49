"""What an owner enters, on its way from the request to the bank."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NoReturn


class Entered(Mapping[str, str]):
    """What was entered, by the name of its field: shown by no representation, pickled by nothing.

    The names are not shown either: in a body that nobody has checked they are anything, too.
    """

    __slots__ = ("_values",)

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = dict(values)

    def __getitem__(self, name: str) -> str:
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return "Entered(***)"

    def __reduce__(self) -> NoReturn:
        msg = "what was entered is not pickled"
        raise TypeError(msg)
