"""The desk's page of letters: every one that owners get, about example banks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from infra.preview.specimens import Specimen, State, specimens
from notify.letter import Kind
from relink.languages import LANGUAGES

if TYPE_CHECKING:
    from infra.local.stack import Stack

FORMS = ("html", "text", "raw")


def letters(_: Stack, parameters: dict[str, Any]) -> dict[str, Any]:
    """Return the letters of the chosen kind, in each state, side by side in each language."""
    chosen = parameters.get("kind", "")
    kind = Kind(chosen) if chosen in set(Kind) else Kind.RED
    return {
        "kinds": list(Kind),
        "kind": kind,
        "rows": [
            (state, [(Specimen(kind, language, state), language) for language in LANGUAGES])
            for state in State
        ],
    }


def content(name: str, form: str) -> tuple[str, bytes] | None:
    """Return the media type and bytes of a letter by its name, or None if there is none."""
    specimen = next((one for one in specimens() if one.name == name), None)
    if specimen is None or form not in FORMS:
        return None
    if form == "raw":
        return "text/plain; charset=utf-8", specimen.mail().as_bytes()
    letter = specimen.letter()
    if form == "text":
        return "text/plain; charset=utf-8", letter.text.encode()
    return "text/html; charset=utf-8", letter.html.encode()
