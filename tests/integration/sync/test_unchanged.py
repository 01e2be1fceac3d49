"""What is the same again is not written again, and what is not, is."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from relink.failures import Temporary
from relink.reasons import Reason, Status
from tests.integration.sync.bank_answers import RENAMED, play
from tests.stumbling import refusal, stumble

if TYPE_CHECKING:
    from tests.integration.sync.conftest import Bench


def test_an_old_answer_that_comes_back_after_a_trouble_is_stored(bench: Bench) -> None:
    """The digest tells what the Ledger holds, not what was seen at the last success."""
    bench.add()
    well = bench.provider.syncs[0]
    ill = replace(RENAMED, trouble=Temporary(Reason.BANK_UNAVAILABLE))
    play(bench, well, ill, well)
    for cycle in (1, 2, 3):
        bench.sync(cycle)
        bench.clock.advance(6 * 3600)

    assert bench.now().status is Status.GREEN
    assert [a.bank_name for a in bench.ledger.accounts("con_1")] == ["Current"]


def test_an_old_answer_that_comes_back_after_a_crash_is_stored(bench: Bench) -> None:
    """A run that died after storing left no digest of what it stored: the old one is no proof."""
    bench.add()
    well = bench.provider.syncs[0]
    play(bench, well, RENAMED, well)
    bench.sync(1)
    bench.clock.advance(6 * 3600)
    stumble(bench.client, "update_item", None, None, refusal("InternalServerError"))
    assert bench.sync(2, run="dies") == ["m0"]
    bench.clock.advance(6 * 3600)
    bench.sync(3)

    assert [a.bank_name for a in bench.ledger.accounts("con_1")] == ["Current"]


def test_an_unchanged_answer_writes_nothing(bench: Bench) -> None:
    """The floor: claim, read, settle, and nothing to the Ledger."""
    bench.add()
    bench.sync(1)
    bench.clock.advance(6 * 3600)
    stumble(bench.client, "put_item", refusal("NotThisTime"))
    stumble(bench.client, "batch_write_item", refusal("NotThisTime"))

    assert bench.sync(2) == []
    assert bench.now().last_success_at == bench.clock()


def test_an_outage_does_not_forget_what_the_ledger_holds(bench: Bench) -> None:
    """A failure before anything was stored leaves the digest: the next success is cheap."""
    bench.add()
    well = bench.provider.syncs[0]
    play(bench, well, Temporary(Reason.BANK_UNAVAILABLE), well)
    bench.sync(1)
    known = bench.now().digest
    bench.clock.advance(6 * 3600)
    bench.sync(2)

    assert known
    assert bench.now().digest == known
