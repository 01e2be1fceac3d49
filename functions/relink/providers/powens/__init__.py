"""Powens: the owner's own bank credentials, held and used by Powens, read by us with a token."""

from relink.providers.powens.adapter import Powens, build

__all__ = ["Powens", "build"]
