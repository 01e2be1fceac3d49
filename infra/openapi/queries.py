"""Parameters of queries, headers and paths."""

from __future__ import annotations

from typing import Any, Final

from reconnect.api import once
from reconnect.api.asking import CURSOR_LIMIT, MOST, USUAL
from reconnect.api.banks import TYPED_LIMIT
from reconnect.links.callback import TAKEN, WORDS
from relink.countries import COUNTRIES
from relink.disconnecting import Data


def _query(
    name: str, words: str, schema: dict[str, Any], *, needed: bool = False
) -> dict[str, Any]:
    told = {"name": name, "in": "query", "description": words, "schema": schema}
    return {**told, "required": True} if needed else told


def _header(name: str, words: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": "header", "description": words, "schema": schema}


LIMIT: Final = _query(
    "limit",
    "At most so many entries.",
    {"type": "integer", "minimum": 1, "maximum": MOST, "default": USUAL},
)
_DAY: Final = {"type": "string", "format": "date"}
CURSOR: Final = _query(
    "cursor",
    "The `next_cursor` of the page before; good for this very list only.",
    {"type": "string", "minLength": 1, "maxLength": CURSOR_LIMIT},
)
COUNTRY: Final = _query(
    "country",
    "ISO 3166-1 alpha-2.",
    {"type": "string", "enum": sorted(COUNTRIES)},
    needed=True,
)
TYPED: Final = _query(
    "q", "What the owner typed.", {"type": "string", "maxLength": TYPED_LIMIT, "default": ""}
)
DISCONNECTED: Final = _query(
    "disconnected",
    "Whether to list those that were given up, too.",
    {"type": "boolean", "default": False},
)
DATA: Final = _query(
    "data",
    "What becomes of accounts and movements.",
    {"type": "string", "enum": list(Data), "default": Data.KEEP.value},
)
ACCOUNT: Final = _query("account", "Only this account's.", {"type": "string", "minLength": 1})
FROM: Final = _query("from", "The first day, by booking date.", _DAY)
TO: Final = _query("to", "The last day, by booking date.", _DAY)
VERSION: Final = _query(
    "v", "The file's version: with it, it may be kept for ever.", {"type": "string"}
)
_BROUGHT: Final = {
    "state": "What the bank was given: whose it is.",
    "code": "What the bank gives, good once.",
    "connection_id": "What Powens calls what was made.",
    "error": "Why there is none (RFC 6749, section 4.1.2.1).",
    WORDS: "The same in words.",
}
BROUGHT: Final = tuple(
    _query(name, _BROUGHT[name], {"type": "string"}, needed=name == "state")
    for name in sorted(TAKEN)
)
"""What a bank sends an owner back with."""

IF_NONE_MATCH: Final = _header(
    "If-None-Match", "The tag of what is known already.", {"type": "string"}
)
IDEMPOTENCY_KEY: Final = _header(
    "Idempotency-Key",
    "A name of the caller's own for this request, such as a UUID. Sent again within a day, the"
    " request is not done again but answered as it was.",
    {"type": "string", "pattern": f"^(?:{once.KEY.pattern})$"},
)
ACCEPT_LANGUAGE: Final = _header(
    "Accept-Language",
    "English or Spanish, unless the caller's profile says which.",
    {"type": "string", "examples": ["es"]},
)
"""What every answer with texts heeds."""

ETAG: Final = {"description": "Changes with the body.", "schema": {"type": "string"}}
HEADERS: Final[dict[str, dict[str, Any]]] = {
    "Allow": {"description": "The methods that there are.", "schema": {"type": "string"}},
    "ETag": ETAG,
    "Idempotency-Replayed": {
        "description": "This was answered before.",
        "schema": {"type": "string", "enum": ["true"]},
    },
    "Location": {"description": "Where it is.", "schema": {"type": "string"}},
    "Retry-After": {
        "description": "Seconds after which it makes sense to try again.",
        "schema": {"type": "integer", "minimum": 1},
    },
}
