"""Answers as people read them: a line a fact, indented by what it belongs to."""

from __future__ import annotations

from typing import Any


def plain(value: Any, depth: int = 0) -> str:
    """Return an answer as lines of text."""
    pad = "  " * depth
    if isinstance(value, dict):
        return "\n".join(_named(str(name), held, depth) for name, held in value.items())
    if isinstance(value, list):
        return "\n".join(_listed(held, depth) for held in value) or f"{pad}none"
    return f"{pad}{_word(value)}"


def _named(name: str, value: Any, depth: int) -> str:
    pad, label = "  " * depth, name.replace("_", " ")
    if isinstance(value, (dict, list)) and value:
        return f"{pad}{label}:\n{plain(value, depth + 1)}"
    return f"{pad}{label}: {_word(value)}"


def _listed(value: Any, depth: int) -> str:
    pad = "  " * depth
    if not isinstance(value, (dict, list)) or not value:
        return f"{pad}- {_word(value)}"
    first, *rest = plain(value, depth + 1).split("\n")
    return "\n".join([f"{pad}- {first.lstrip()}", *rest])


def _word(value: Any) -> str:
    if value is None or value in ([], {}):
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)
