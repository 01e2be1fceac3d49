"""Charts as plain SVG: bars and lines on quiet axes, light and dark, nothing loaded."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from math import ceil, log10
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

WIDTH, HEIGHT = 760, 340
LEFT, RIGHT, TOP, BOTTOM = 64, 20, 56, 56
FEW: Final = 10
WORTH_TELLING: Final = 0.01
"""Shares above which a bar among many is labelled."""
STYLE: Final = """
    text { fill: #33414e; font: 12px system-ui, sans-serif }
    .title { font-size: 15px; font-weight: 600; fill: #1d2731 }
    .grid { stroke: #d9dfe4; stroke-width: 1 }
    .back { fill: #fbfaf7 }
    .bar { fill: #2f6690 }
    .line { fill: none; stroke-width: 2.4 }
    .c0 { stroke: #b3261e }
    .c1 { stroke: #2f6690; stroke-dasharray: 7 4 }
    .c2 { stroke: #1b7a43; stroke-dasharray: 2 4 }
    @media (prefers-color-scheme: dark) {
      text { fill: #c3ccd4 } .title { fill: #eef2f5 }
      .back { fill: #171c21 } .grid { stroke: #39434c } .bar { fill: #7fb2d9 }
      .c0 { stroke: #f2877f } .c1 { stroke: #7fb2d9 } .c2 { stroke: #7ccf9b }
    }"""


@dataclass(frozen=True, slots=True)
class Frame:
    """What is written around a chart; `told` says it in words to who cannot see it."""

    title: str
    told: str
    across: str


def bars(frame: Frame, heights: Mapping[str, float]) -> str:
    """Return a bar for each name; heights are shares of one."""
    top = max(ceil(max(heights.values()) * 20) / 20, 1 / 20)
    wide = (WIDTH - LEFT - RIGHT) / len(heights)
    parts = _grid(top)
    for number, (name, share) in enumerate(heights.items()):
        x, y = LEFT + number * wide, _y(share / top)
        high = HEIGHT - BOTTOM - y
        parts.append(
            f'<rect class="bar" x="{x + wide * 0.12:.1f}" y="{y:.1f}" width="{wide * 0.76:.1f}"'
            f' height="{high:.1f}" rx="2"/>'
        )
        middle = x + wide / 2
        parts.append(_text(middle, HEIGHT - BOTTOM + 18, name, "middle"))
        if len(heights) <= FEW or share >= WORTH_TELLING:
            parts.append(_text(middle, y - 6, _percent(share), "middle"))
    return _picture(frame, parts)


def lines(frame: Frame, curves: Mapping[str, Mapping[int, float]], marks: Mapping[int, str]) -> str:
    """Return curves of shares of one over a logarithmic scale, which has these marks."""
    low, high = log10(min(marks)), log10(max(marks))

    def x(value: float) -> float:
        place = (log10(value) - low) / (high - low)
        return LEFT + min(max(place, 0), 1) * (WIDTH - LEFT - RIGHT)

    parts = _grid(1.0)
    for value, name in marks.items():
        anchor = "end" if value == max(marks) else "middle"
        parts.append(_text(x(value), HEIGHT - BOTTOM + 18, name, anchor))
    for number, (name, curve) in enumerate(curves.items()):
        points = " ".join(f"{x(value):.1f},{_y(share):.1f}" for value, share in curve.items())
        parts.append(f'<polyline class="line c{number}" points="{points}"/>')
        y = HEIGHT - BOTTOM - 18 * (len(curves) - number)
        parts.append(f'<path class="line c{number}" d="M{WIDTH - 250} {y - 4}h34"/>')
        parts.append(_text(WIDTH - 208, y, name, "start"))
    return _picture(frame, parts)


def _grid(top: float) -> list[str]:
    """Return lines at the quarters of the height, with their shares."""
    parts = []
    for quarter in range(5):
        y = _y(quarter / 4)
        parts.append(f'<path class="grid" d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}"/>')
        parts.append(_text(LEFT - 8, y + 4, _percent(top * quarter / 4), "end"))
    return parts


def _picture(frame: Frame, parts: Sequence[str]) -> str:
    body = "\n  ".join(
        [
            f'<rect class="back" width="{WIDTH}" height="{HEIGHT}"/>',
            f'<text class="title" x="{LEFT}" y="28">{escape(frame.title)}</text>',
            *parts,
            _text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 12, frame.across, "middle"),
        ]
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img"'
        f' aria-labelledby="t d">\n  <title id="t">{escape(frame.title)}</title>\n'
        f'  <desc id="d">{escape(frame.told)}</desc>\n'
        f"  <style>{STYLE}\n  </style>\n  {body}\n</svg>\n"
    )


def _y(share: float) -> float:
    return HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM)


def _text(x: float, y: float, words: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(words)}</text>'


def _percent(share: float) -> str:
    percent = share * 100
    if percent and percent < 1:
        return f"{percent:.2g} %"
    return f"{percent:.0f} %"
