"""A request, a reply and the table between them: what a protocol module sees of HTTP."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from email.message import Message
from enum import Enum
from http import HTTPStatus
from typing import Any, Self
from urllib.parse import parse_qs, unquote

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
"""What this machine calls itself."""


class Delivery(Enum):
    """How the bytes of a reply reach, or fail to reach, the client."""

    WHOLE = "whole"
    RESET = "reset"  # the connection is reset before the first byte
    HANG_UP = "hang-up"  # the connection is closed in order, without an answer
    CUT = "cut"  # closed after half of the announced body
    TRICKLE = "trickle"  # a few bytes at a time, so that no single read times out


class BadRequestError(Exception):
    """Tell the client that it sent something that this service does not take."""


@dataclass(frozen=True)
class Request:
    """What a client asked."""

    method: str
    path: str
    query: Mapping[str, list[str]] = field(default_factory=dict)
    headers: Message = field(default_factory=Message)
    body: bytes = b""
    base: str = ""  # scheme, host and port under which this process is reached

    def first(self, name: str) -> str | None:
        """Return the first value of a query parameter; an empty value counts as one."""
        return next(iter(self.query.get(name, [])), None)

    def form(self) -> dict[str, str]:
        """Return the fields of a posted HTML form."""
        fields = parse_qs(self.body.decode("utf-8", "replace"), keep_blank_values=True)
        return {name: values[0] for name, values in fields.items()}

    def json(self) -> dict[str, Any]:
        """Return the JSON object in the body, `{}` for no body; else `BadRequestError`."""
        if not self.body:
            return {}
        try:
            value = json.loads(self.body)
        except ValueError as error:
            raise BadRequestError(f"not JSON: {error}") from error
        if not isinstance(value, dict):
            raise BadRequestError("a JSON object is expected")
        return value


@dataclass(frozen=True)
class Reply:
    """What the client gets."""

    status: int
    body: bytes = b""
    content_type: str = "text/plain; charset=utf-8"
    headers: tuple[tuple[str, str], ...] = ()
    delivery: Delivery = Delivery.WHOLE
    seconds: float = 0.0  # before the first byte, or over the whole body of a trickle

    @classmethod
    def of_json(cls, value: object, status: int = HTTPStatus.OK) -> Self:
        """Make a JSON reply."""
        body = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
        return cls(status, body, "application/json; charset=utf-8")

    @classmethod
    def of_text(cls, text: str, status: int = HTTPStatus.OK) -> Self:
        """Make a plain text reply."""
        return cls(status, text.encode())

    @classmethod
    def of_html(cls, text: str, status: int = HTTPStatus.OK) -> Self:
        """Make an HTML reply."""
        return cls(status, text.encode(), "text/html; charset=utf-8")

    def but(self, **changes: Any) -> Self:
        """Return the same reply with other fields."""
        return replace(self, **changes)


Handler = Callable[[Request, dict[str, str]], Reply]


class Routes:
    """The table of a service: method and path template to handler.

    `{name}` in a template stands for one path segment, handed to the handler percent-decoded.
    """

    def __init__(self, routes: Iterable[tuple[str, str, Handler]]) -> None:
        self._routes = [(method, _compile(template), call) for method, template, call in routes]

    def answer(self, request: Request) -> Reply:
        """Call the handler; 404 for an unknown path, 405 for a known one with another method."""
        allowed = []
        for method, pattern, handler in self._routes:
            match = pattern.fullmatch(request.path)
            if match and method == request.method:
                return handler(request, {k: unquote(v) for k, v in match.groupdict().items()})
            if match:
                allowed.append(method)
        if allowed:
            reply = Reply.of_text("Method Not Allowed", HTTPStatus.METHOD_NOT_ALLOWED)
            return reply.but(headers=(("Allow", ", ".join(sorted(set(allowed)))),))
        return Reply.of_text("Not Found", HTTPStatus.NOT_FOUND)


def _compile(template: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(template)))
