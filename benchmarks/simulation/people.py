"""Who connected what: workspaces, owners with their habits, and their connections."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import accumulate, count
from typing import TYPE_CHECKING, Final

from benchmarks.simulation.assumptions import BEGIN
from relink.clock import DAY
from relink.connection import UNATTENDED_A_DAY, Connection, Method
from relink.expiry import notice_day
from relink.owners import Profile
from relink.reasons import Status
from relink.schedule import MINUTE, SLOTS, next_run

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random

    from benchmarks.simulation.assumptions import Assumptions
    from benchmarks.simulation.world import World
    from relink.connection import Bank

CYCLE: Final = SLOTS * MINUTE
START: Final = 5
_ZONES: Final = (
    ("Europe/Madrid", 0.4),
    ("Europe/Berlin", 0.2),
    ("Europe/Paris", 0.15),
    ("Europe/Lisbon", 0.05),
    ("America/New_York", 0.1),
    ("America/Los_Angeles", 0.05),
    ("America/Sao_Paulo", 0.05),
)
_SIZES: Final = ((1, 0.3), (2, 0.25), (3, 0.15), (5, 0.15), (9, 0.1), (25, 0.04), (80, 0.01))
"""Connections of a workspace, and the share of such workspaces."""


@dataclass(frozen=True, slots=True)
class Owner:
    """An owner: how he is reached, and what he is like."""

    profile: Profile
    reacts: bool
    reachable: bool


@dataclass(frozen=True, slots=True)
class People:
    """Everybody; connections are in the order of their numbers, as are their banks'."""

    owners: dict[str, Owner]
    connections: list[Connection]
    banks: list[int]


def consent_days(number: int, told: Assumptions) -> int:
    """Return for how long a bank's consents last."""
    return 180 if number * 7919 % 1000 < told.long_consents * 1000 else 90


def make_people(told: Assumptions, world: World, dice: Random) -> People:
    """Return the owners and their connections, all connected at some time before the beginning."""
    owners: dict[str, Owner] = {}
    connections: list[Connection] = []
    banks: list[int] = []
    summed = list(accumulate(world.weights))
    for workspace in _workspaces(told.connections, dice):
        members = [_owner(f"{workspace[0]}.{n}", workspace[0], told, dice) for n in range(3)]
        members = members[: 1 + min(workspace[1] // 3, 2)]
        owners |= {m.profile.owner_id: m for m in members}
        for _ in range(workspace[1]):
            bank = dice.choices(range(told.banks), cum_weights=summed)[0]
            owner = members[int(dice.random() ** 2 * len(members))]
            banks.append(bank)
            there, ends = world.banks[bank], None
            if there.method is Method.CONSENT:
                ends = BEGIN + int(dice.random() * consent_days(bank, told) * DAY) + DAY
            connections.append(_connection(len(connections), owner.profile, there, ends))
    return People(owners, connections, banks)


def _workspaces(connections: int, dice: Random) -> Iterator[tuple[str, int]]:
    left = connections
    for number in count():
        if left <= 0:
            return
        size = min(dice.choices([s for s, _ in _SIZES], [w for _, w in _SIZES])[0], left)
        left -= size
        yield f"ws{number}", size


def _owner(owner_id: str, workspace_id: str, told: Assumptions, dice: Random) -> Owner:
    profile = Profile(
        owner_id=owner_id,
        workspace_id=workspace_id,
        email=f"{owner_id}@example.com",
        time_zone=dice.choices([z for z, _ in _ZONES], [w for _, w in _ZONES])[0],
        mail=dice.random() > 0.01,  # noqa: PLR2004 - the share who want no mail
        reminders=dice.random() > 0.05,  # noqa: PLR2004 - the share who have stopped them
        works_again=dice.random() < 0.2,  # noqa: PLR2004 - the share who asked for that
    )
    return Owner(profile, dice.random() < told.reacting, dice.random() > 0.01)  # noqa: PLR2004


def _connection(number: int, owner: Profile, bank: Bank, ends: int | None) -> Connection:
    """Return a connection that has been green for some time, in the middle of its consent."""
    made = Connection(
        connection_id=f"con{number}",
        workspace_id=owner.workspace_id,
        owner_id=owner.owner_id,
        bank=bank,
        created_at=BEGIN - 100 * DAY,
        status=Status.GREEN,
        reason=None,
        since=BEGIN - 90 * DAY,
        credentials_version=1,
        consent_expires_at=ends,
        digest="d",
    )
    return _scheduled(made)


def _scheduled(connection: Connection) -> Connection:
    """Return a connection as its last sync left it: in its slot, its consent's end noted."""
    slot = connection.home_slot
    day = notice_day(connection.consent_expires_at, BEGIN)
    last = next_run(slot, BEGIN - MINUTE) + START - CYCLE
    calls = tuple(last - turn * CYCLE for turn in range(UNATTENDED_A_DAY))
    return replace(
        connection,
        slot=slot,
        notice_day=day,
        last_attempt_at=last,
        last_success_at=last,
        calls=calls,
    )
