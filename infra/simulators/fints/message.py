"""FinTS's syntax: what a request says, and how an answer is written."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from fints.parser import FinTS3Parser, FinTS3Serializer  # type: ignore[import-untyped]

if TYPE_CHECKING:
    from collections.abc import Sequence

Part = str | bytes | None
Element = Part | list[Part]


class RefusalError(Exception):
    """The bank refuses: a return code with its text, about one segment or the whole message."""

    def __init__(self, code: str, text: str, segment: int = 0, *, abort: bool = True) -> None:
        super().__init__(code)
        self.code = code
        self.text = text
        self.segment = segment
        self.abort = abort


@dataclass(frozen=True)
class Segment:
    """A segment of a request."""

    kind: str
    number: int
    version: int
    elements: Sequence[Element]

    def group(self, position: int) -> list[Part]:
        """Return an element's parts."""
        element = self.elements[position] if position < len(self.elements) else None
        if element is None:
            return []
        return element if isinstance(element, list) else [element]

    def text(self, position: int, part: int = 0) -> str:
        """Return a part of an element, empty if it is not there."""
        group = self.group(position)
        value = group[part] if part < len(group) else None
        return value if isinstance(value, str) else ""


def read(data: bytes) -> list[Segment]:
    """Return the segments of a message, or of what an envelope holds."""
    try:
        return [_segment(s) for s in FinTS3Parser.explode_segments(data)]
    except (ValueError, TypeError, IndexError) as error:
        raise RefusalError("9110", "Unbekannter Aufbau") from error


def _segment(elements: list[Element]) -> Segment:
    head = elements[0]
    if not isinstance(head, list) or len(head) not in {3, 4}:
        raise ValueError("segment head")
    return Segment(str(head[0]), int(str(head[1])), int(str(head[2])), elements)


@dataclass
class Answer:
    """An answer being written: return codes first, then what was asked for."""

    general: list[tuple[str, ...]] = field(default_factory=list)
    about: dict[int, list[tuple[str, ...]]] = field(default_factory=dict)
    content: list[tuple[str, int, int, Sequence[Any]]] = field(default_factory=list)

    def say(self, code: str, text: str, *parameters: str, segment: int = 0) -> None:
        """Add a return code, about a segment of the request or about all of it."""
        told = (code, "", text, *parameters)
        if segment:
            self.about.setdefault(segment, []).append(told)
        else:
            self.general.append(told)

    def add(
        self, kind: str, version: int, reference: int, *elements: Part | Sequence[Part]
    ) -> None:
        """Add a segment that answers a segment of the request."""
        self.content.append((kind, version, reference, [*elements]))

    def segments(self, first: int) -> bytes:
        """Return it in wire syntax, its segments numbered from `first`."""
        rows: list[list[Element]] = [[["HIRMG", "", "2"], *map(_told, self.general)]]
        for segment, told in sorted(self.about.items()):
            rows.append([["HIRMS", "", "2", str(segment)], *map(_told, told)])
        for kind, version, reference, elements in self.content:
            head: list[Part] = [kind, "", str(version), str(reference) if reference else None]
            rows.append([head, *elements])
        for number, row in enumerate(rows, start=first):
            head = row[0] if isinstance(row[0], list) else []
            head[1] = str(number)
        return write(rows)

    def __len__(self) -> int:
        return 1 + len(self.about) + len(self.content)


def write(rows: Sequence[Sequence[Element]]) -> bytes:
    """Return segments in wire syntax."""
    return bytes(FinTS3Serializer.implode_segments([list(row) for row in rows]))


def _told(told: tuple[str, ...]) -> Element:
    return [part or None for part in told]
