"""Enable Banking: PSD2 consents by redirect, and the accounts that they open."""

from relink.providers.enablebanking.adapter import EnableBanking, build

__all__ = ["EnableBanking", "build"]
