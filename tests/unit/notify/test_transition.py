"""What a record of the connections' stream means for an owner."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from notify.gathering import Incident, Transition, UnknownShape, transition
from relink.reasons import Reason, Status
from relink.repository import to_item
from tests.fakes import NOON, connection

if TYPE_CHECKING:
    from relink.connection import Connection

GREEN = connection(status=Status.GREEN, reason=None)
ORANGE = connection(status=Status.ORANGE, reason=Reason.BANK_UNAVAILABLE)
RED = connection(status=Status.RED, reason=Reason.CONSENT_EXPIRED, red_since=NOON)
LATER = replace(RED, red_since=NOON + 60)
INCIDENT = Incident("own_1", "con_1", NOON)
SECOND = Incident("own_1", "con_1", NOON + 60)


def record(before: Connection | None, after: Connection | None) -> dict[str, Any]:
    """Return the stream record of a change."""
    images = {"OldImage": before, "NewImage": after}
    return {"dynamodb": {name: to_item(image) for name, image in images.items() if image}}


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (GREEN, RED, Transition(None, INCIDENT, "Fake Bank")),
        (ORANGE, RED, Transition(None, INCIDENT, "Fake Bank")),
        (None, RED, Transition(None, INCIDENT, "Fake Bank")),
        (RED, GREEN, Transition(INCIDENT, None, "Fake Bank")),
        (RED, ORANGE, Transition(INCIDENT, None, "Fake Bank")),
        (RED, None, Transition(INCIDENT, None, "")),
        (RED, LATER, Transition(INCIDENT, SECOND, "Fake Bank")),
        (RED, replace(RED, provider_text="other words"), Transition()),
        (GREEN, ORANGE, Transition()),
        (ORANGE, GREEN, Transition()),
        (None, GREEN, Transition()),
        (GREEN, None, Transition()),
    ],
)
def test_only_incidents_that_begin_or_end_count(
    before: Connection | None, after: Connection | None, expected: Transition
) -> None:
    """Into red, out of red, or from one incident to another; nothing else concerns an owner."""
    assert expected == transition(record(before, after))


def test_an_old_image_needs_no_more_than_its_incident() -> None:
    """It may have been written by an older version; what it tells of is over either way."""
    told = record(RED, GREEN)
    for name in ("bank_name", "bank_id", "created_at", "since", "reason"):
        del told["dynamodb"]["OldImage"][name]

    assert INCIDENT == transition(told).ended


def test_an_older_word_for_a_colour_is_not_red() -> None:
    """An old image in words of its time still lets its connection turn red."""
    told = record(GREEN, RED)
    told["dynamodb"]["OldImage"] = {"status": {"S": "amber"}}

    assert INCIDENT == transition(told).began


@pytest.mark.parametrize("missing", ["bank_name", "status", "owner_id", "red_since", "method"])
def test_a_new_image_that_lacks_something_is_reported(missing: str) -> None:
    """Nobody is told half of what he needs to know."""
    told = record(GREEN, RED)
    del told["dynamodb"]["NewImage"][missing]

    with pytest.raises(UnknownShape):
        transition(told)


@pytest.mark.parametrize(
    "changed",
    [
        {"status": {"S": "purple"}},
        {"reason": {"S": "of_a_later_version"}},
        {"method": {"S": "telepathy"}},
        {"status": "red"},
        {"status": {"??": "red"}},
    ],
)
def test_a_value_that_is_not_understood_is_reported_without_it(changed: dict[str, Any]) -> None:
    """The cause in the log is a type or an attribute's name, never what an item holds."""
    told = record(GREEN, RED)
    told["dynamodb"]["NewImage"] |= changed

    with pytest.raises(UnknownShape) as raised:
        transition(told)
    assert str(raised.value) in {"ValueError", "TypeError", "AttributeError"}


@pytest.mark.parametrize("broken", [{}, {"dynamodb": None}, {"dynamodb": {"NewImage": 7}}])
def test_what_is_no_record_is_reported(broken: dict[str, Any]) -> None:
    """The batch goes on."""
    with pytest.raises(UnknownShape):
        transition(broken)
