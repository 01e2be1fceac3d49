"""Transactions that others are in the way of are made again, for a while."""

from __future__ import annotations

from collections import deque
from typing import Any

import pytest
from botocore.exceptions import ClientError

from relink import backoff
from relink.backoff import TRIES
from relink.writes import Conflict, transact
from tests.stumbling import refusal, transaction_conflict


class FakeTable:
    """A client that answers transactions as it is told."""

    def __init__(self, *answers: ClientError | None) -> None:
        self.answers = deque(answers)
        self.calls = 0

    def transact_write_items(self, **arguments: Any) -> None:
        """Play the next answer."""
        assert arguments["TransactItems"]
        self.calls += 1
        answer = self.answers.popleft()
        if answer is not None:
            raise answer


def play(*answers: ClientError | None) -> FakeTable:
    """Make a transaction that is answered like this."""
    table = FakeTable(*answers)
    transact(table, [{"Put": {}}])  # type: ignore[arg-type]
    return table


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let pauses take no time."""
    monkeypatch.setattr(backoff, "FIRST", 0)


@pytest.mark.parametrize(
    "reason",
    ["TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"],
)
def test_a_transaction_that_was_in_the_way_of_another_is_made_again(reason: str) -> None:
    """What is to be stored may have been given only once."""
    assert play(*[transaction_conflict("None", reason)] * 3, None).calls == 4


def test_a_transaction_that_was_throttled_as_a_whole_is_made_again() -> None:
    """A mail that SES has taken must be written down: it would go out twice."""
    busy = [refusal("ThrottlingException"), refusal("ProvisionedThroughputExceededException")]
    assert play(*busy, None).calls == 3


def test_a_failed_condition_is_told_at_once() -> None:
    """Trying again would not make it true; nor if another item met a conflict."""
    for reasons in (("ConditionalCheckFailed",), ("ConditionalCheckFailed", "TransactionConflict")):
        table = FakeTable(transaction_conflict(*reasons))
        with pytest.raises(Conflict):
            transact(table, [{}])  # type: ignore[arg-type]
        assert table.calls == 1


def test_a_transaction_is_not_tried_for_ever() -> None:
    """After seven tries it is what it was at last."""
    with pytest.raises(Conflict):
        play(*[transaction_conflict()] * TRIES)
    with pytest.raises(ClientError):
        play(*[transaction_conflict("ThrottlingError")] * TRIES)


def test_another_error_is_told_at_once() -> None:
    """What is no matter of moments is not tried again here."""
    with pytest.raises(ClientError):
        play(refusal("AccessDeniedException"))
    with pytest.raises(ClientError):
        play(transaction_conflict("ValidationError"))
