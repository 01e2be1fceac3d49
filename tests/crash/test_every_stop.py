"""Whatever happens at whatever call of a flow, its end is the end of the undisturbed run.

This is a sample, the same one each time; `python -m tests.crash` tries everything.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.crash.__main__ import run, write
from tests.crash.engines import moto
from tests.crash.enumeration import Enumerated, enumerated
from tests.crash.flows import FLOWS
from tests.crash.wire import Fault, Point
from tests.crash.world import opened

if TYPE_CHECKING:
    from pathlib import Path

    from tests.crash.enumeration import Case

SAMPLE = 3


@pytest.mark.parametrize("number", range(len(FLOWS)), ids=[flow.name for flow in FLOWS])
def test_a_flow_ends_as_undisturbed(number: int) -> None:
    """Same status, data and notices; no password, code or token goes to a bank twice (law 12).

    One mail may go out twice, and only if we die between SES's yes and our record of it (law 9).
    """
    found = run("moto", SAMPLE, number)

    assert [] == found.wrong
    assert sum(found.tried.values()) == SAMPLE


def test_a_replaced_access_is_ended_although_we_died_after_the_first_sync() -> None:
    """The run that comes again asks for it: where nobody syncs, no later success would."""
    number = next(n for n, flow in enumerate(FLOWS) if "end of the old access" in flow.name)

    def before_the_end(cases: list[Case]) -> list[Case]:
        (end,) = {p.number for p, _ in cases if p.name == "bank.disconnect"}
        writes = [c for c in cases if c[0].operation == "TransactWriteItems" and c[0].number < end]
        return [c for c in writes if c[1] is Fault.STOP_AFTER][-1:]

    with moto() as engine, opened(engine) as world:
        found = enumerated(world, FLOWS[number], before_the_end)

    assert ([], 1) == (found.wrong, found.tried.total())


def test_what_was_tried_is_noted_for_the_report(tmp_path: Path) -> None:
    """Counts of one engine stand beside those of the other."""
    place = tmp_path / "reliability" / "crashes.json"
    found = Enumerated("sync", 3, 15)
    found.tried[Fault.STOP_AFTER] += 2
    write(place, "moto", [found])
    write(place, "ministack", [found, found])
    told = json.loads(place.read_text())

    assert {"moto", "ministack"} == told.keys()
    counts = ("calls", "faults that are possible there", "faults tried")
    assert [3, 15, 2] == [told["moto"][name] for name in counts]
    assert 30 == told["ministack"]["faults that are possible there"]
    assert {"stopped after": 2} == told["moto"]["by flow"]["sync"]["faults"]


def test_a_client_that_does_not_repeat_is_not_made_to() -> None:
    """A mail is handed to SES once by its client; what a transaction's token names, AWS knows."""
    mail = Point(1, "sesv2", "SendEmail")
    transaction = Point(1, "dynamodb", "TransactWriteItems")

    assert Fault.REPEATED not in {*mail.faults, *transaction.faults}
    assert Fault.CONFLICT in transaction.faults
    assert Fault.THROTTLED not in Point(1, "bank", "send a code").faults
