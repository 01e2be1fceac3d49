"""The browsers that owners are pushed to, in the Owners table as deployed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import boto3
import pytest

from relink.items import decode
from relink.subscriptions import MOST, Subscription, Subscriptions
from relink.writes import Conflict
from tests.fakes import NOON
from tests.stumbling import refusal, stumble

SUBSCRIPTION = Subscription(
    owner_id="own_1",
    endpoint="https://web.push.apple.com/one",
    p256dh="BA",
    auth="cw",
    created_at=NOON,
    key="BK",
    expires_at=NOON + 60,
    told=["red.con_1.1.1"],
)


@pytest.fixture
def kept(tables: dict[str, str]) -> Subscriptions:
    """Return the empty table."""
    return Subscriptions(boto3.client("dynamodb"), tables["OwnersTable"])


def items() -> list[str]:
    """Return what lies in the table, as its keys."""
    found = boto3.client("dynamodb").scan(TableName="OwnersTable")["Items"]
    return sorted(f"{i['owner_id']['S']} {i['sk']['S']}" for i in found)


def test_what_is_stored_is_read(kept: Subscriptions) -> None:
    """All of it, and by its owner alone."""
    kept.save(SUBSCRIPTION)

    assert [SUBSCRIPTION] == kept.of("own_1")
    assert [] == kept.of("own_2")


def test_the_same_browser_is_stored_once(kept: Subscriptions) -> None:
    """Its endpoint is its identity: a later subscription takes the place of the earlier."""
    later = replace(SUBSCRIPTION, p256dh="BB", created_at=NOON + 1, told=[])
    kept.save(SUBSCRIPTION)
    kept.save(later)

    assert [later] == kept.of("own_1")


def test_a_browser_belongs_to_whoever_subscribed_it_last(kept: Subscriptions) -> None:
    """On a shared machine the next owner does not see what is pushed to the one before."""
    hers = replace(SUBSCRIPTION, owner_id="own_2")
    kept.save(SUBSCRIPTION)
    kept.save(hers)
    assert [] == kept.of("own_1")
    assert [hers] == kept.of("own_2")

    kept.forget("own_1", SUBSCRIPTION.endpoint)
    assert [hers] == kept.of("own_2")
    kept.save(SUBSCRIPTION)
    assert [] == kept.of("own_2")


def test_two_owners_at_one_moment_do_not_both_hold_a_browser(tables: dict[str, str]) -> None:
    """Who comes second is told so, and nothing of his is stored."""
    client = boto3.client("dynamodb")
    mine = Subscriptions(client, tables["OwnersTable"])
    hers = Subscriptions(boto3.client("dynamodb"), tables["OwnersTable"])

    def between(real: Any, arguments: dict[str, Any]) -> Any:
        seen = real(**arguments)
        hers.save(replace(SUBSCRIPTION, owner_id="own_2"))
        return seen

    stumble(client, "get_item", between)
    with pytest.raises(Conflict):
        mine.save(SUBSCRIPTION)

    assert [] == mine.of("own_1")
    assert 1 == len(mine.of("own_2"))


def test_the_oldest_go_beyond_ten(kept: Subscriptions) -> None:
    """An owner who never ends a subscription does not make us push to a hundred dead ones."""
    for number in range(MOST + 2):
        endpoint = f"https://web.push.apple.com/{number:02}"
        kept.save(replace(SUBSCRIPTION, endpoint=endpoint, created_at=NOON + number))

    assert list(range(2, MOST + 2)) == [s.created_at - NOON for s in kept.of("own_1")]
    assert 2 * MOST == len(items())


def test_nothing_is_left_of_what_is_forgotten(kept: Subscriptions) -> None:
    """Twice is no harm."""
    kept.save(SUBSCRIPTION)
    kept.forget("own_1", SUBSCRIPTION.endpoint)
    kept.forget("own_1", SUBSCRIPTION.endpoint)

    assert [] == items()


def test_what_was_told_is_remembered_with_the_browser(kept: Subscriptions) -> None:
    """Not with one that has gone meanwhile: that would bring it back to life."""
    kept.save(SUBSCRIPTION)
    kept.tell(SUBSCRIPTION, ["red.con_1.1.2"])
    assert [["red.con_1.1.2"]] == [s.told for s in kept.of("own_1")]

    kept.forget("own_1", SUBSCRIPTION.endpoint)
    kept.tell(SUBSCRIPTION, ["red.con_1.1.3"])
    assert [] == items()


def test_what_was_told_is_remembered_while_the_page_subscribes_again(kept: Subscriptions) -> None:
    """Its push has gone out: whoever forgot that would push it once more."""
    kept.save(SUBSCRIPTION)
    stumble(kept._client, "update_item", refusal("TransactionConflictException"))
    kept.tell(SUBSCRIPTION, ["red.con_1.1.2"])

    assert [["red.con_1.1.2"]] == [s.told for s in kept.of("own_1")]


def test_browsers_that_end_by_themselves_are_removed_by_the_table(kept: Subscriptions) -> None:
    """`expires_at` is what the table's time to live looks at; both items have it."""
    kept.save(SUBSCRIPTION)
    found = boto3.client("dynamodb").scan(TableName="OwnersTable")["Items"]

    assert [NOON + 60] * 2 == [decode(i)["expires_at"] for i in found]
