"""What is packaged for each function: all that its code imports, and from the public index."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from typing import TYPE_CHECKING

import pytest

from infra.sam.template import TEMPLATE
from relink.providers import PROVIDERS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ROOT = TEMPLATE.parent
FUNCTIONS = ROOT / "functions"
LOCK = (ROOT / "uv.lock").read_text()
GROUPS = tomllib.loads((ROOT / "pyproject.toml").read_text())["dependency-groups"]
RUNTIME = {"boto3", "botocore", "snapshot-restore-py"}  # brought by Lambda itself
PACKAGES = {
    "dispatch": "sync/start_dispatch.py",
    "sync": "sync/**/*.py",
    "notify": "notify/**/*.py",
    "reconnect": "reconnect/**/*.py",
}
"""By dependency group: where what its function imports begins."""


def imported(tree: ast.AST, *, when_needed: bool = True) -> Iterator[str]:
    """Yield the modules that a file imports, at its top or when needed, but not for types only."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            continue
        if isinstance(node, ast.FunctionDef) and not when_needed:
            continue
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{name.name}" for name in node.names)
        else:
            yield from imported(node, when_needed=when_needed)


def files_of(module: str) -> list[Path]:
    """Return the files of ours that a module's name stands for; the listed adapters, too."""
    path = FUNCTIONS.joinpath(*module.split("."))
    if module == "relink.providers":
        return [f for adapter in PROVIDERS.values() for f in files_of(adapter)]
    return [f for f in (path.with_suffix(".py"), path / "__init__.py") if f.is_file()]


def foreign_imports(group: str) -> set[str]:
    """Return the top-level modules, not ours nor Python's, that a function may come to import.

    Only the worker calls banks: of the adapters, the others import no more than their tops.
    """
    waiting, seen, foreign = list(FUNCTIONS.glob(PACKAGES[group])), set[str](), set[str]()
    if group == "sync":
        waiting += (FUNCTIONS / "relink" / "providers").rglob("*.py")
    while waiting:
        file = waiting.pop()
        needed = group == "sync" or "providers" not in file.parts
        for module in imported(ast.parse(file.read_text()), when_needed=needed):
            if module not in seen:
                seen.add(module)
                waiting += files_of(module)
                foreign.add(module.split(".")[0])
    return foreign - set(sys.stdlib_module_names) - {"relink", PACKAGES[group].split("/")[0]}


@pytest.mark.parametrize("group", PACKAGES)
def test_a_package_declares_what_its_code_imports(group: str) -> None:
    """Not less, or it breaks when deployed; not more, or it starts slower."""
    declared = {re.split(r"[<>=\[]", requirement)[0] for requirement in GROUPS[group]}
    names = packages_distributions()
    needed = {names[module][0].lower().replace("_", "-") for module in foreign_imports(group)}

    assert declared - {"tzdata"} == needed - RUNTIME


def test_lock_file_names_the_public_index_only() -> None:
    """A mirror's or a machine's address would tie everybody to it."""
    hosts = set(re.findall(r"https?://([^/\"]+)", LOCK))

    assert hosts == {"pypi.org", "files.pythonhosted.org"}
    assert not re.search(r'path = "|file://', LOCK)


def test_whatever_is_installed_is_locked_with_its_hash() -> None:
    """A package is built with `--require-hashes`, for each function, and from one lock."""
    makefile = (FUNCTIONS / "Makefile").read_text()

    assert "--frozen" in makefile
    assert "--require-hashes" in makefile
    assert "--only-binary :all:" in makefile
