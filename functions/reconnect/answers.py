"""What goes back: pages, JSON and problem documents, each with the headers that keep it safe."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from aws_lambda_powertools.event_handler import Response

from reconnect.policies import OURS
from reconnect.static_files import static_files

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aws_lambda_powertools.shared.cookies import Cookie

_COMMON: Final = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "Strict-Transport-Security": "max-age=63072000",
    "X-Content-Type-Options": "nosniff",
}
_PAGE: Final = {
    **_COMMON,
    "Content-Security-Policy": OURS,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": (
        "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()"
    ),
    "X-Robots-Tag": "noindex, nofollow",
}
_DATA: Final = {**_COMMON, "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'"}
_FOREVER = "public, max-age=31536000, immutable"

PROBLEMS: Final[dict[str, tuple[int, str]]] = {
    "malformed": (400, "The request could not be read."),
    "forbidden": (403, "The access token does not say who calls and for which workspace."),
    "another-browser": (403, "Only the browser that began may bring the first consent."),
    "foreign-origin": (403, "A browser says that another site sent this."),
    "not-found": (404, "There is no such thing here."),
    "method": (405, "There is such a thing here, but not for this method."),
    "too-large": (413, "The body is larger than this route takes."),
    "unsupported-media-type": (415, "The body is not of the type that this route takes."),
    "invalid": (422, "The body does not say what this route needs."),
    "key-reused": (422, "This Idempotency-Key was sent with another request."),
    "in-flight": (409, "The request with this Idempotency-Key is still being answered."),
    "link-over": (410, "The link is no longer good for anything."),
    "conflict": (409, "Somebody else changed it at the same time. Try again."),
    "needs-owner": (409, "The bank needs its owner: reconnect it first."),
    "unsettled": (409, "Syncs of it have broken off. Reconnect it, or have an operator look."),
    "not-connected": (409, "The bank is not connected."),
    "attempt-under-way": (409, "Somebody is reconnecting it, or fetching all it has, just now."),
    "too-soon": (429, "The bank has been asked only a moment ago."),
    "paused": (429, "The bank has been tried too often today. It is left alone for a while."),
    "rate-limited": (429, "The bank allows no more requests for now."),
    "not-dismissible": (409, "This notification goes when its cause goes, not before."),
    "internal": (500, "That is a fault of ours, and we have been told of it."),
    "unavailable": (503, "Something that we depend on is not answering. Try again shortly."),
}
"""Problem types by the last part of their URI: HTTP status and title."""


def page(status: int, html: str, headers: Mapping[str, str] | None = None) -> Response[str]:
    """Return a page."""
    return Response(status, "text/html; charset=utf-8", html, {**_PAGE, **(headers or {})})


def see_other(location: str, cookie: Cookie | None = None) -> Response[str]:
    """Send the browser on with a GET, so that reloading submits nothing again."""
    cookies = [cookie] if cookie else None
    return Response(303, None, "", {**_PAGE, "Location": location}, cookies)


def document(
    value: Any,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    content_type: str = "application/json",
) -> Response[str]:
    """Return JSON."""
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    return Response(status, content_type, text, {**_DATA, **(headers or {})})


def done() -> Response[str]:
    """Return that it is done, and nothing more."""
    return Response(204, None, "", _COMMON)


def problem(
    kind: str,
    errors: Sequence[Mapping[str, str]] = (),
    *,
    wait: int | None = None,
    members: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response[str]:
    """Return a problem document (RFC 9457) of a kind in `PROBLEMS`.

    `wait` is after how many seconds to try again; `members` are what this kind tells besides.
    """
    status, title = PROBLEMS[kind]
    told: dict[str, Any] = {"type": f"urn:relink:problem:{kind}", "title": title, "status": status}
    if errors:
        told["errors"] = list(errors)
    told |= members or {}
    later = retry_after(kind) if wait is None else {"Retry-After": str(max(wait, 1))}
    return document(told, status, {**later, **(headers or {})}, "application/problem+json")


def retry_after(kind: str) -> dict[str, str]:
    """Return the header that says when trying again makes sense."""
    return {"Retry-After": "5"} if kind in {"conflict", "unavailable"} else {}


def static(
    name: str, version: str, known: str = "", more: Mapping[str, str] | None = None
) -> Response[Any]:
    """Return a file beside our pages; for ever if it is asked for by its version.

    `known` is what the browser says that it has (`If-None-Match`): it is not sent that again.
    """
    found = static_files().get(name)
    if found is None:
        return problem("not-found")
    kept = _FOREVER if version == found.version else "no-cache"
    headers = {**_COMMON, "Cache-Control": kept, "ETag": found.tag, **(more or {})}
    if found.tag in known:
        return Response(304, None, "", headers)
    return Response(200, found.content_type, found.content, headers)
