"""The template's HTTP API on a loopback port."""

from __future__ import annotations

import json
import threading
import time
from http import HTTPStatus
from typing import TYPE_CHECKING

from infra.local.web.authorizer import JwtAuthorizer, UnauthorizedError
from infra.local.web.cors import Cors
from infra.local.web.http_event import problem, to_event, to_reply
from infra.local.web.loopback_server import LoopbackServer, Reply, Request

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from infra.local.functions.warm_function import WarmFunction
    from infra.local.web.routes import RouteTable

LARGEST_EVENT = 6 * 1024 * 1024
"""What Lambda takes in one synchronous invocation."""


class HttpApi:
    """Routes requests to functions; listens at once, answers after `open`."""

    def __init__(self, port: int, now: Callable[[], float], access_log: Path) -> None:
        self._now = now
        self._access_log = access_log
        self._lock = threading.Lock()
        self._routes: RouteTable
        self._authorizers: Mapping[str, JwtAuthorizer] = {}
        self._functions: Mapping[str, WarmFunction] = {}
        self._cors = Cors()
        self._server = LoopbackServer(self._answer, port)
        self.url = self._server.url

    def open(
        self,
        routes: RouteTable,
        authorizers: Mapping[str, JwtAuthorizer],
        functions: Mapping[str, WarmFunction],
        cors: Cors | None = None,
    ) -> None:
        """Begin to answer."""
        self._cors = cors or self._cors
        self._routes, self._authorizers, self._functions = routes, authorizers, functions
        self._server.start()

    def close(self) -> None:
        """Stop listening."""
        self._server.close()

    def _answer(self, request: Request) -> Reply:
        if not self._cors.asked(request):
            return self._cors.told(request, self._routed(request))
        taken = self._routes.find(request.method, request.path) is not None
        return self._cors.preflight(request, self._routed(request) if taken else None)

    def _routed(self, request: Request) -> Reply:
        began = time.perf_counter()
        found = self._routes.find(request.method, request.path)
        if found is None:
            route, reply = None, problem(HTTPStatus.NOT_FOUND, "Not Found")
        else:
            route, parameters = found
            try:
                authorizer = self._authorizers[route.authorizer] if route.authorizer else None
                claims = authorizer.claims(request.headers) if authorizer else None
                event = to_event(request, route, parameters, claims, self._now())
                reply = self._invoke(route.function, event)
            except UnauthorizedError:
                unauthorized = problem(HTTPStatus.UNAUTHORIZED, "Unauthorized")
                unauthorized.headers.append(("www-authenticate", "Bearer"))
                reply = unauthorized
        self._note(route.key if route else "-", reply.status, time.perf_counter() - began)
        return reply

    def _invoke(self, function: str, event: dict[str, object]) -> Reply:
        if len(json.dumps(event)) > LARGEST_EVENT:
            return problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "Request Entity Too Large")
        outcome = self._functions[function].invoke(event)
        if not outcome.failed:
            try:
                return to_reply(outcome.result)
            except ValueError:
                pass
        return problem(HTTPStatus.INTERNAL_SERVER_ERROR, "Internal Server Error")

    def _note(self, route: str, status: int, seconds: float) -> None:
        """Write a line without path and query, which may hold a token."""
        line = {"route": route, "status": status, "milliseconds": round(seconds * 1000)}
        with self._lock, self._access_log.open("a") as log:
            print(json.dumps(line), file=log)
