"""Lists that a client may keep: told again only if they say something else (RFC 9110, 13.1.2)."""

from __future__ import annotations

import base64
import hashlib
import re
from typing import TYPE_CHECKING, Any, Final

from aws_lambda_powertools.event_handler import Response

from reconnect import answers

if TYPE_CHECKING:
    from reconnect.visit import Visit

_TAG: Final = re.compile(r'(?:W/)?("[^"]*")')
_KEPT: Final = {"Cache-Control": "private, no-cache", "Vary": "Authorization, Accept-Language"}


def kept(visit: Visit, value: Any) -> Response[str]:
    """Return JSON with its tag; nothing but the tag to whoever has the same already."""
    answer = answers.document(value)
    digest = hashlib.sha256(str(answer.body).encode()).digest()
    tag = f'"{base64.urlsafe_b64encode(digest[:15]).decode()}"'
    answer.headers |= {**_KEPT, "ETag": tag}
    asked = visit.headers.get("if-none-match", "")
    if asked.strip() == "*" or tag in _TAG.findall(asked):
        return Response(304, None, "", answer.headers)
    return answer
