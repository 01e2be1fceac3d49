"""Letters use only what the big mail programs draw, or what does no harm where they do not.

What each supports is in `tests/data/mail_clients.csv`: facts from caniemail.com as of September
2025, the page of a feature being `https://www.caniemail.com/features/<source>/`. Of a program's
versions the worst counts. `on` names the elements of which a row speaks; without, it is all.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from infra.preview.specimens import specimens

if TYPE_CHECKING:
    from collections.abc import Iterator

TABLE = Path(__file__).parents[2] / "data" / "mail_clients.csv"
CLIENTS = ("gmail", "outlook_windows", "outlook_com", "apple_mail", "yahoo")
# Gmail drops a style sheet that is longer.
SHEET_LIMIT = 8192
# What a sheet could hide, or fetch, or put where it does not belong.
HARMFUL = re.compile(r"none|hidden|url\(|@import|position|content\s*:|opacity")


@dataclass(frozen=True)
class Use:
    """One feature that a letter uses, and on which element."""

    place: str
    feature: str
    element: str = ""

    def row(self) -> dict[str, str]:
        """Return what the table says of it. Raises `KeyError` if it says nothing."""
        for row in ROWS:
            on = row["on"].split()
            if (self.place, self.feature) == (row["place"], row["feature"]) and (
                not on or self.element in on
            ):
                return row
        raise KeyError(self)


class Features(HTMLParser):
    """Collects what a letter uses."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.used: set[Use] = set()
        self.sheet = ""
        self._in_sheet = False
        self.feed(html)

    def handle_decl(self, decl: str) -> None:
        """Note the kind of document."""
        self.used.add(Use("element", f"!{decl.split(maxsplit=1)[0].lower()}"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element, its attributes, and its style."""
        self._in_sheet = tag == "style"
        self.used.add(Use("element", tag))
        for name, value in attrs:
            self.used.add(Use("attribute", name, tag))
            if name == "style":
                self.used |= {Use("inline", f, tag) for f in declared(value or "", "display")}

    def handle_data(self, data: str) -> None:
        """Note the style sheet."""
        if self._in_sheet:
            self.sheet += data
            self._in_sheet = False


def declared(style: str, *told_apart: str) -> Iterator[str]:
    """Yield the properties that are set; of some the value makes the difference."""
    for declaration in filter(str.strip, style.split(";")):
        name, _, value = (part.strip() for part in declaration.partition(":"))
        yield f"{name}:{value}" if name in told_apart else name
        if "!important" in value:
            yield "!important"


def rules(sheet: str) -> Iterator[tuple[str, str, str]]:
    """Yield the rules of a sheet: the condition, the selectors, the declarations."""
    for condition, block, selectors, body in re.findall(
        r"@media \(([^)]*)\) \{((?:[^{}]*\{[^{}]*\})*)\s*\}|([^{}@]+)\{([^{}]*)\}", sheet
    ):
        if not condition:
            yield "", selectors.strip(), body
            continue
        for inner, declarations in re.findall(r"([^{}]+)\{([^{}]*)\}", block):
            yield condition, inner.strip(), declarations


def sheet_uses(sheet: str) -> Iterator[Use]:
    """Yield what a style sheet uses."""
    for condition, selectors, body in rules(sheet):
        if condition:
            yield Use("sheet", f"@media {condition.partition(':')[0]}")
        if "," in selectors:
            yield Use("sheet", "selector list")
        for selector in re.split(r",\s*", selectors):
            if " " in selector:
                yield Use("sheet", "selector descendant")
            for part in selector.split():
                kind = {".": "class", ":": part}.get(part[0], "type")
                yield Use("sheet", f"selector {kind}")
        yield from (Use("sheet", feature) for feature in declared(body))


with TABLE.open(encoding="utf-8") as file:
    ROWS = list(csv.DictReader(file))
LETTERS = {specimen.name: Features(specimen.letter().html) for specimen in specimens()}
SHEETS = {features.sheet for features in LETTERS.values()}


@pytest.mark.parametrize("name", LETTERS)
def test_what_is_inline_is_drawn_by_all_or_does_no_harm(name: str) -> None:
    """Elements, attributes and inline properties: the letter that everybody gets."""
    for use in LETTERS[name].used:
        row = use.row()
        drawn = all(row[client] == "yes" for client in CLIENTS)
        assert drawn or row["harmless_because"], use


def test_the_style_sheet_uses_nothing_unknown() -> None:
    """Each selector, condition and property is in the table, with whoever draws it."""
    for sheet in SHEETS:
        for use in sheet_uses(sheet):
            assert use.row(), use


def test_the_style_sheet_only_adds() -> None:
    """A program that drops it, as some do, shows the same letter: nothing is hidden by it.

    What it changes, it changes for narrow screens and dark mode.
    """
    for sheet in SHEETS:
        assert not HARMFUL.search(sheet)
        assert {":root"} == {selectors for condition, selectors, _ in rules(sheet) if not condition}
        assert {"max-width: 480px", "prefers-color-scheme: dark"} == {
            condition for condition, _, _ in rules(sheet) if condition
        }
        assert len(sheet) < SHEET_LIMIT


def test_a_rule_of_the_sheet_beats_what_is_inline() -> None:
    """Else it changes nothing: inline is stronger. Outlook wants a space before the mark."""
    for sheet in SHEETS:
        for condition, selectors, body in rules(sheet):
            if condition:
                told = [each for each in body.split(";") if each.strip()]
                assert all(each.endswith(" !important") for each in told), selectors


def test_no_margin_is_negative_or_automatic() -> None:
    """So says the table of them all."""
    for specimen in specimens():
        assert not re.search(r"margin:[^;]*(-|auto)", specimen.letter().html)


def test_the_table_is_about_these_letters() -> None:
    """A row that no letter needs any more is taken out; each cell is one of three words."""
    used = {use for features in LETTERS.values() for use in features.used}
    used |= {use for sheet in SHEETS for use in sheet_uses(sheet)}
    needed = [use.row() for use in used]

    assert [] == [(row["place"], row["feature"], row["on"]) for row in ROWS if row not in needed]
    assert {"yes", "partial", "no"} == {row[client] for row in ROWS for client in CLIENTS}
    assert all(row["source"] for row in ROWS)


def test_what_is_not_in_the_table_is_found() -> None:
    """The test sees a feature that somebody adds to a letter without a look at the table."""
    html = '<div style="display:flex;position:fixed"><img src="x"></div><p style="padding:1px">'
    unknown = []
    for use in Features(html).used:
        try:
            use.row()
        except KeyError:
            unknown.append((use.place, use.feature, use.element))

    assert [
        ("attribute", "src", "img"),
        ("element", "img", ""),
        ("inline", "display:flex", "div"),
        ("inline", "padding", "p"),
        ("inline", "position", "div"),
    ] == sorted(unknown)
