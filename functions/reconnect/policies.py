"""What browsers may do on our pages: their Content-Security-Policy (W3C, level 3).

A chat provider's script runs on the chat's own page only, and there in a sandbox: as if it came
from an origin of its own, it reaches no other page of ours, whether credentials are typed there or
a token is kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from relink.transit import safe

_SELF: Final = "'self'"
_SANDBOX: Final = ("allow-scripts", "allow-forms", "allow-popups", "allow-modals")


@dataclass(frozen=True, slots=True)
class Policy:
    """The origins, besides our own, that a page runs scripts of and talks to."""

    scripts: tuple[str, ...] = ()
    talks_to: tuple[str, ...] = ()
    frames: tuple[str, ...] = ()
    worker: bool = False
    apart: bool = False
    """Whether the page counts as another origin than ours (HTML standard, sandboxing)."""

    def __str__(self) -> str:
        """Return the header's value."""
        rules = {
            "default-src": ("'none'",),
            "script-src": (_SELF, *self.scripts),
            "style-src": (_SELF,),
            "img-src": (_SELF, "data:", *self.scripts),
            "connect-src": (_SELF, *self.talks_to),
            **({"frame-src": self.frames} if self.frames else {}),
            **({"worker-src": (_SELF,)} if self.worker else {}),
            "form-action": (_SELF,),
            "base-uri": ("'none'",),
            "frame-ancestors": ("'none'",),
            **({"sandbox": _SANDBOX} if self.apart else {}),
        }
        return "; ".join(f"{rule} {' '.join(values)}" for rule, values in rules.items())

    def with_chat(self, script: str) -> Policy:
        """Return it with what a chat's script needs, if there is one, and apart from our pages."""
        there = origin(script)
        if not there:
            return self
        live = there.replace("https:", "wss:", 1).replace("http:", "ws:", 1)
        return Policy(
            (*self.scripts, there),
            (*self.talks_to, there, live),
            (*self.frames, there),
            worker=self.worker,
            apart=True,
        )


OURS: Final = str(Policy())
"""Of every page that is not said to have another."""


def origin(address: str) -> str:
    """Return the origin of an address that a page may name, else nothing.

    Only HTTPS counts, but on a developer's own machine; what could end a rule is no address.
    """
    try:
        parts = urlsplit(address)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return ""
    plain = host.replace("-", "").replace(".", "").isalnum() and host.isascii()
    if not safe(address) or not plain:
        return ""
    return f"{parts.scheme}://{host}{f':{port}' if port else ''}"
