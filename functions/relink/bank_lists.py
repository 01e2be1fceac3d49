"""The table of the banks that providers list, and how each provider's list stands.

A provider's banks in a country lie in a few packed items, so that a country is one small query:
unpacking a list is far cheaper than reading an item for each bank. The first of them says how many
belong together, so what a crash has left behind is never read as if it counted.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from relink.clock import DAY
from relink.connection import Bank, Method
from relink.items import decode, encode
from relink.offers import Offer

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from mypy_boto3_dynamodb.client import DynamoDBClient

STANDINGS: Final = "*"
"""In the place of a country: how the lists stand."""
PART: Final = 500
"""Banks in an item: a tenth of the size that one may have."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How a provider's list stands; `countries` holds a digest of each country's part of it.

    `listed_at` is when the provider last told the whole of it, `again_at` when it is next asked.
    """

    provider: str
    again_at: int = 0
    listed_at: int = 0
    banks: int = 0
    countries: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class BankLists:
    """The Banks table."""

    client: DynamoDBClient
    table: str

    def in_country(self, country: str) -> list[Offer]:
        """Return what all providers offer in a country, each way once."""
        parts: dict[str, dict[int, Any]] = defaultdict(dict)
        for item in self._query(country):
            provider, _, number = item["part"].partition("#")
            parts[provider][int(number)] = item
        found: dict[tuple[str, str, str], Offer] = {}
        for provider, numbered in sorted(parts.items()):
            count = numbered[0]["of"] if 0 in numbered else 0
            for number in range(count):
                for offer in _unpacked(numbered.get(number), provider, country):
                    found[(provider, offer.bank.bank_id, offer.bank.method)] = offer
        return list(found.values())

    def standings(self) -> dict[str, Standing]:
        """Return how the lists stand, by provider; one that was never asked is not there."""
        return {
            item["part"]: Standing(
                provider=item["part"],
                again_at=item["again_at"],
                listed_at=item["listed_at"],
                banks=item["banks"],
                countries=item["countries"],
            )
            for item in self._query(STANDINGS)
        }

    def put_off(self, standing: Standing, again_at: int) -> None:
        """Keep a list as it is, and ask its provider again at that time."""
        self._stand(replace(standing, again_at=again_at))

    def replace(self, standing: Standing, offers: Iterable[Offer], now: int) -> Standing:
        """Put a provider's whole list in the place of the one before; return how it stands.

        What has not changed is not written. After a crash the next list puts everything right: a
        country is known before something is written there, and forgotten after it is erased.
        """
        by_country: dict[str, list[Offer]] = defaultdict(list)
        for offer in offers:
            by_country[offer.bank.country].append(offer)
        packed = {country: _packed(theirs) for country, theirs in by_country.items()}
        digests = {country: _digest(parts) for country, parts in packed.items()}
        known = standing.countries
        if digests.keys() - known.keys():
            self._stand(replace(standing, countries=dict.fromkeys(digests, "") | dict(known)))
        for country in sorted(digests.keys() | known.keys()):
            if digests.get(country) != known.get(country):
                self._write(country, standing.provider, packed.get(country, ()))
        banks = sum(len(theirs) for theirs in by_country.values())
        after = Standing(standing.provider, now + DAY, now, banks, digests)
        self._stand(after)
        return after

    def _write(self, country: str, provider: str, parts: Sequence[bytes]) -> None:
        """Write a country's part, its first item last, and erase those beyond."""
        for number in reversed(range(len(parts))):
            item = {
                "country": country,
                "part": f"{provider}#{number}",
                "of": len(parts),
                "offers": parts[number],
            }
            self.client.put_item(TableName=self.table, Item=encode(item))
        kept = {f"{provider}#{number}" for number in range(len(parts))}
        for item in self._query(country, f"{provider}#", keys_only=True):
            if item["part"] not in kept:
                key = encode({"country": country, "part": item["part"]})
                self.client.delete_item(TableName=self.table, Key=key)

    def _stand(self, standing: Standing) -> None:
        values = {
            "country": STANDINGS,
            "part": standing.provider,
            "again_at": standing.again_at,
            "listed_at": standing.listed_at,
            "banks": standing.banks,
            "countries": dict(standing.countries),
        }
        self.client.put_item(TableName=self.table, Item=encode(values))

    def _query(
        self, country: str, begins: str = "", *, keys_only: bool = False
    ) -> Iterator[dict[str, Any]]:
        condition, values = "country = :c", {":c": country}
        if begins:
            condition += " AND begins_with(part, :p)"
            values[":p"] = begins
        more: dict[str, Any] = {"ProjectionExpression": "part"} if keys_only else {}
        pages = self.client.get_paginator("query").paginate(
            TableName=self.table,
            KeyConditionExpression=condition,
            ExpressionAttributeValues=encode(values),
            **more,
        )
        for page in pages:
            yield from map(decode, page["Items"])


def _packed(offers: Sequence[Offer]) -> tuple[bytes, ...]:
    """Return the offers in parts, the same for the same offers in any order."""
    rows = sorted(
        [o.bank.bank_id, o.bank.method.value, o.bank.name, o.customers, o.bic] for o in offers
    )
    parts = [rows[start : start + PART] for start in range(0, len(rows), PART)]
    texts = [json.dumps(part, separators=(",", ":"), ensure_ascii=False) for part in parts]
    return tuple(zlib.compress(text.encode(), 9) for text in texts)


def _unpacked(item: Mapping[str, Any] | None, provider: str, country: str) -> Iterator[Offer]:
    rows = json.loads(zlib.decompress(item["offers"])) if item else []
    for bank_id, method, name, customers, bic in rows:
        yield Offer(Bank(bank_id, name, country, provider, Method(method)), customers, bic)


def _digest(parts: Sequence[bytes]) -> str:
    return hashlib.sha256(b"".join(parts)).hexdigest()[:16]
