"""Keep the catalogues of messages complete: `python -m infra.messages [--check]`.

Message ids are the English texts. They are found in the templates and in the code, merged into
each language's `.po` and compiled to its `.mo`; both are committed. Exits 1 and names what is
still to be translated; `--check` writes nothing and exits 1 also if the files are not up to date.
"""

from __future__ import annotations

import ast
import io
import re
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir, extract_python
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from relink.languages import DEFAULT, LANGUAGES

if TYPE_CHECKING:
    from collections.abc import Iterator

SOURCE = Path(__file__).parents[1] / "functions"
LOCALES = SOURCE / "relink" / "locales"
# A catalogue is a function of the sources: the time of its making is left out.
_TIMELESS = datetime(2026, 1, 1, tzinfo=UTC)
_DATED = re.compile(
    r'^"(?:POT-Creation|PO-Revision|Project|Generated|Last|[^"]*@).*\n', re.MULTILINE
)
_TEMPLATES = {"trimmed": "true", "newstyle_gettext": "true", "silent": "false"}
# Which arguments of a call are shown to people: by position and by keyword.
SHOWN = {
    "Ask": ((1,), ("prompt",)),
    "Explanation": ((1, 2), ("text", "instruction")),
    "Field": ((1, 6), ("label", "help")),
    "WaitForApp": ((0,), ("prompt",)),
}
_SENTENCE = re.compile(r"[A-Z].* .*[.?!]", re.DOTALL)

Found = tuple[int, str | None, Any, Any]


def declared(fileobj: Any, keywords: Any, comment_tags: Any, options: Any) -> Iterator[Found]:
    """Yield a module's messages: calls of gettext, what `SHOWN` names, constant sentences.

    A sentence that a module gives a name to is for people to read; other texts are not.
    """
    source = fileobj.read()
    calls: Any = extract_python(io.BytesIO(source), keywords, comment_tags, options)
    yield from calls
    tree = ast.parse(source)
    for node in tree.body:
        value = getattr(node, "value", None) if isinstance(node, ast.Assign | ast.AnnAssign) else 0
        text = _text(value)
        if text and _SENTENCE.fullmatch(text):
            yield node.lineno, None, text, []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            for shown in _shown(node, node.func.id):
                yield shown.lineno, None, _text(shown), []


def catalogue(language: str) -> Catalog:
    """Return a language's catalogue with all messages of the sources and their translations."""
    found = Catalog(language, project="relink", charset="utf-8", fuzzy=False)
    methods: Any = [("**/templates/**.j2", "jinja2"), ("**.py", declared)]
    options = {"**/templates/**.j2": _TEMPLATES}
    for path, _, message, _, _ in extract_from_dir(SOURCE, methods, options):
        found.add(message, locations=[(path, 0)])
    known = LOCALES / language / "LC_MESSAGES" / "relink.po"
    if known.exists():
        for old in _messages(read_po(io.BytesIO(known.read_bytes()), language)):
            if old.id in found:
                found[old.id].string = old.string
    found.creation_date = found.revision_date = _TIMELESS
    found.header_comment = ""
    return found


def untranslated(catalogue: Catalog) -> list[str]:
    """Return the messages that have no translation, or one that does not fit."""
    missing = []
    for message in _messages(catalogue):
        strings = message.string if isinstance(message.string, tuple) else (message.string,)
        if not all(strings) or message.check():
            missing.append(message.id if isinstance(message.id, str) else message.id[0])
    return missing


def files(catalogue: Catalog) -> dict[str, bytes]:
    """Return both forms of a catalogue, by suffix."""
    text, binary = io.BytesIO(), io.BytesIO()
    write_po(text, catalogue, width=100, sort_output=True, include_lineno=False)
    write_mo(binary, catalogue)
    return {".po": _DATED.sub("", text.getvalue().decode()).encode(), ".mo": binary.getvalue()}


def main(arguments: list[str]) -> int:
    """Bring the catalogues up to date, or check that they are; return the exit status."""
    status = 0
    for language in LANGUAGES:
        if language == DEFAULT:
            continue
        found = catalogue(language)
        for message in untranslated(found):
            print(f"{language}: not translated: {message}")
            status = 1
        for suffix, content in files(found).items():
            path = LOCALES / language / "LC_MESSAGES" / f"relink{suffix}"
            if not path.exists() or path.read_bytes() != content:
                status = max(status, _renew(path, content, write="--check" not in arguments))
    return status


def _messages(catalogue: Catalog) -> Iterator[Message]:
    yield from (message for message in catalogue if message.id)


def _renew(path: Path, content: bytes, *, write: bool) -> int:
    if not write:
        print(f"not up to date: {path.relative_to(SOURCE.parent)} (python -m infra.messages)")
        return 1
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return 0


def _shown(call: ast.Call, name: str) -> Iterator[ast.expr]:
    positions, keywords = SHOWN.get(name, ((), ()))
    given = [call.args[i] for i in positions if i < len(call.args)]
    given += [k.value for k in call.keywords if k.arg in keywords]
    yield from (value for value in given if _text(value))


def _text(value: Any) -> str:
    literal = isinstance(value, ast.Constant) and isinstance(value.value, str)
    return value.value if literal else ""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
