"""What the API tells of banks, as types."""

from __future__ import annotations

from typing import NotRequired

from pydantic import with_config
from typing_extensions import TypedDict

from reconnect.shapes.words import (
    DOCUMENTED,
    Country,
    MethodName,
    ProviderName,
)


@with_config(DOCUMENTED)
class BankShape(TypedDict):
    """An institution, and how it is reached."""

    bank_id: str
    name: str
    country: Country
    provider: ProviderName
    method: MethodName


@with_config(DOCUMENTED)
class WayShape(BankShape):
    """A way to a bank: what `POST /connections` takes as its `bank`."""

    customers: NotRequired[str]
    """Which of the bank's customers it is for, where it makes a difference."""


@with_config(DOCUMENTED)
class BankEntryShape(TypedDict):
    """A bank that can be connected, with all ways to it."""

    name: str
    country: Country
    ways: list[WayShape]


@with_config(DOCUMENTED)
class BanksShape(TypedDict):
    """A page of a country's banks, the best match first."""

    banks: list[BankEntryShape]
    next_cursor: str | None
