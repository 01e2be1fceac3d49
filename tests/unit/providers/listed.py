"""The list of providers' codes, `tests/data/provider_codes.csv`, and its classes in our terms."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING

from relink.failures import Misconfigured, NeedsOwner, ProviderError, Temporary
from relink.reasons import Reason, Scope, Status

if TYPE_CHECKING:
    from relink.failures import Verdict

CSV = Path(__file__).parents[2] / "data" / "provider_codes.csv"
ACTION = frozenset(
    {Reason.ACCESS_LOCKED, Reason.SCA_REQUIRED, Reason.ACTION_AT_BANK, Reason.PAYMENT_REQUIRED}
)
"""Red reasons that the list calls `action`: the owner must do more than log in again."""


def rows(provider: str) -> list[dict[str, str]]:
    """Return a provider's rows."""
    with CSV.open(newline="") as file:
        return [row for row in csv.DictReader(file) if row["provider"] == provider]


def triples(provider: str) -> list[tuple[str, str, str]]:
    """Return code, class and scope of a provider's rows."""
    return [(row["code"], row["class"], row["scope"]) for row in rows(provider)]


def class_of(told: Verdict | ProviderError | None) -> str:
    """Return the class that the list gives to what a code means; nothing is no error."""
    if told is None:
        return "ok"
    if told.reason.status is not Status.RED:
        return "orange"
    return "action" if told.reason in ACTION else "red"


def kind_of(verdict: Verdict) -> type[ProviderError]:
    """Return the error that a verdict is raised as."""
    if verdict.scope is Scope.OPERATOR:
        return Misconfigured
    return NeedsOwner if verdict.reason.status is Status.RED else Temporary
