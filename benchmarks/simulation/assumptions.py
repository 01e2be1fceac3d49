"""What the simulated world is like. Ours are the numbers; the decisions are the product's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from relink.clock import DAY, HOUR

YEAR: Final = 365 * DAY
BEGIN: Final = 1_767_571_200
"""Monday 2026-01-05 00:00 UTC."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assumptions:
    """How many, for how long, and how often what goes wrong.

    Rates are per connection (bank, provider) and year where nothing else is said; durations are
    the medians of log-normal distributions in seconds.
    """

    connections: int = 100_000
    days: int = 180
    seed: int = 20_260_105
    banks: int = 400

    bank_outages: float = 14.0
    """Of one bank; a tenth are planned ones in the night."""
    bank_outage: float = 45 * 60
    family_outages: float = 3.0
    """Of a data centre that a dozen banks share."""
    family_outage: float = 2 * HOUR
    provider_outages: float = 8.0
    provider_outage: float = 1.2 * HOUR
    longest_outage: int = 3 * DAY
    partial_outages: float = 0.3
    """Share of outages in which only six calls in ten fail."""

    long_consents: float = 0.7
    """Share of consents that last 180 days; the others last 90."""
    password_changes: float = 0.9
    revocations: float = 0.06
    actions_at_bank: float = 0.25
    locked_by_others: float = 0.03
    """Accesses that their owner locks by himself, at the bank's own site."""
    hiccup: float = 0.006
    """Share of calls that fail for a passing reason of this one connection."""

    reacting: float = 0.92
    """Share of owners who ever do what a mail asks for."""
    acts_on: tuple[float, float, float] = (0.7, 0.5, 0.4)
    """Share of the first mails, reminders and last reminders that are acted on."""
    renews_on: float = 0.45
    """Share of the warnings of a consent's end that are acted on."""
    reaction: float = 4 * HOUR
    reaction_spread: float = 1.6
    visits: float = 45.0
    """Visits of the app in which a red bank is noticed and mended."""
    mistypes: float = 0.12
    """Share of passwords that are entered wrongly."""
    bank_locks_after: int = 3
    """Wrong passwords in a row, whoever enters them."""

    duplicates: float = 0.0005
    """Share of messages that the queue delivers twice."""
    our_outages: tuple[tuple[float, float], ...] = ((41.3, 5.5), (97.55, 31.0))
    """Days after the beginning on which our own clock stops, and for how many hours."""
    start_second: int = 4
    """Seconds after the full minute at which a slot's first messages reach the worker."""
    start_spread: int = 8
    """Seconds within which the others follow; one in 64 comes up to a minute late."""
