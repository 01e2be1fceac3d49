"""How many runs may die with an owner's own password before no other may have it. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from relink.connection import Method

if TYPE_CHECKING:
    from relink.connection import Connection

MOST_UNSETTLED = 2
"""Runs that may die with a password: a bank that has refused it locks the access at the third."""


def unsettled(connection: Connection) -> bool:
    """Tell whether so many runs have died with the owner's own password that no other may have it.

    Each may have died of what it was about to write down: that the bank refuses it. One such run
    is answered with one more in the next cycle; after that only its owner, or an operator who has
    looked, lets the schedule go on (law 4).
    """
    direct = connection.bank.method is Method.DIRECT
    return direct and connection.runs >= MOST_UNSETTLED
