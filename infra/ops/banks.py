"""Which banks there are: those that providers list, and those that owners have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from infra.ops.target import Trouble
from relink.bank_lists import BankLists
from relink.items import decode, encode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from infra.ops.target import Target
    from relink.connection import Bank

LIKE_IT: Final = 5
"""Banks of a similar name that are told at most."""


def known_bank(target: Target, provider: str, bank_id: str) -> str:
    """Return what a bank is called. Raises `Trouble`, naming those that are called so, if none is.

    A bank that its provider lists no more, but that owners have, is one.
    """
    listed = {bank.bank_id: bank for bank in _listed(target, provider)}
    if bank_id in listed:
        return listed[bank_id].name
    held = next(connections_at(target, provider, bank_id), None)
    if held is not None:
        return str(held["bank_name"])
    wanted = bank_id.casefold()
    like = [
        b for b in listed.values() if wanted in b.name.casefold() or wanted in b.bank_id.casefold()
    ]
    told = ", ".join(f"{b.bank_id} ({b.name}, {b.country})" for b in like[:LIKE_IT])
    hint = f"; by that name there is {told}" if told else ""
    raise Trouble(f"there is no bank {bank_id!r} at {provider}{hint}")


def connections_at(target: Target, provider: str, bank_id: str | None) -> Iterator[dict[str, Any]]:
    """Yield the connections to a bank, or to all of a provider's, with the bank's name."""
    values = {":p": provider} | ({":b": bank_id} if bank_id is not None else {})
    of_bank = " AND bank_id = :b" if bank_id is not None else ""
    found = target.scan(
        "ConnectionsTable",
        FilterExpression=f"#provider = :p{of_bank}",
        ProjectionExpression="connection_id, bank_name",
        ExpressionAttributeNames={"#provider": "provider"},
        ExpressionAttributeValues=encode(values),
    )
    yield from map(decode, found)


def _listed(target: Target, provider: str) -> Iterator[Bank]:
    """Yield the banks that a provider lists, as far as it has been asked."""
    lists = BankLists(target.dynamodb, target.name("BanksTable"))
    standing = lists.standings().get(provider)
    for country in standing.countries if standing else ():
        for offer in lists.in_country(country):
            if offer.bank.provider == provider:
                yield offer.bank
