"""The part of browsers and their push services."""
