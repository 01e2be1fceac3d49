"""The contract of a bank adapter, bounds: long, endless and hostile answers do no harm."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import tracemalloc
from typing import TYPE_CHECKING

import pytest

from relink.provider import Temporary
from relink.providers import PROVIDERS
from relink.reasons import Reason
from tests.contract.bench.situations import HOSTILE, Place
from tests.contract.bench.workbench import bench_of, booked
from tests.contract.simulators.client import Simulators
from tests.fakes import Clock

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.contract.bench.workbench import Bench

MEGABYTE = 1_000_000
MOST_CALLS = 400
HURRY = 5
"""Seconds that no adapter thinks enough for another page after the first."""


@pytest.fixture(scope="module")
def apart() -> Iterator[Simulators]:
    """Serve the simulators from a process of their own, so that only ours is measured."""
    command = [sys.executable, "-m", "infra.simulators", "--port", "0", "--until-stdin-closes"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        yield Simulators(json.loads(process.stdout.readline())["base"])
        process.communicate(timeout=10)


@pytest.mark.parametrize("trouble", ["huge", "gzip-bomb"])
@pytest.mark.parametrize("provider", sorted(PROVIDERS))
def test_fifty_megabytes_are_not_read(apart: Simulators, provider: str, trouble: str) -> None:
    """Neither as they are nor as they unpack: time and memory stay bounded."""
    bench = bench_of(provider)(apart, Clock(int(time.time())), f"fine.{trouble}")
    secret = bench.connect().secret
    bench.pages(secret)
    bench.switch(trouble, megabytes=50)
    tracemalloc.start()
    began = time.monotonic()
    error = bench.fails(secret)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert isinstance(error, Temporary)
    assert Reason.BAD_ANSWER is error.reason
    assert time.monotonic() - began < 10
    assert peak < 40 * MEGABYTE


@pytest.mark.parametrize("situation", HOSTILE)
def test_what_cannot_be_believed_is_not_kept(bench: Bench, situation: str) -> None:
    """Nothing of it in part; and the next sync is clean and has missed nothing."""
    case = bench.case(situation)
    secret = bench.connect().secret
    before = bench.pages(secret)
    bench.switch(case)
    calls = bench.calls()
    error = bench.told(secret, case)

    assert isinstance(error, Temporary)
    assert (case.reason, case.scope) == (error.reason, error.scope)
    assert bench.calls() - calls <= MOST_CALLS
    if case.place is Place.BESIDE:
        assert not booked(*bench.pages(secret))
    bench.switch("fine")
    after = bench.pages(secret)
    assert after[-1].trouble is None
    assert booked(*before) == booked(*after)


def test_what_does_not_fit_into_one_call_goes_on_in_the_next(bench: Bench) -> None:
    """Page after page, until all is there; a page that was lost can be had again."""
    bench.lengthen()
    secret = bench.connect().secret
    whole = bench.pages(secret)
    hurried = bench.pages(secret, seconds=HURRY)

    assert len(hurried) > 1
    assert all(page.next_cursor for page in hurried)
    assert booked(*whole) == booked(*hurried)
    again = bench.sync(secret, hurried[0].next_cursor, seconds=HURRY)
    assert booked(hurried[1]) == booked(again)


def test_what_is_told_twice_counts_once(bench: Bench) -> None:
    """Accounts and movements alike."""
    if not bench.doubles:
        pytest.skip(f"{bench.name}: movements have no ids, so that two alike are two")
    secret = bench.connect().secret
    once = bench.pages(secret)
    bench.switch(bench.doubles)
    twice = bench.pages(secret)

    assert booked(*once) == booked(*twice)
    assert [a.provider_id for a in once[-1].accounts] == [a.provider_id for a in twice[-1].accounts]
