"""The push services that browsers may name: where we let ourselves be sent.

An endpoint comes from a browser, so it could name any host, one inside our network, too. It is
compared with the allowed origins when it is stored, and again whenever something is sent there.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

ENDPOINT_LIMIT: Final = 2048
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
# So narrow that no two readers of URLs see two hosts in it: no user, no backslash, no fragment.
_ENDPOINT = re.compile(
    rf"(https?://{_LABEL}(?:\.{_LABEL})*(?::[1-9][0-9]{{0,4}})?)/[A-Za-z0-9._~!$&'()*+,;=:@%/?-]*"
)
_ORIGIN = re.compile(rf"(https?://)(\*\.)?({_LABEL}(?:\.{_LABEL})+|localhost)(:[1-9][0-9]{{0,4}})?")


@dataclass(frozen=True, slots=True)
class PushServices:
    """The allowed origins; one that begins with `*.` stands for each single label there."""

    origins: tuple[re.Pattern[str], ...]

    @classmethod
    def parse(cls, listed: str) -> PushServices:
        """Return the services of a comma-separated list. Raises `ValueError` for any other."""
        return cls(tuple(_pattern(o.strip()) for o in listed.split(",") if o.strip()))

    def allow(self, endpoint: str) -> bool:
        """Tell whether an endpoint is at one of these services."""
        origin = origin_of(endpoint)
        return bool(origin) and any(allowed.fullmatch(origin) for allowed in self.origins)


def origin_of(endpoint: str) -> str:
    """Return an endpoint's origin (RFC 6454, section 6.2), or an empty text if it is none."""
    if len(endpoint) > ENDPOINT_LIMIT:
        return ""
    found = _ENDPOINT.fullmatch(endpoint)
    return found[1] if found else ""


def _pattern(origin: str) -> re.Pattern[str]:
    found = _ORIGIN.fullmatch(origin)
    if found is None:
        msg = f"no origin of a push service: {origin}"
        raise ValueError(msg)
    scheme, wildcard, host, port = found.groups()
    any_label = rf"{_LABEL}\." if wildcard else ""
    return re.compile(f"{scheme}{any_label}{re.escape(host)}{re.escape(port or '')}")
