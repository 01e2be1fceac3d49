"""What a bank in the catalogue asks of its customer before he is sent to its page."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from relink.clock import DAY
from relink.provider import Field

if TYPE_CHECKING:
    from collections.abc import Iterable

    from relink.connection import Bank
    from relink.providers.enablebanking.messages import Aspsp, AuthMethod, Credential

PSU_TYPES = ("business", "personal")
UNSAID_VALIDITY = 90 * DAY
MARGIN = 300
"""A consent's last second is a little before the bank's limit: clocks and calls take time."""
PATTERN_LIMIT = 100
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,63}")
_RESERVED = frozenset({"form", "turn", "code", "state", "error", "error_description"})
_SECRET = re.compile(r"pass|pin\b|secret|otp|token|\btan\b", re.IGNORECASE)


def found(bank: Bank, catalogue: Iterable[Aspsp]) -> Aspsp | None:
    """Return a bank's entry: by its name, letter case aside if need be."""
    entries = [*catalogue]
    exact = (a for a in entries if a.name == bank.name)
    alike = (a for a in entries if a.name.casefold() == bank.name.casefold())
    return next(exact, None) or next(alike, None)


def psu_type(bank: Bank, entry: Aspsp | None, wanted: str) -> str:
    """Return as whom the owner logs in.

    A bank id that ends with `:personal` or `:business` says it; else it is what is wanted, unless
    the bank knows the other kind only.
    """
    suffix = bank.bank_id.rpartition(":")[2]
    if suffix in PSU_TYPES:
        return suffix
    offered = [t for t in (entry.psu_types if entry else ()) if t in PSU_TYPES]
    return wanted if wanted in offered or not offered else offered[0]


def valid_until(entry: Aspsp | None, now: int, most: int | None = None) -> int:
    """Return until when a consent is asked for: as long as the bank allows."""
    longest = entry.maximum_consent_validity if entry else None
    seconds = longest if longest and longest > 0 else UNSAID_VALIDITY
    seconds = min(seconds, most or seconds)
    return now + seconds - min(MARGIN, seconds // 2)


def method(entry: Aspsp | None, as_whom: str) -> AuthMethod | None:
    """Return the one way to log in that must know something first, if there is just one way.

    Where there are several, the hosted page lets the owner choose.
    """
    ways = [
        m
        for m in (entry.auth_methods if entry else ())
        if m.psu_type in {as_whom, ""} and not m.hidden_method
    ]
    if len(ways) != 1 or not ways[0].name or not ways[0].credentials:
        return None
    return ways[0] if ways[0].approach in {"REDIRECT", "DECOUPLED", ""} else None


def fields(way: AuthMethod | None) -> tuple[Field, ...]:
    """Return what has to be asked: names and numbers only.

    Passwords and codes are entered at the bank's page, or the aggregator's: a consent gives us
    none (directive (EU) 2015/2366, article 67). If one is required, nothing is asked.
    """
    required = [c for c in (way.credentials if way else None) or () if c.required]
    if not all(_harmless(c) for c in required):
        return ()
    return tuple(_field(c) for c in required)


def _harmless(credential: Credential) -> bool:
    named = bool(_NAME.fullmatch(credential.name)) and credential.name not in _RESERVED
    return named and not _SECRET.search(f"{credential.name} {credential.title}")


def _field(credential: Credential) -> Field:
    return Field(
        name=credential.name,
        label=credential.title or credential.name,
        pattern=_pattern(credential.template or ""),
        help=credential.description or "",
        max_length=128,
    )


def _pattern(template: str) -> str:
    """Return a bank's pattern if it is one of ours, too; it is Perl's, and checked there again."""
    if len(template) > PATTERN_LIMIT:
        return ""
    try:
        re.compile(template)
    except (re.error, RecursionError, OverflowError):
        return ""
    return template
