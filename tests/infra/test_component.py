"""The Banks component as it is shipped: made of its parts, small, in two languages."""

from __future__ import annotations

import gzip
import re

import pytest

from infra.component import joining
from infra.component.joining import FOLDER, TARGET, SameNameError, joined, parts

LIMIT = 20_000
SPANISH = "spanish.js"
TEXT = r'"((?:[^"\\\n]|\\.)+)"'


def source(name: str) -> str:
    """Return a part."""
    return (FOLDER / name).read_text(encoding="utf-8")


def spanish() -> set[str]:
    """Return every English sentence that has a Spanish one."""
    quoted = re.findall(rf"^  {TEXT}:", source(SPANISH), re.MULTILINE)
    return {*quoted, *re.findall(r"^  (\w+):", source(SPANISH), re.MULTILINE)}


def test_what_is_shipped_is_made_of_the_parts() -> None:
    """Whoever changes a part runs `make component`, and no part is left out."""
    assert joined() == TARGET.read_text(encoding="utf-8")
    assert {*parts()} == {file.name for file in FOLDER.glob("*.js")}


def test_it_is_small() -> None:
    """What a phone loads, compressed."""
    assert LIMIT >= len(gzip.compress(TARGET.read_bytes(), 9))


def test_every_sentence_has_its_spanish() -> None:
    """Whatever is said, and nothing that is not."""
    told, known = [source(name) for name in parts() if name != SPANISH], spanish()
    said = {text for part in told for text in re.findall(rf"\bt\({TEXT}", part)}
    counted = {
        text
        for part in told
        for pair in re.findall(rf"speech\.n\([^\"\n]*?{TEXT}, {TEXT}", part)
        for text in pair
    }

    assert set() == (said | counted) - known
    assert [] == [text for text in sorted(known) if not any(f'"{text}"' in part for part in told)]


def test_nothing_is_read_as_markup_or_as_script() -> None:
    """What a bank calls itself stays text, whatever it is."""
    shipped = TARGET.read_text(encoding="utf-8")

    found = re.findall(
        r"innerHTML|outerHTML|insertAdjacent|document\.write|eval\(|Function\(", shipped
    )
    assert [] == found
    assert [] == re.findall(r"\.style\b|h\(.style", shipped)


def test_two_parts_do_not_share_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """In one module they would be one thing."""
    monkeypatch.setattr(joining, "_source", lambda _name: "const same = 1;")

    with pytest.raises(SameNameError, match="same"):
        joined()
