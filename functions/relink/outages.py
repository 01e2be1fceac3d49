"""Banks that are down for everybody: one small item that names them all.

It is read once a batch, not once a connection. An outage is of one bank, or of a provider with
all its banks; it begins when several connections fail alike, and ends with the bank's first answer.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from relink.items import decode, encode
from relink.reasons import Reason

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_dynamodb.client import DynamoDBClient

    from relink.connection import Bank

ITEM = "outages"
PLACE = "at "
FIRST_PROBE = 15 * 60
LAST_PROBE = 60 * 60
PROBE_LIMIT = 180


@dataclass(frozen=True, slots=True)
class Outage:
    """Since when a bank is down, when it is next probed, and until when a probe is under way."""

    since: int
    probe_at: int
    probing_until: int = 0

    def spares(self, now: int) -> bool:
        """Tell whether nobody calls the bank now: it is not yet probed, or is being probed."""
        return now < self.probe_at or now < self.probing_until

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
    """Return the outage that a bank is in, if any; its provider's goes first."""
    own, provider = places(bank)
    return outages.get(provider) or outages.get(own)


def read(client: DynamoDBClient, table: str) -> dict[str, Outage]:
    """Return the present outages by place: an attribute each."""
    answer = client.get_item(TableName=table, Key=encode({"name": ITEM}))
    found = decode(answer["Item"]) if "Item" in answer else {}
    return {
        name.removeprefix(PLACE): Outage(*times)
        for name, times in found.items()
        if name.startswith(PLACE)
    }
