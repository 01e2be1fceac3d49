"""Every letter can be looked at without anything going wrong at a bank."""

from __future__ import annotations

import email
from email.policy import default
from typing import TYPE_CHECKING

import pytest

from infra.preview.__main__ import main
from infra.preview.specimens import State, specimens
from notify.letter import Kind
from relink.languages import LANGUAGES

if TYPE_CHECKING:
    from pathlib import Path


def test_one_letter_becomes_three_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What a browser, an editor and a mail program open; their names are printed."""
    folder = tmp_path / "new" / "folder"

    assert 0 == main(["reminder", "--language", "es", "--out", str(folder)])
    names = [f"reminder-es-one{suffix}" for suffix in (".html", ".txt", ".eml")]
    assert sorted(names) == sorted(path.name for path in folder.iterdir())
    assert [str(folder / name) for name in names] == capsys.readouterr().out.split()
    assert (folder / names[0]).read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    text = (folder / names[1]).read_text(encoding="utf-8")
    mail = email.message_from_bytes((folder / names[2]).read_bytes(), policy=default)
    assert text.startswith(f"{mail['Subject']}\n\nRecordatorio")
    body = mail.get_body(("plain",))
    assert body
    assert text == body.get_content().replace("\r\n", "\n")
    assert "List-Unsubscribe=One-Click" == mail["List-Unsubscribe-Post"]
    assert mail["References"] == mail["In-Reply-To"]


def test_all_letters_are_there(tmp_path: Path) -> None:
    """Each kind, in each language, in each state."""
    arguments = ["all", "--language", "all", "--state", "all", "--out", str(tmp_path)]

    assert 0 == main(arguments)
    expected = {
        f"{kind.value}-{language}-{state.value}.{suffix}"
        for kind in Kind
        for language in LANGUAGES
        for state in State
        for suffix in ("html", "txt", "eml")
    }
    assert expected == {path.name for path in tmp_path.iterdir()}
    assert len(expected) == 3 * len(list(specimens()))


def test_what_there_is_no_such_letter_of_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    """With the names of those that there are."""
    with pytest.raises(SystemExit) as ended:
        main(["nonsense"])

    assert 2 == ended.value.code
    shown = capsys.readouterr().err
    assert all(kind.value in shown for kind in Kind)


def test_a_folder_that_cannot_be_written_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """In a sentence, not in a traceback."""
    blocked = tmp_path / "file"
    blocked.write_text("")

    assert 1 == main(["red", "--out", str(blocked / "folder")])
    assert str(blocked) in capsys.readouterr().err
