"""Which uses need a grant: those that AWS would refuse if it alone were taken away."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from tests.privileges.deployed import Grant, deployed
from tests.privileges.policy import several
from tests.privileges.recording import recorded
from tests.privileges.services import services_uses

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.privileges.policy import Request


@dataclass(frozen=True, slots=True)
class Value:
    """One value of a list in the condition of a statement, such as an attribute's name."""

    grant: Grant
    operator: str
    key: str
    value: str

    def __str__(self) -> str:
        """Return what a test of it is called."""
        return f"{self.grant}, {self.key}={self.value}"

    def less(self) -> dict[str, Any]:
        """Return the statement without this value."""
        conditions = self.grant.statement["Condition"]
        values = [v for v in several(conditions[self.operator][self.key]) if v != self.value]
        keys = {**conditions[self.operator], self.key: values}
        return {**self.grant.statement, "Condition": {**conditions, self.operator: keys}}


@cache
def uses() -> dict[str, list[Request]]:
    """Return all that needs permission, by who shows it: a test, or a service's documents."""
    found: dict[str, list[Request]] = {}
    for use, witness in recorded().items():
        found.setdefault(witness, []).append(use.request())
    for why, request in services_uses(deployed()):
        found.setdefault(why, []).append(request)
    return found


def who_needs(grant: Grant) -> set[str]:
    """Return who would be refused something without a grant."""
    return {who for who, requests in uses().items() if any(_needing(grant, requests))}


def needing(grant: Grant) -> Iterator[Request]:
    """Yield what would be refused without a grant."""
    for requests in uses().values():
        yield from _needing(grant, requests)


def _needing(grant: Grant, requests: list[Request]) -> Iterator[Request]:
    for request in requests:
        if request.action == grant.action and not deployed().allows(request, without=grant):
            yield request


def values() -> Iterator[Value]:
    """Yield the values of all lists in conditions, less those of keys' administrators."""
    for grant in deployed().grants():
        for operator, keys in grant.statement.get("Condition", {}).items():
            for key, expected in keys.items():
                if operator != "Null":
                    yield from (Value(grant, operator, key, v) for v in several(expected))


def who_needs_value(value: Value) -> set[str]:
    """Return who would be refused something if a condition's list lacked a value."""
    old, new = value.grant.statement, value.less()
    changed = deployed().changed(lambda _, told: [new if s is old else s for s in told])
    return {
        who
        for who, requests in uses().items()
        for request in requests
        if request.action == value.grant.action and not changed.allows(request)
    }
