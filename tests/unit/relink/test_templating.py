"""Templates as a package holds them: compiled ahead, and saying the same."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import notify
import reconnect
from relink import templating

if TYPE_CHECKING:
    from types import ModuleType

GREETING = "{%- if bank -%}{% trans %}Hello <b>{{ bank }}</b>{% endtrans %}{%- endif %}\n"


def folder_with(tmp_path: Path, **templates: str) -> Path:
    """Return a folder that has these templates."""
    (tmp_path / templating.SOURCES).mkdir()
    for name, text in templates.items():
        (tmp_path / templating.SOURCES / name).write_text(text)
    return tmp_path


@pytest.mark.parametrize("escaped", [False, True])
@pytest.mark.parametrize("language", ["en", "es"])
def test_compiled_templates_say_what_their_sources_say(
    tmp_path: Path, language: str, *, escaped: bool
) -> None:
    """Escaped or as it stands, in every language, without the sources."""
    folder = folder_with(tmp_path, **{"greeting.j2": GREETING})

    def said() -> str:
        template = templating.environment(folder, language, escaped=escaped)
        return template.get_template("greeting.j2").render(bank="A & B")

    before = said()
    templating.compile_ahead(folder)
    shutil.rmtree(folder / templating.SOURCES)

    assert f"Hello <b>A {'&amp;' if escaped else '&'} B</b>" == before == said()


@pytest.mark.parametrize("function", [notify, reconnect])
def test_all_templates_can_be_compiled_ahead(tmp_path: Path, function: ModuleType) -> None:
    """One that cannot be would only fail when it is first needed, or fail the build."""
    home = Path(function.__path__[0])
    shutil.copytree(home / templating.SOURCES, tmp_path / templating.SOURCES)
    templating.compile_ahead(tmp_path)
    compiled = templating.environment(tmp_path, "en", escaped=True)

    for name in templating.names(home):
        assert compiled.get_template(name).name == name


def test_pages_are_compiled_in_one_form_only(tmp_path: Path) -> None:
    """Nothing that is only ever HTML is kept unescaped."""
    templating.compile_ahead(folder_with(tmp_path, **{"page.html.j2": GREETING}))

    assert ["escaped"] == [form.name for form in (tmp_path / templating.COMPILED).iterdir()]
