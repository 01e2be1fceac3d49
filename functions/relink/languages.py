"""English and Spanish: message ids are the English texts, catalogues are gettext's."""

from __future__ import annotations

import gettext
from functools import cache
from pathlib import Path

LANGUAGES = ("en", "es")
DEFAULT = "en"
_LOCALES = Path(__file__).parent / "locales"


@cache
def translation(language: str) -> gettext.NullTranslations:
    """Return the catalogue of a language; English needs none, unknown ones read English."""
    if language == DEFAULT or language not in LANGUAGES:
        return gettext.NullTranslations()
    return gettext.translation("relink", _LOCALES, [language])


def preferred(accept_language: str) -> str:
    """Return the language of ours that a browser likes best (RFC 9110, section 12.5.4)."""
    liked: list[tuple[float, int, str]] = []
    for position, part in enumerate(accept_language[:200].split(",")):
        tag, _, parameter = part.strip().partition(";")
        language = tag.split("-")[0].strip().lower()
        quality = _quality(parameter)
        if language in LANGUAGES and quality > 0:
            liked.append((-quality, position, language))
    return min(liked)[2] if liked else DEFAULT


def _quality(parameter: str) -> float:
    name, _, value = parameter.strip().partition("=")
    try:
        return float(value) if name.strip() == "q" else 1.0
    except ValueError:
        return 0.0
