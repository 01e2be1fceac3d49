"""Answers as they are kept: without the links in them, which open a page by themselves."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

from reconnect import answers
from relink import links
from relink.links import Link
from relink.signing import InvalidToken

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aws_lambda_powertools.event_handler import Response

    from relink.signing import KeyRing

_LINK: Final = re.compile(r"(.*/reconnect/)([\w-]+\.[\w-]+\.[\w-]+)(/status)?")
LOCATION: Final = "Location"


def without_links(answer: Response[str], keys: KeyRing) -> dict[str, Any]:
    """Return what is kept of an answer: its links taken apart into what they say."""
    told = json.loads(answer.body or "{}")
    location = answer.headers.get(LOCATION)
    texts = {**told, LOCATION: location} if location else told
    parts = {name: _taken_apart(text, keys) for name, text in texts.items()}
    found = {name: part for name, part in parts.items() if part}
    return {
        "status": answer.status_code,
        "told": {name: None if name in found else value for name, value in told.items()},
        "location": None if LOCATION in found else location,
        "links": found,
    }


def restored(kept: Mapping[str, Any], keys: KeyRing) -> Response[str]:
    """Return the answer that was kept, its links signed anew for as long as they were good."""
    made = {name: _put_together(part, keys) for name, part in kept["links"].items()}
    location = made.pop(LOCATION, kept["location"])
    headers = {LOCATION: location} if location else {}
    told = {**kept["told"], **made}
    return answers.document(told, kept["status"], {**headers, "Idempotency-Replayed": "true"})


def _taken_apart(text: Any, keys: KeyRing) -> dict[str, Any] | None:
    found = _LINK.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        return None
    base, token, rest = found.groups()
    try:
        link = links.read(token, keys.keys_for(token))
    except InvalidToken:
        return None
    facts = [link.connection_id, link.red_since, link.credentials_version, link.expires_at]
    return {"base": base, "link": facts, "rest": rest or ""}


def _put_together(part: Mapping[str, Any], keys: KeyRing) -> str:
    return f"{part['base']}{links.issue(Link(*part['link']), keys.keys())}{part['rest']}"
