"""What operators do by hand, from a terminal: `python -m infra.ops`."""
