"""Stacks of their own for these tests: every kind of trigger, tiny handlers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from infra.local.engine import ENGINES
from infra.local.stack import Stack, StackOptions

if TYPE_CHECKING:
    from collections.abc import Iterator

TEMPLATE = Path(__file__).with_name("data") / "template.yaml"


@pytest.fixture(scope="module", params=ENGINES)
def either_stack(request: pytest.FixtureRequest) -> Iterator[Stack]:
    """Run the stack on each engine in turn."""
    with Stack(StackOptions(engine=request.param, template=TEMPLATE, schedules=False)) as stack:
        yield stack


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    """Run the stack on the default engine."""
    with Stack(StackOptions(template=TEMPLATE)) as stack:
        yield stack


@pytest.fixture(scope="module")
def real_stack() -> Iterator[Stack]:
    """Run the stack of the real template, without its schedules."""
    with Stack(StackOptions(schedules=False)) as stack:
        yield stack
