"""Banks that are down for everybody: one small item that names them all.

It is read once a batch, not once a connection. An outage is of one bank, or of a provider with
all its banks; it begins when several connections fail alike, and ends with the bank's first answer.
One that operators hold by hand lies beside it, so that no answer ends it before its time.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from relink.items import decode, encode
from relink.reasons import Reason
from relink.writes import written

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_dynamodb.client import DynamoDBClient

    from relink.connection import Bank

ITEM = "outages"
PLACE = "at "
HELD = "held "
FIRST_PROBE = 15 * 60
LAST_PROBE = 60 * 60
PROBE_LIMIT = 180


@dataclass(frozen=True, slots=True)
class Outage:
    """Since when a bank is down, when it is next probed, and until when a probe is under way.

    One that is `held` is not probed: it is over at `probe_at`.
    """

    since: int
    probe_at: int
    probing_until: int = 0
    held: bool = False

    def spares(self, now: int) -> bool:
        """Tell whether nobody calls the bank now: it is not yet probed, or is being probed."""
        return now < self.probe_at or now < self.probing_until

    def over(self, now: int) -> bool:
        """Tell whether operators have held it for long enough."""
        return self.held and now >= self.probe_at

    def probed(self, now: int) -> Outage:
        """Return the outage with a probe under way."""
        return replace(self, probing_until=now + PROBE_LIMIT)

    def as_stored(self) -> list[int]:
        """Return the three times, as the item holds them."""
        return [self.since, self.probe_at, self.probing_until]

    def goes_on(self, now: int) -> Outage:
        """Return the outage after a probe that failed: the next one comes later, up to an hour."""
        pause = min(max(now - self.since, FIRST_PROBE), LAST_PROBE)
        return replace(self, probe_at=now + pause, probing_until=0)


def places(bank: Bank) -> tuple[str, str]:
    """Return the names under which a bank may be down: its own, and its provider's."""
    return names(bank.provider, bank.bank_id)


def names(provider: str, bank_id: str) -> tuple[str, str]:
    """Return the names under which a bank may be down, where only that much is known of it."""
    return f"{provider}#{bank_id}", provider


def place_of(bank: Bank, reason: Reason) -> str:
    """Return what a failure says is down."""
    own, provider = places(bank)
    return provider if reason is Reason.PROVIDER_UNAVAILABLE else own


def outage_of(bank: Bank, outages: Mapping[str, Outage]) -> Outage | None:
    """Return the outage that a bank is in, if any."""
    place = down_at(places(bank), outages)
    return None if place is None else outages[place]


def down_at(where: tuple[str, str], outages: Mapping[str, Outage]) -> str | None:
    """Return at which of its places a bank is down, if any.

    What is held goes first, or a bank that operators hold would be its provider's probe; then its
    provider.
    """
    own, provider = where
    found = [place for place in (provider, own) if place in outages]
    return min(found, key=lambda place: not outages[place].held, default=None)


def read(client: DynamoDBClient, table: str) -> dict[str, Outage]:
    """Return the present outages by place: an attribute each. What is held goes first."""
    answer = client.get_item(TableName=table, Key=encode({"name": ITEM}))
    found = decode(answer["Item"]) if "Item" in answer else {}
    seen = {
        name.removeprefix(PLACE): Outage(*times)
        for name, times in found.items()
        if name.startswith(PLACE)
    }
    held = {
        name.removeprefix(HELD): Outage(times[0], times[1], held=True)
        for name, times in found.items()
        if name.startswith(HELD)
    }
    return seen | held


def hold(client: DynamoDBClient, table: str, place: str, since: int, until: int) -> None:
    """Have a bank, or a provider, left alone by the schedule until then, whatever it answers."""
    client.update_item(
        TableName=table,
        Key=encode({"name": ITEM}),
        UpdateExpression="SET #place = :times",
        ExpressionAttributeNames={"#place": HELD + place},
        ExpressionAttributeValues=encode({":times": [since, until]}),
    )


def release(client: DynamoDBClient, table: str, place: str, held: Outage | None = None) -> bool:
    """End what is held, or just that one hold; tell whether there was any."""
    condition: dict[str, Any] = {"ConditionExpression": "attribute_exists(#place)"}
    if held is not None:
        condition["ConditionExpression"] = "#place = :held"
        condition["ExpressionAttributeValues"] = encode({":held": [held.since, held.probe_at]})
    return written(
        client.update_item,
        TableName=table,
        Key=encode({"name": ITEM}),
        UpdateExpression="REMOVE #place",
        ExpressionAttributeNames={"#place": HELD + place},
        **condition,
    )
