"""Act on what providers tell unasked."""
