"""Find the route of a request as an HTTP API does: the most specific one wins."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote

from infra.sam.triggers import DEFAULT_ROUTE

if TYPE_CHECKING:
    from collections.abc import Iterable

_VARIABLE = re.compile(r"\{([^}+]+)(\+?)\}")


@dataclass(frozen=True)
class ApiRoute:
    """A method and a path pattern that lead to a function."""

    method: str
    path: str
    function: str
    authorizer: str | None = None

    @property
    def key(self) -> str:
        """Return the route key as events carry it."""
        return self.path if self.path == DEFAULT_ROUTE else f"{self.method} {self.path}"

    def match(self, method: str, segments: list[str]) -> dict[str, str] | None:
        """Return the path parameters, or None if the request is not for this route."""
        if self.method not in {"ANY", method}:
            return None
        parameters: dict[str, str] = {}
        pattern = self.path.strip("/").split("/")
        for position, part in enumerate(pattern):
            if position >= len(segments):
                return None
            variable = _VARIABLE.fullmatch(part)
            if variable is None:
                if part != segments[position]:
                    return None
                continue
            name, greedy = variable.groups()
            if not segments[position]:
                return None
            if greedy:
                return {**parameters, name: "/".join(segments[position:])}
            parameters[name] = segments[position]
        return parameters if len(pattern) == len(segments) else None

    def rank(self) -> tuple[list[int], bool]:
        """Return what sorts routes from the most specific to the least."""
        ranks = []
        for part in self.path.strip("/").split("/"):
            variable = _VARIABLE.fullmatch(part)
            ranks.append(0 if variable is None else 2 if variable.group(2) else 1)
        return ranks, self.method == "ANY"


class RouteTable:
    """The routes of one API."""

    def __init__(self, routes: Iterable[ApiRoute]) -> None:
        all_routes = list(routes)
        self.routes = sorted((r for r in all_routes if r.path != DEFAULT_ROUTE), key=ApiRoute.rank)
        self._otherwise = next((r for r in all_routes if r.path == DEFAULT_ROUTE), None)

    def find(self, method: str, raw_path: str) -> tuple[ApiRoute, dict[str, str]] | None:
        """Return the route of a request with its decoded path parameters."""
        segments = [unquote(part) for part in raw_path.removeprefix("/").split("/")]
        for route in self.routes:
            parameters = route.match(method, segments)
            if parameters is not None:
                return route, parameters
        return (self._otherwise, {}) if self._otherwise else None
