"""Plaid: the owner signs in on Plaid's own page (Hosted Link), we keep the token it leads to."""

from relink.providers.plaid.adapter import Plaid, build

__all__ = ["Plaid", "build"]
