"""What schemathesis is told: which names there are, and what a refusal may look like."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

# What is right in form may still be refused: a bank that no list names, a cursor of another list,
# a connection that waits for its owner or its turn.
REFUSED: Final = ["2xx", 303, 304, 400, 403, 404, 409, 410, 422, 429]
REJECTED: Final = [400, 401, 403, 404, 405, 409, 410, 413, 415, 422, 429]
IN_PATH: Final = ("connection_id", "account_id", "token", "notification_id", "provider", "file")
OFTEN, SELDOM = 0.8, 0.5


def settings(names: Mapping[str, Sequence[str]], token: str) -> str:
    """Return the configuration as TOML."""
    return "\n".join(_lines(names, token))


def _lines(names: Mapping[str, Sequence[str]], token: str) -> Iterator[str]:
    yield f"headers = {{ Authorization = {_value(f'Bearer {token}')} }}"
    for name, values in names.items():
        yield f"[dictionaries.{name}]"
        yield f"values = {_value(list(values))}"
    yield "[parameters]"
    for name in names:
        place = "path" if name in IN_PATH else "query"
        often = OFTEN if place == "path" else SELDOM
        yield f'"{place}.{name}" = {{ dictionary = "{name}", probability = {often} }}'
    yield "[checks]"
    yield f"positive_data_acceptance = {{ expected-statuses = {_value(REFUSED)} }}"
    yield f"negative_data_rejection = {{ expected-statuses = {_value(REJECTED)} }}"


def _value(value: Any) -> str:
    """Return a value as TOML writes it, which is as JSON does for texts, numbers and lists."""
    return json.dumps(value)
