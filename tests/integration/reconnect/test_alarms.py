"""The alarm on what the HTTP side logs, fired by the function itself; and its one id."""

from __future__ import annotations

import io
import logging
from typing import TYPE_CHECKING

import pytest

from infra.alarms.evaluation import AlarmState
from relink.reasons import Status
from relink.repository import Connections
from tests.alarming import goes_off, lines, state

if TYPE_CHECKING:
    from tests.integration.reconnect.bench import Bench

LOG = "ReconnectLog"


@pytest.fixture
def written(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """Return what the function writes to its log from now on."""
    del bench
    stream = io.StringIO()
    for handler in logging.getLogger("reconnect").handlers:
        monkeypatch.setattr(handler, "stream", stream)
    return stream


def test_a_fault_of_a_page_wakes_the_operator(
    bench: Bench, written: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is answered, so that nobody else counts it; a page that is not there is nothing."""
    bench.get("/nowhere")
    assert AlarmState.OK is state("PageFaultAlarm", lines(LOG, written.getvalue()))

    def fails(*_: object) -> None:
        raise RuntimeError("a bug")

    bench.add()
    monkeypatch.setattr(Connections, "get", fails)
    bench.api("GET", "/connections/con_1")
    assert goes_off("PageFaultAlarm", lines(LOG, written.getvalue()))


def test_one_id_finds_what_an_owner_did(bench: Bench, written: io.StringIO) -> None:
    """His try names its connection beside its own id, which the worker's lines carry, too."""
    made = bench.add(status=Status.RED)
    bench.submit(bench.link(made))
    [told] = [line.told for line in lines(LOG, written.getvalue())]

    assert ("attempt submitted", "con_1") == (told["message"], told["connection_id"])
    assert bench.attempts() == [told["attempt_id"]]
