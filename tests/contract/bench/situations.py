"""What can happen to a connection, and as what it must be told: the same list for every provider.

A bench says by which trouble of its simulator each situation comes about. What a protocol cannot
have is `Absent`, and says why.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

from relink.reasons import Reason, Scope

if TYPE_CHECKING:
    from collections.abc import Mapping


class Place(Enum):
    """Where a sync tells of a trouble."""

    RAISED = "raised instead of a result"
    BESIDE = "beside data that are kept"
    ACCOUNT = "at one account"


@dataclass(frozen=True)
class Case:
    """A trouble of the simulator and what it must be told as."""

    trouble: str
    reason: Reason
    scope: Scope = Scope.CONNECTION
    place: Place = Place.RAISED
    options: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Absent:
    """A situation that a protocol cannot have, and why."""

    why: str


Situations = dict[str, Case | Absent]

OWNERS = ("expired", "revoked", "rejected", "locked", "confirmation", "errand", "gone", "dropped")
"""Only the owner mends these: red."""

PASSING = ("outage", "limit", "unknown")
"""These pass by themselves or are ours to look into: orange."""

HOSTILE = ("amounts", "dates", "crowd", "endless")
"""Answers that no bank in its right mind sends: orange, and nothing of them is kept."""

NAMES = frozenset({*OWNERS, *PASSING, *HOSTILE, "account"})

_DOWN = Reason.PROVIDER_UNAVAILABLE

FAULTS: Mapping[str, tuple[Case, ...]] = {
    "5xx": tuple(
        Case(kind, _DOWN, Scope.PROVIDER)
        for kind in ("http-500", "http-502", "down", "http-504", "proxy-timeout")
    ),
    "broken off": tuple(
        Case(kind, Reason.BANK_UNAVAILABLE, Scope.PROVIDER) for kind in ("reset", "hang-up", "cut")
    ),
    "limit": tuple(
        Case(kind, Reason.RATE_LIMITED)
        for kind in ("rate-limited", "rate-limited-date", "rate-limited-no-time")
    ),
    "page": tuple(
        Case(kind, Reason.BAD_ANSWER, Scope.PROVIDER)
        for kind in ("html", "html-challenge", "html-maintenance")
    ),
    "garbage": tuple(
        Case(f"garbage{kind}", Reason.BAD_ANSWER, Scope.PROVIDER)
        for kind in ("", "-charset", "-empty", "-shape", "-deep")
    ),
    "ours": tuple(
        Case(kind, Reason.MISCONFIGURED, Scope.OPERATOR) for kind in ("http-401", "http-403")
    ),
    "never seen": tuple(Case(kind, Reason.UNKNOWN) for kind in ("http-418", "moved")),
}
"""What any service can answer. None of it is the owner's fault, so none of it is red."""
