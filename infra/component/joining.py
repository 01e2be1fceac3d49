"""How the parts become one module: in the order in which they need each other, nothing else.

The parts are standard modules that a browser loads as they are. A host app loads one file: the
parts one after the other, without the imports among them and the exports that only they use, and
written as briefly as a minifier does. Two parts that give one name to different things are refused.
"""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import Final

import minify

FOLDER: Final = Path(__file__).parent
TARGET: Final = FOLDER.parents[1] / "functions/reconnect/static/banks.js"
ENTRY: Final = "element.js"
STYLE: Final = "style.js"
HEAD: Final = "// <relink-banks>: made of infra/component by `make component`.\n"
_IMPORT: Final = re.compile(r'^import \{[^}]*\} from "\./([a-z]+\.js)";\n', re.MULTILINE)
_EXPORT: Final = re.compile(r"^export ", re.MULTILINE)
_NAME: Final = re.compile(
    r"^(?:async )?(?:const|let|class|function\*?) ([A-Za-z_$][\w$]*)", re.MULTILINE
)


class SameNameError(Exception):
    """Two parts give one name to different things."""


def parts(entry: str = ENTRY) -> list[str]:
    """Return the names of all parts, those first that others need while they are read."""
    found: list[str] = []
    _visit(entry, found, set())
    return found


def joined() -> str:
    """Return the one module. Raises `SameNameError`."""
    texts = [_EXPORT.sub("", _IMPORT.sub("", _source(name))).strip() for name in parts()]
    counted = Counter(name for text in texts for name in _NAME.findall(text))
    if twice := sorted(name for name, times in counted.items() if times > 1):
        raise SameNameError(", ".join(twice))
    written: str = minify.string("application/javascript", "\n".join(texts))
    return HEAD + written + "\n"


def _source(name: str) -> str:
    """Return a part, its style without the spaces that it does not need: none is within quotes."""
    return re.sub(r"\s*([{};])\s*", r"\1", _text(name)) if name == STYLE else _text(name)


def _visit(name: str, found: list[str], seen: set[str]) -> None:
    if name in seen:
        return
    seen.add(name)
    for needed in _IMPORT.findall(_text(name)):
        _visit(needed, found, seen)
    found.append(name)


def _text(name: str) -> str:
    return (FOLDER / name).read_text(encoding="utf-8")
