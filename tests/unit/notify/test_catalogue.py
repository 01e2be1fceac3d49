"""Every message is there in every language."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from infra import messages
from relink.languages import DEFAULT, LANGUAGES, translation
from relink.reasons import EXPLANATIONS

if TYPE_CHECKING:
    from pathlib import Path

TRANSLATED = [language for language in LANGUAGES if language != DEFAULT]


@pytest.mark.parametrize("language", TRANSLATED)
def test_nothing_is_left_to_translate(language: str) -> None:
    """Neither in the templates nor in the code; placeholders and plural forms fit."""
    assert [] == messages.untranslated(messages.catalogue(language))


def test_the_committed_files_are_up_to_date(capsys: pytest.CaptureFixture[str]) -> None:
    """Sources, .po and .mo say the same."""
    assert 0 == messages.main(["--check"]), capsys.readouterr().out


@pytest.mark.parametrize("language", TRANSLATED)
def test_each_reason_reads_differently_in_each_language(language: str) -> None:
    """The compiled catalogue is found and used."""
    texts = {t for told in EXPLANATIONS.values() for t in (told.text, told.instruction)}

    assert set() == texts & {translation(language).gettext(text) for text in texts}


def test_what_is_shown_to_people_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Calls of gettext, the texts of fields and reasons, sentences with a name; nothing else."""
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "page.html.j2").write_text(
        "{% trans number=n %}One bank{% pluralize %}{{ number }} banks{% endtrans %}"
        "{{ gettext('Hello') }} plain"
    )
    (tmp_path / "module.py").write_text(
        '"""A module with a sentence. It is not shown."""\n'
        'SPENT: str = (\n    "This is used up."\n    " Get another."\n)\n'
        'NAME = "Not a sentence"\n'
        'FIELD = Field("code", "Code from the app", help="It has six digits")\n'
        'def f(_):\n    "Inner docstrings are not shown."\n'
        '    raise ValueError("Nor is what is raised.")\n'
        'x = Ask((), "Which of these?", b"")\n'
        'y = WaitForApp(prompt="Open your app", poll_after=2, continuation=b"")\n'
        'z = gettext("Bye")\n'
    )
    monkeypatch.setattr(messages, "SOURCE", tmp_path)
    monkeypatch.setattr(messages, "LOCALES", tmp_path / "locales")
    found = messages.catalogue("es")

    assert {
        ("One bank", "%(number)s banks"),
        "Hello",
        "This is used up. Get another.",
        "Code from the app",
        "It has six digits",
        "Which of these?",
        "Open your app",
        "Bye",
    } == {message.id for message in found if message.id}


def test_renewing_keeps_translations_and_then_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The files depend on sources and translations alone: no dates, no line numbers."""
    (tmp_path / "module.py").write_text('x = gettext("Bye")\n')
    monkeypatch.setattr(messages, "SOURCE", tmp_path)
    monkeypatch.setattr(messages, "LOCALES", tmp_path / "locales")
    po = tmp_path / "locales" / "es" / "LC_MESSAGES" / "relink.po"

    assert 1 == messages.main([])
    assert "es: not translated: Bye" in capsys.readouterr().out
    po.write_text(po.read_text().replace('msgid "Bye"\nmsgstr ""', 'msgid "Bye"\nmsgstr "Adiós"'))
    assert 1 == messages.main(["--check"])
    assert 0 == messages.main([])
    assert 0 == messages.main(["--check"])
    assert "Adiós" in po.read_text()
