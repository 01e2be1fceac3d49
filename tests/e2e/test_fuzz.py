"""The API answers what its description tells of, whatever it is asked (`make fuzz` asks longer)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from infra.fuzz.__main__ import DESCRIPTION, Effort, fuzz

if TYPE_CHECKING:
    from collections.abc import Iterator

SAMPLE = Effort(cases=2, seed=20_260_101, phases="fuzzing", connections=4)
"""As many requests on every machine: a slow one takes longer, and sees no less."""
VERBS = {"get", "post", "put", "patch", "delete"}


@pytest.mark.slow
def test_no_made_up_request_gets_an_answer_that_is_not_described() -> None:
    """All of schemathesis's checks hold for each operation, and no answer is a server's error."""
    done = fuzz(SAMPLE)

    assert 0 == done.code
    assert not [status for status in done.statuses if status.startswith("5")]
    assert [] == [routes for routes in described() if not routes & done.routes]


def described() -> Iterator[set[str]]:
    """Return the routes that may stand for each operation of the description."""
    paths = json.loads(DESCRIPTION.read_text())["paths"]
    for path, operations in paths.items():
        for verb in VERBS & operations.keys():
            yield {f"{verb.upper()} {path}", f"ANY {path}"}
