"""Work shared out by bank."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import TYPE_CHECKING, Any

import pytest

from sync.batches.lanes import Lanes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from concurrent.futures import Executor


def shared_out(
    pool: Executor,
    width: int,
    work: Iterable[Any],
    lane: Callable[[Any], str],
    step: Callable[[Any], Any],
) -> list[Any]:
    """Return what comes of work that is all there at once."""
    lanes = Lanes(pool, width, lane, step)
    lanes.add(work)
    return lanes.results()


def test_a_slow_bank_holds_up_nobody_else() -> None:
    """All of the others' work is done while each of the slow bank's calls still hangs."""
    work = [f"slow {n}" for n in range(20)] + [f"quick {n}" for n in range(20)]
    quick_done, done = Event(), []

    def step(piece: str) -> str:
        if piece.startswith("slow"):
            assert quick_done.wait(10)
        else:
            done.append(piece)
            if len(done) == 20:
                quick_done.set()
        return piece.upper()

    with ThreadPoolExecutor(4) as pool:
        results = shared_out(pool, 4, work, lambda piece: piece.split()[0], step)

    assert [piece.upper() for piece in work] == results


def test_banks_take_turns() -> None:
    """With a single thread nobody waits for a whole bank."""
    seen: list[str] = []
    with ThreadPoolExecutor(1) as pool:
        shared_out(pool, 1, ["a1", "a2", "a3", "b1", "c1"], lambda piece: piece[0], seen.append)

    assert ["a1", "b1", "c1", "a2", "a3"] == seen


def test_one_bank_alone_may_have_all_threads() -> None:
    """Nothing is held back for banks that are not there."""
    waiting, all_there = [], Event()

    def step(piece: int) -> None:
        waiting.append(piece)
        if len(waiting) == 8:
            all_there.set()
        assert all_there.wait(10)

    with ThreadPoolExecutor(8) as pool:
        shared_out(pool, 8, range(8), lambda _: "bank", step)

    assert 8 == len(waiting)


def test_what_a_step_raises_is_raised() -> None:
    """And the rest is done all the same."""
    done = []

    def step(piece: int) -> None:
        if piece == 1:
            raise ZeroDivisionError
        done.append(piece)

    with ThreadPoolExecutor(2) as pool, pytest.raises(ZeroDivisionError):
        shared_out(pool, 2, range(6), str, step)

    assert {0, 2, 3, 4, 5} == set(done)


def test_no_work_is_no_trouble() -> None:
    """A batch of broken messages claims nothing."""
    with ThreadPoolExecutor(1) as pool:
        assert [] == shared_out(pool, 1, [], str, str)


def test_work_may_come_while_other_work_is_under_way() -> None:
    """Also when all that came before has been done, or hangs."""
    later = Event()

    def step(piece: str) -> str:
        if piece == "waits":
            assert later.wait(10)
        if piece == "comes later":
            later.set()
        return piece

    with ThreadPoolExecutor(2) as pool:
        lanes = Lanes(pool, 2, lambda _: "bank", step)
        for piece in ("waits", "is quick", "comes later", "comes last"):
            lanes.add([piece])

        assert ["waits", "is quick", "comes later", "comes last"] == lanes.results()
