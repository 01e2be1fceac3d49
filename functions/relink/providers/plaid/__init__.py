"""Plaid: the owner signs in on Plaid's own page (Hosted Link), we keep the token it leads to."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from relink.providers.plaid.adapter import Plaid


def build(environ: Mapping[str, str]) -> Plaid:
    """Return the adapter, set up from the environment (see `adapter`)."""
    from relink.providers.plaid import adapter  # noqa: PLC0415 - `gate` is used without it

    return adapter.build(environ)
