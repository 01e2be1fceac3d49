"""FinTS 3.0 (HBCI PIN/TAN): the owner's own online banking login, at the bank's own server."""

from relink.providers.fints.adapter import FinTs, build

__all__ = ["FinTs", "build"]
