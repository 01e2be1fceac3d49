"""Writes that others are in the way of are made again, for a while; who was overtaken is told."""

from __future__ import annotations

from collections import deque
from typing import Any

import pytest
from botocore.exceptions import ClientError

from relink import backoff
from relink.backoff import TRIES
from relink.writes import Conflict, transact, written
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

    def update_item(self, **arguments: Any) -> None:
        """Play the next answer to a single write."""
        self.transact_write_items(TransactItems=arguments)


def write(*answers: ClientError | None) -> tuple[bool, int]:
    """Make a single write that is answered like this; return what is told, after how many calls."""
    table = FakeTable(*answers)
    return written(table.update_item, Key="k"), table.calls


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


def test_a_single_write_that_meets_a_transaction_is_made_again() -> None:
    """Its condition has not been judged."""
    assert (True, 4) == write(*[refusal("TransactionConflictException")] * 3, None)
    assert (False, 2) == write(
        refusal("TransactionConflictException"), refusal("ConditionalCheckFailedException")
    )


def test_a_single_write_whose_condition_fails_is_told_at_once() -> None:
    """That is an outcome, not a fault."""
    assert (False, 1) == write(refusal("ConditionalCheckFailedException"))


def test_a_single_write_is_not_tried_for_ever() -> None:
    """Whoever is always met with is told to read again."""
    with pytest.raises(Conflict):
        write(*[refusal("TransactionConflictException")] * TRIES)


@pytest.mark.parametrize("code", ["ThrottlingException", "AccessDeniedException"])
def test_another_error_of_a_single_write_stays_what_it_is(code: str) -> None:
    """AWS's trouble is not the item's; botocore has tried again already."""
    with pytest.raises(ClientError, match=code):
        write(refusal(code))
