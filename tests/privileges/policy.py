"""IAM's decision whether a principal may do something to a resource.

Follows AWS's reference of policy elements and of evaluation: an explicit Deny wins, then any Allow,
else no. Only what our template uses is known; what is not is an error, never a silent yes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    Statement = Mapping[str, Any]
    Values = tuple[str, ...]

_ELEMENTS = {"Sid", "Effect", "Principal", "Action", "Resource", "Condition"}
_ARN_PARTS = 6


class NotKnown(Exception):
    """A policy says what this evaluator does not know; its answer would be worth nothing."""


@dataclass(frozen=True, slots=True)
class Request:
    """What somebody asks of AWS. `principal` is a role's ARN, or a service's name.

    `context` holds the condition keys that the request has; one that it has not is absent.
    """

    principal: str
    action: str
    resource: str
    context: Mapping[str, Values] = field(default_factory=dict)


def allowed(
    request: Request,
    identity: Sequence[Statement],
    resource: Sequence[Statement] = (),
) -> bool:
    """Tell whether a request of the resource's own account is allowed, by either side's policy."""
    on_it = [s for s in resource if _names(s["Principal"], request.principal)]
    applying = [s for s in (*identity, *on_it) if applies(s, request)]
    effects = {s["Effect"] for s in applying}
    return effects == {"Allow"}


def key_allowed(
    request: Request, identity: Sequence[Statement], key: Sequence[Statement], account: str
) -> bool:
    """Tell whether the use of a KMS key is allowed.

    Its own policy must say so: to the caller, or to the account, whose policies then may.
    """
    if allowed(request, (), key):
        return not any(s["Effect"] == "Deny" and applies(s, request) for s in identity)
    delegated = Request(account, request.action, request.resource, request.context)
    denied = any(
        s["Effect"] == "Deny" and _names(s["Principal"], request.principal) and applies(s, request)
        for s in key
    )
    return not denied and allowed(delegated, (), key) and allowed(request, identity)


def applies(statement: Statement, request: Request) -> bool:
    """Tell whether a statement speaks of this request, whatever it says of it."""
    if unknown := statement.keys() - _ELEMENTS:
        raise NotKnown(f"elements {sorted(unknown)}")
    return (
        any(_like(a.lower(), request.action.lower()) for a in several(statement["Action"]))
        and any(_matches(r, request.resource) for r in several(statement["Resource"]))
        and all(
            _holds(operator, keys, request.context)
            for operator, keys in statement.get("Condition", {}).items()
        )
    )


def several(value: Any) -> list[Any]:
    """Return IAM's "one or a list" as a list."""
    return value if isinstance(value, list) else [value]


def _names(principals: Any, principal: str) -> bool:
    if principals == "*":
        return True
    if unknown := principals.keys() - {"AWS", "Service"}:
        raise NotKnown(f"principals {sorted(unknown)}")
    return any(p in {"*", principal} for some in principals.values() for p in several(some))


def _matches(pattern: str, resource: str) -> bool:
    """Compare ARNs: no wildcard reaches from one of their six parts into another."""
    if pattern == "*":
        return True
    if "${" in pattern:
        raise NotKnown(f"the policy variable in {pattern}")
    wanted, given = (text.split(":", _ARN_PARTS - 1) for text in (pattern, resource))
    return len(wanted) == len(given) and all(map(_like, wanted, given))


def _like(pattern: str, text: str) -> bool:
    return _expression(pattern).fullmatch(text) is not None


@cache
def _expression(pattern: str) -> re.Pattern[str]:
    wild = {"*": ".*", "?": "."}
    return re.compile("".join(wild.get(c, re.escape(c)) for c in pattern), re.DOTALL)


def _holds(operator: str, keys: Mapping[str, Any], context: Mapping[str, Values]) -> bool:
    """Tell whether all keys under an operator hold; names of keys have no case."""
    given = {name.lower(): values for name, values in context.items()}
    many, _, plain = operator.rpartition(":")
    return all(
        _key_holds(many, plain, [_text(e) for e in several(expected)], given.get(name.lower()))
        for name, expected in keys.items()
    )


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _key_holds(many: str, operator: str, expected: list[str], given: Values | None) -> bool:
    """Tell whether a key holds, by the table of how missing keys are taken."""
    if operator == "Null":
        return any((given is None) == (e == "true") for e in expected)
    if operator.endswith("IfExists"):
        if given is None:
            return True
        operator = operator.removesuffix("IfExists")
    if operator not in _OPERATORS:
        raise NotKnown(f"the operator {operator}")
    compare, negated = _OPERATORS[operator]

    def one(value: str) -> bool:
        return any(compare(e, value) for e in expected) != negated

    match many:
        case "ForAllValues":  # true also of a key that is missing
            return all(map(one, given or ()))
        case "ForAnyValue":
            return any(map(one, given or ()))
        case "":
            return negated if given is None else _single(one, given)
    raise NotKnown(f"the set operator {many}")


def _single(one: Callable[[str], bool], given: Iterable[str]) -> bool:
    [value] = given
    return one(value)


def _equal(expected: str, value: str) -> bool:
    return expected == value


def _equal_in_any_case(expected: str, value: str) -> bool:
    return expected.lower() == value.lower()


_OPERATORS: Mapping[str, tuple[Callable[[str, str], bool], bool]] = {
    "StringEquals": (_equal, False),
    "StringNotEquals": (_equal, True),
    "StringEqualsIgnoreCase": (_equal_in_any_case, False),
    "StringLike": (_like, False),
    "StringNotLike": (_like, True),
    "ArnEquals": (_matches, False),  # which AWS takes as it does ArnLike
    "ArnLike": (_matches, False),
    "ArnNotEquals": (_matches, True),
    "ArnNotLike": (_matches, True),
    "Bool": (_equal_in_any_case, False),
}
