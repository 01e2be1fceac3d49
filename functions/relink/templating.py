"""Jinja templates of ours: one set-up for pages and letters, and compiled ahead in a package.

A folder `compiled` beside a folder `templates` holds its templates as Python modules: a process
then neither parses nor compiles them. `functions/Makefile` makes it by this module's `main`.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from relink.languages import DEFAULT, translation

if TYPE_CHECKING:
    from jinja2 import Environment

SOURCES = "templates"
COMPILED = "compiled"
_FORMS = {True: "escaped", False: "plain"}


def environment(folder: Path, language: str, *, escaped: bool) -> Environment:
    """Return the templates below `folder`, which speak that language.

    Escaped, whatever they are given is text in their HTML; else it stands as it is.
    """
    # Here, not above: most of what a function is called for needs no template.
    import jinja2  # noqa: PLC0415

    compiled = folder / COMPILED / _FORMS[escaped]
    found: Any = jinja2.Environment(
        loader=jinja2.ModuleLoader(compiled)
        if compiled.is_dir()
        else jinja2.FileSystemLoader(folder / SOURCES),
        autoescape=jinja2.select_autoescape((), default=escaped),
        undefined=jinja2.StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.policies["ext.i18n.trimmed"] = True
    found.install_gettext_translations(translation(language), newstyle=True)
    made: Environment = found
    return made


def names(folder: Path) -> list[str]:
    """Return the names of the templates below `folder`."""
    return sorted(file.name for file in (folder / SOURCES).iterdir())


def compile_ahead(folder: Path) -> None:
    """Compile the templates below `folder`: unescaped as well, unless all of them are HTML."""
    forms = [True] if all(".html." in name for name in names(folder)) else [True, False]
    for escaped in forms:
        templates = environment(folder, DEFAULT, escaped=escaped)
        into = folder / COMPILED / _FORMS[escaped]
        templates.compile_templates(into, zip=None, ignore_errors=False)


def main() -> None:
    """Compile the templates of the folders that are named, as far as they have any."""
    for folder in map(Path, sys.argv[1:]):
        if (folder / SOURCES).is_dir():
            compile_ahead(folder)


if __name__ == "__main__":
    main()
