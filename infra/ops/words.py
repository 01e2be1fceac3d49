"""What may stand on the command line: each returns what it means, or says why it means nothing."""

from __future__ import annotations

from argparse import ArgumentTypeError
from typing import Final
from urllib.parse import urlsplit

from infra.ops import letters

LONGEST: Final = 24 * 366
"""Hours for which a bank may be paused: whoever means for ever is to look again in a year."""


def name(text: str) -> str:
    """Return the name of something, which says at least something."""
    if not text.strip():
        raise ArgumentTypeError("it must not be empty")
    return text


def hours(text: str) -> float:
    """Return a time in hours: more than none, a year at most."""
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value <= LONGEST:  # nor is it so of what is no number
        raise ArgumentTypeError(f"{text} is no number of hours above 0, up to {LONGEST}")
    return value


def count(text: str) -> int:
    """Return how many messages at most."""
    value = int(text) if text.isdecimal() else 0
    if value < 1:
        raise ArgumentTypeError(f"{text} is no number of messages, 1 or more")
    return value


def age(text: str) -> int:
    """Return the seconds of an age."""
    try:
        return letters.seconds(text)
    except ValueError:
        raise ArgumentTypeError(f"{text} is no age such as 90s, 30m, 12h, 2d") from None


def address(text: str) -> str:
    """Return the address of an emulator."""
    try:
        parts = urlsplit(text)
        well = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
    except ValueError:
        well = False
    if not well:
        raise ArgumentTypeError(f"{text} is no address such as http://127.0.0.1:4566")
    return text
