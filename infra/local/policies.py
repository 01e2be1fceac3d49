"""Policies as the emulator that asks IAM can judge them.

It knows actions and resources, and little of what else AWS tells a policy of a request: which
attributes, which encryption context, which sender and identity. What asks for that is left out, or
it would refuse everything. tests/privileges judges it.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

UNTOLD: Final = ("dynamodb:", "kms:", "ses:")
"""How the names of the conditions begin that the emulator has no answer to."""
BATCHES: Final = {"sqs:SendMessage": "sqs:SendMessageBatch"}
"""Actions that the emulator asks for besides, where AWS asks for the first one alone."""


def judgeable(statement: Mapping[str, Any]) -> dict[str, Any]:
    """Return a statement without what the emulator cannot judge, which so allows more.

    Raises `ValueError` for one that forbids: without its condition it would forbid more.
    """
    if statement["Effect"] != "Allow":
        raise ValueError("the emulator would take a condition of this for none")
    rest = {name: value for name, value in statement.items() if name != "Condition"}
    conditions = {
        operator: {key: value for key, value in keys.items() if not key.startswith(UNTOLD)}
        for operator, keys in statement.get("Condition", {}).items()
    }
    if kept := {operator: keys for operator, keys in conditions.items() if keys}:
        rest["Condition"] = kept
    actions = [rest["Action"]] if isinstance(rest["Action"], str) else rest["Action"]
    if all(action.startswith("ses:") for action in actions):
        rest["Resource"] = "*"  # no mail is of an identity here
    return {**rest, "Action": [*actions, *(BATCHES[a] for a in actions if a in BATCHES)]}


def document(statements: Iterable[Mapping[str, Any]]) -> str:
    """Return a policy of statements, without what the emulator cannot judge."""
    return json.dumps({"Version": "2012-10-17", "Statement": [judgeable(s) for s in statements]})
