"""The routes of template.yaml, as callers know them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from infra.sam.template import load
from infra.sam.triggers import DEFAULT_ROUTE, Route

if TYPE_CHECKING:
    from infra.sam.template import Template

JOINED = ("GET", "HEAD")
"""What a route that takes any method stands for; the function refuses the others."""


def deployed(template: Template | None = None) -> list[Route]:
    """Return the routes of all functions, each with its own method; `$default` takes any."""
    template = template or load()
    return [
        replace(route, method=method)
        for function in template.functions().values()
        for route in function.routes
        for method in (JOINED if joined(route) else (route.method,))
    ]


def joined(route: Route) -> bool:
    """Tell whether a route stands for several."""
    return route.method == "ANY" and route.path != DEFAULT_ROUTE
