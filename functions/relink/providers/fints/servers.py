"""The banks whose FinTS servers are known: a setting, for there is no public list of them.

A JSON object of bank codes (BLZ) to what is known of each: its server's URL alone, or an object
with `url`, `name` and `bic`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from relink.connection import Bank, Method
from relink.offers import Offer

if TYPE_CHECKING:
    from collections.abc import Iterator

PROVIDER: Final = "fints"
COUNTRY: Final = "DE"


@dataclass(frozen=True, slots=True)
class Server:
    """A bank's server, and what the bank is called."""

    url: str
    name: str
    bic: str = ""


def read(setting: str) -> dict[str, Server]:
    """Return the servers by bank code. Raises `ValueError` if the setting is not what it should be.

    A bank without a name goes by its code.
    """
    told = json.loads(setting or "{}")
    if not isinstance(told, dict):
        raise ValueError("FINTS_SERVERS: an object of bank codes")  # noqa: TRY004 - as json raises
    return {code: _server(code, value) for code, value in told.items()}


def offers(servers: dict[str, Server]) -> Iterator[Offer]:
    """Yield each bank."""
    for code, server in servers.items():
        yield Offer(Bank(code, server.name, COUNTRY, PROVIDER, Method.DIRECT), "", server.bic)


def place(server: Server) -> str:
    """Return which server it is, however its address is spelt."""
    parts = urlsplit(server.url)
    return f"{(parts.hostname or '').rstrip('.')}:{parts.port or 443}{parts.path.rstrip('/')}"


def _server(code: str, value: Any) -> Server:
    known = value if isinstance(value, dict) else {"url": value}
    url, name, bic = known.get("url"), known.get("name") or f"BLZ {code}", known.get("bic") or ""
    if not all(isinstance(each, str) for each in (url, name, bic)):
        raise ValueError("FINTS_SERVERS: a URL, or url, name and bic of each bank")
    return Server(str(url), str(name), str(bic))
