"""The files beside our pages: found by name, never by path, and addressed by what is in them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

_FOLDER = Path(__file__).with_name("static")
_TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".png": "image/png",
    ".svg": "image/svg+xml",
}


@dataclass(frozen=True, slots=True)
class StaticFile:
    """A file, its type, and the version by which a page asks for it. A picture is bytes."""

    content: str | bytes
    content_type: str
    version: str

    @property
    def tag(self) -> str:
        """Return its entity tag (RFC 9110, section 8.8.3)."""
        return f'"{self.version}"'


@cache
def static_files() -> dict[str, StaticFile]:
    """Return the files by name."""
    found = {}
    for path in sorted(_FOLDER.iterdir()):
        if path.suffix in _TYPES:
            content = path.read_bytes()
            version = hashlib.sha256(content).hexdigest()[:12]
            told = content if path.suffix == ".png" else content.decode()
            found[path.name] = StaticFile(told, _TYPES[path.suffix], version)
    return found
