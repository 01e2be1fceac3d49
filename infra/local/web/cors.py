"""Cross-origin requests as an HTTP API answers them: by its own configuration alone.

Source: "Configure CORS for HTTP APIs", API Gateway developer guide. A preflight is answered without
a function unless a route takes it, as `$default` takes every method; what a function says of CORS
is dropped.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from infra.local.web.loopback_server import Reply

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, Self

    from infra.local.web.loopback_server import Request

_OWN = "access-control-"


@dataclass(frozen=True, slots=True)
class Cors:
    """Which pages may call, how, and what they get to see of the answer."""

    origins: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()
    headers: tuple[str, ...] = ()
    exposed: tuple[str, ...] = ()
    max_age: int = 0

    @classmethod
    def of(cls, configuration: Mapping[str, Any]) -> Self:
        """Return what a template's `CorsConfiguration` says."""
        return cls(
            tuple(configuration.get("AllowOrigins", ())),
            tuple(configuration.get("AllowMethods", ())),
            tuple(configuration.get("AllowHeaders", ())),
            tuple(configuration.get("ExposeHeaders", ())),
            int(configuration.get("MaxAge", 0)),
        )

    def asked(self, request: Request) -> bool:
        """Tell whether a request is a preflight."""
        return request.method == "OPTIONS" and "access-control-request-method" in request.headers

    def preflight(self, request: Request, reply: Reply | None = None) -> Reply:
        """Return the answer to a preflight; `reply` is that of a function which a route led to."""
        kept = _others(reply) if reply else []
        answer = replace(reply or Reply(204), headers=kept)
        origin = request.headers.get("origin", "")
        if origin not in self.origins:
            return answer
        told = [
            ("access-control-allow-origin", origin),
            ("access-control-allow-methods", ",".join(self.methods)),
            ("access-control-allow-headers", ",".join(self.headers)),
            ("access-control-max-age", str(self.max_age)),
        ]
        return replace(answer, headers=[*kept, *told])

    def told(self, request: Request, reply: Reply) -> Reply:
        """Return an answer as a page of that origin gets to see it."""
        kept = _others(reply)
        origin = request.headers.get("origin", "")
        if origin in self.origins:
            kept.append(("access-control-allow-origin", origin))
            kept.append(("access-control-expose-headers", ",".join(self.exposed)))
        return replace(reply, headers=kept)


def _others(reply: Reply) -> list[tuple[str, str]]:
    return [(name, value) for name, value in reply.headers if not name.startswith(_OWN)]
