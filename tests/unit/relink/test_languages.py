"""Every owner reads English or Spanish, as his browser likes best."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relink.languages import DEFAULT, LANGUAGES, preferred, translation


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "en"),
        ("es", "es"),
        ("es-MX,es;q=0.9,en;q=0.8", "es"),
        ("en;q=0.8, es;q=0.9", "es"),
        ("de-DE,de;q=0.9,es;q=0.5", "es"),
        ("de, fr", "en"),
        ("*", "en"),
        ("ES", "es"),
        ("es;q=0.5,en;q=0.5", "es"),
        ("es;q=nonsense,en;q=0.1", "en"),
    ],
)
def test_the_browsers_best_liked_language_of_ours_is_taken(header: str, language: str) -> None:
    """RFC 9110, 12.5.4: weights first, then the order; what we do not speak is passed over."""
    assert preferred(header) == language


@given(st.text(max_size=500))
def test_any_header_gives_a_language(header: str) -> None:
    """A browser can send what it likes."""
    assert preferred(header) in LANGUAGES


def test_unknown_languages_read_english() -> None:
    """The message ids are English: nothing is ever empty."""
    for language in (DEFAULT, "xx", ""):
        assert translation(language).gettext("Reconnect") == "Reconnect"


def test_spanish_is_there() -> None:
    """The catalogue is part of the package."""
    text = "There is nothing to do: we try again automatically."

    assert translation("es").gettext(text) != text
