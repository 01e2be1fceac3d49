"""The ways to reach a bank, listed by hand; each is imported when it is first used."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final, cast

from relink.connection import Method

if TYPE_CHECKING:
    from collections.abc import Mapping

    from relink.provider import Provider
    from relink.webhooks import Gate

PROVIDERS: Final[dict[str, str]] = {
    "enablebanking": "relink.providers.enablebanking",
    "fints": "relink.providers.fints",
    "plaid": "relink.providers.plaid",
    "powens": "relink.providers.powens",
    "simplefin": "relink.providers.simplefin",
}

METHODS: Final[dict[str, frozenset[Method]]] = {
    "enablebanking": frozenset({Method.CONSENT}),
    "fints": frozenset({Method.DIRECT}),
    "plaid": frozenset({Method.CONSENT}),
    "powens": frozenset({Method.CONSENT, Method.DIRECT}),
    "simplefin": frozenset({Method.TOKEN}),
}
"""The ways in which each reaches a bank, whatever its list says."""

GATES: Final[dict[str, str]] = {
    "plaid": "relink.providers.plaid.gate",
    "powens": "relink.providers.powens.gate",
}
"""Of those who send webhooks; none of these loads an adapter."""


class UnknownProvider(Exception):
    """No adapter has this name."""


def load(name: str, environ: Mapping[str, str]) -> Provider:
    """Return the adapter of that name, set up from the environment. Raises `UnknownProvider`."""
    if name not in PROVIDERS:
        raise UnknownProvider(name)
    return cast("Provider", import_module(PROVIDERS[name]).build(environ))


def gate(name: str) -> Gate | None:
    """Return what can be a webhook of that provider, None if it sends none."""
    if name not in GATES:
        return None
    return cast("Gate", import_module(GATES[name]).GATE)
