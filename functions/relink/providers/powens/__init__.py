"""Powens: the owner's own bank credentials, held and used by Powens, read by us with a token."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from relink.providers.powens.adapter import Powens


def build(environ: Mapping[str, str]) -> Powens:
    """Return the adapter, set up from the environment (see `adapter`)."""
    from relink.providers.powens import adapter  # noqa: PLC0415 - `gate` is used without it

    return adapter.build(environ)
