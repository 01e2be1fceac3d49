"""FinTS's wire syntax (Formals, section H.1): segments, elements, groups, binaries.

The library reads a message in quadratic time and forgets a segment's codes if one text is too
long. This reads in one pass, bounded, and keeps everything.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from relink.providers.fints.codes import Said
from relink.providers.transport import bad_answer

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Value = str | bytes | None
Element = Value | list[Value]

TOKENS = 400_000
_TOKEN: Final = re.compile(rb"([^?:+@']+)|\?(.)|([:+'])|@(\d{1,9})@", re.DOTALL)
_WRAPPED = "HNVSD"


def text_of(data: bytes) -> str:
    """Return bytes as text: FinTS is Latin-1, some servers send UTF-8 all the same."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("iso-8859-1")


@dataclass(frozen=True, slots=True)
class Segment:
    """A segment as it came: `elements[0]` is its head."""

    elements: Sequence[Element]

    @property
    def kind(self) -> str:
        """Return its name, such as `HIRMS`."""
        return self._head(0)

    @property
    def version(self) -> int:
        """Return its version, 0 if it has none."""
        return int(self._head(2)) if self._head(2).isdecimal() else 0

    def group(self, position: int) -> list[Value]:
        """Return an element as its parts, empty if it is not there."""
        found = self.elements[position] if position < len(self.elements) else None
        if found is None:
            return []
        return found if isinstance(found, list) else [found]

    def text(self, position: int, part: int = 0) -> str:
        """Return a part of an element as text, empty if it is not there."""
        group = self.group(position)
        value = group[part] if part < len(group) else None
        return text_of(value) if isinstance(value, bytes) else value or ""

    def binaries(self, position: int) -> list[bytes]:
        """Return the parts of an element that hold data, as they came."""
        parts = (p for p in self.group(position) if p)
        return [p if isinstance(p, bytes) else p.encode("iso-8859-1", "replace") for p in parts]

    def _head(self, part: int) -> str:
        value = self.group(0)[part] if part < len(self.group(0)) else None
        return value if isinstance(value, str) else ""


def segments(data: bytes) -> list[Segment]:
    """Return a message's segments, those inside the envelope in its place.

    Raises `Temporary` (bad answer) for what is not FinTS.
    """
    found: list[Segment] = []
    for segment in _read(data):
        if segment.kind == _WRAPPED:
            for inner in segment.binaries(1):
                found.extend(_read(inner))
        else:
            found.append(segment)
    return found


def said(found: Sequence[Segment]) -> tuple[Said, ...]:
    """Return all return codes of a message, about the whole of it and about its segments."""
    return tuple(
        Said(
            code=segment.text(position),
            text=_repaired(segment.text(position, 2)),
            parameters=tuple(
                segment.text(position, p) for p in range(3, len(segment.group(position)))
            ),
        )
        for segment in found
        if segment.kind in {"HIRMG", "HIRMS"}
        for position in range(1, len(segment.elements))
        if re.fullmatch(r"\d{4}", segment.text(position))
    )


def _repaired(text: str) -> str:
    """Return text that was UTF-8 read as Latin-1 as it was meant."""
    try:
        return text.encode("iso-8859-1").decode("utf-8")
    except UnicodeError:
        return text


def _read(data: bytes) -> Iterator[Segment]:
    reader = _Reader()
    for separator in _parts(data, reader):
        if separator == b"'":
            yield reader.segment()
        elif separator == b"+":
            reader.element()
        else:
            reader.part()
    if not reader.empty:
        raise bad_answer("truncated")


def _parts(data: bytes, reader: _Reader) -> Iterator[bytes]:
    position = 0
    for _ in range(TOKENS):
        if position >= len(data):
            return
        token = _TOKEN.match(data, position)
        if token is None:
            raise bad_answer("not fints")
        position = token.end()
        if token[3]:
            yield token[3]
        elif token[4]:
            end = position + int(token[4])
            if end > len(data):
                raise bad_answer("truncated")
            reader.binary(data[position:end])
            position = end
        else:
            reader.characters(token[1] or token[2])
    raise bad_answer("too much content")


class _Reader:
    """Collects what lies between separators."""

    def __init__(self) -> None:
        self._text = bytearray()
        self._binary: bytes | None = None
        self._group: list[Value] = []
        self._elements: list[Element] = []

    @property
    def empty(self) -> bool:
        """Tell whether nothing has been left over, line ends aside."""
        rest = bytes(self._text).strip()
        return not (rest or self._binary or self._group or self._elements)

    def characters(self, some: bytes) -> None:
        """Take characters of a value."""
        self._text += some

    def binary(self, data: bytes) -> None:
        """Take a binary value, which stands alone."""
        if self._binary is not None or self._text:
            raise bad_answer("not fints")
        self._binary = data

    def part(self) -> None:
        """End a part of a group."""
        self._group.append(self._value())

    def element(self) -> None:
        """End an element."""
        value = self._value()
        if self._group:
            self._elements.append([*self._group, value] if value is not None else self._group)
        else:
            self._elements.append(value)
        self._group = []

    def segment(self) -> Segment:
        """End a segment."""
        if self._text or self._binary is not None or self._group or not self._elements:
            self.element()
        elements, self._elements = self._elements, []
        return Segment(elements)

    def _value(self) -> Value:
        value: Value = self._binary
        if value is None and self._text:
            text = bytes(self._text).decode("iso-8859-1")
            value = text.lstrip("\r\n") if not self._elements and not self._group else text
        elif self._text:
            raise bad_answer("not fints")
        self._text.clear()
        self._binary = None
        return value or None
