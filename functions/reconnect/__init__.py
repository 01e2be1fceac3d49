"""Serve the reconnect pages and the owner's API."""
