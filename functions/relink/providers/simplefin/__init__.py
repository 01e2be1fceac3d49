"""SimpleFIN: a pasted setup token, exchanged once for an access URL that reads many banks."""

from relink.providers.simplefin.adapter import SimpleFin, build

__all__ = ["SimpleFin", "build"]
