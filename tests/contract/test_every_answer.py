"""The contract of a bank adapter, bounds: long, endless and hostile answers do no harm."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
import tracemalloc
from typing import TYPE_CHECKING, cast

import pytest

from infra.simulators.exchange import Reply
from relink.failures import NeedsOwner, ProviderError, Temporary
from relink.providers import PROVIDERS
from relink.reasons import Reason, Scope
from tests.contract.bench.situations import FAULTS, HOSTILE, Case, Place
from tests.contract.bench.spoiling import Spoiler, check_storable
from tests.contract.bench.workbench import bench_of, booked
from tests.contract.simulators.client import LONGEST, Simulators
from tests.fakes import Clock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.contract.bench.workbench import Bench

    Spoil = Callable[[Callable[[Reply], Reply]], None]

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
        process.communicate(timeout=LONGEST)


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
    assert time.monotonic() - began < LONGEST
    assert peak < 40 * MEGABYTE


@pytest.mark.parametrize("status", [200, 401, 403, 404, 500, 503])
def test_a_web_page_is_not_the_banks_word(bench: Bench, spoil: Spoil, status: int) -> None:
    """Whatever is written on it, and whatever its status."""
    secret = bench.connect().secret
    spoil(lambda _: Reply.of_html("<html><body>Your consent has expired.</body></html>", status))
    error = bench.fails(secret)

    down = cast("Case", bench.faults.get("down", FAULTS["5xx"][0]))
    expected = down.reason if status >= 500 else Reason.BAD_ANSWER
    assert isinstance(error, Temporary)
    assert (expected, Scope.PROVIDER) == (error.reason, error.scope)


@pytest.mark.parametrize("seed", range(4))
def test_what_comes_out_can_be_stored_and_shown(bench: Bench, spoil: Spoil, seed: int) -> None:
    """Ids, amounts, days and texts of any kind in any place: refused, or made harmless."""
    secret = bench.connect().secret
    spoil(Spoiler(random.Random(seed)))  # noqa: S311 - the same each time
    for _ in range(3):
        found = bench.attempt(secret)
        assert not isinstance(found, NeedsOwner)
        if not isinstance(found, ProviderError):
            check_storable(found)


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
