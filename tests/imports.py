"""Which of our files import which, read without importing any."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from infra.sam.template import TEMPLATE

if TYPE_CHECKING:
    from pathlib import Path

ROOT = TEMPLATE.parent


@dataclass(frozen=True)
class Files:
    """Files of ours by the name that others import them as."""

    places: dict[str, Path]

    @classmethod
    def below(cls, *folders: str) -> Files:
        """Return all files in packages: those of functions, or those at the root."""
        found = {}
        for folder in folders:
            home = ROOT / folder
            for file in home.rglob("*.py"):
                parts = file.relative_to(home.parent).with_suffix("").parts
                found[".".join(parts).removesuffix(".__init__")] = file
        return cls(found)

    def imported(self, name: str, *, types: bool = True) -> set[str]:
        """Return those that one imports, at once or when needed, or as types."""
        found, waiting = set[str](), list[ast.AST]([ast.parse(self.places[name].read_text())])
        while waiting:
            node = waiting.pop()
            if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING" and not types:
                continue
            if isinstance(node, ast.Import):
                found |= {each.name for each in node.names}
            if isinstance(node, ast.ImportFrom) and node.module:
                named = {f"{node.module}.{each.name}" for each in node.names} & self.places.keys()
                found |= named or {node.module}
            waiting += ast.iter_child_nodes(node)
        return found & (self.places.keys() - {name})
