"""How requests are read: strictly."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from infra.simulators.exchange import BadRequestError, Request
from infra.simulators.powens.refusals import RefusedError

if TYPE_CHECKING:
    from infra.simulators.powens.settings import Settings

MOST = 1_000
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_MOVEMENTS = {"limit", "offset", "last_update", "all", "filter", "min_date", "max_date"}


def content(request: Request) -> dict[str, Any]:
    """Return the JSON object of a request. Raises `RefusedError`."""
    kind = (request.headers.get("Content-Type") or "").partition(";")[0].strip()
    if kind != "application/json":
        raise RefusedError("invalidValue", "Content-Type must be application/json")
    try:
        return request.json()
    except BadRequestError as error:
        raise RefusedError("invalidValue", "not JSON") from error


def allow(request: Request, *names: str) -> None:
    """Refuse a query with other names in it. Raises `RefusedError`."""
    unknown = sorted(request.query.keys() - set(names))
    if unknown:
        raise RefusedError("invalidValue", f"unknown parameters: {', '.join(unknown)}")


def expanded(request: Request) -> frozenset[str]:
    """Return what a request wants to have expanded."""
    return frozenset((request.first("expand") or "").split(","))


def movements(request: Request) -> dict[str, Any]:
    """Return what a request for movements asks for. Raises `RefusedError`."""
    allow(request, *_MOVEMENTS)
    limit = request.first("limit")
    if limit is None:
        raise RefusedError("missingParameter", "limit is mandatory")
    if not limit.isdigit() or not 0 < int(limit) <= MOST:
        raise RefusedError("invalidValue", f"limit is 1 to {MOST}")
    offset, since = request.first("offset") or "0", request.first("last_update")
    first, last = request.first("min_date"), request.first("max_date")
    if not offset.isdigit():
        raise RefusedError("invalidValue", "offset")
    if since is not None and not _MOMENT.fullmatch(since):
        raise RefusedError("invalidValue", "last_update")
    if any(each is not None and not _DAY.fullmatch(each) for each in (first, last)):
        raise RefusedError("invalidValue", "a date")
    if (first or last) and request.first("filter") != "date":
        raise RefusedError("invalidValue", "filter is date")
    asked = {"since": since, "first": first, "last": last, "all": "all" in request.query}
    return {"limit": int(limit), "offset": int(offset), **asked}


def way_back(request: Request, settings: Settings) -> tuple[str, str]:
    """Return where a page leads back to, and the state to bring there. Raises `RefusedError`."""
    if request.first("client_id") != settings.client_id:
        raise RefusedError("invalid_client", "unknown client")
    back = request.first("redirect_uri") or ""
    parts = urlsplit(back)
    if not parts.scheme or not parts.netloc or parts.query or parts.fragment:
        raise RefusedError("invalidValue", "redirect_uri")
    if settings.redirect_uris and back not in settings.redirect_uris:
        raise RefusedError("invalidValue", "redirect_uri is not one of the client's")
    return back, request.first("state") or ""
