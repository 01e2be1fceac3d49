"""What operators have the schedule do: leave a bank alone, call one now, try a login again."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from infra.ops.banks import connections_at, known_bank
from infra.ops.target import Trouble
from relink import outages
from relink.connection import NONE_YET, TRIES_A_DAY
from relink.items import encode
from relink.providers import PROVIDERS
from relink.queues import Queue, SyncMessage
from relink.schedule import SLOTS, minute_of
from relink.writes import Conflict
from sync.batches.breaker import KEPT
from sync.visits.claiming import Obstacle, obstacle

if TYPE_CHECKING:
    from infra.ops.target import Target
    from relink.connection import Connection

ENDS_BY_ITSELF = frozenset({Obstacle.BUSY, Obstacle.ATTEMPT, Obstacle.RATE_LIMITED})


def pause_bank(target: Target, provider: str, bank: str | None, hours: float) -> dict[str, Any]:
    """Have the schedule leave a bank, or a provider with all its banks, alone for so long.

    Raises `Trouble` if nobody knows the bank. Counting its connections takes a while, the pause
    holds before that.
    """
    if provider not in PROVIDERS:
        raise Trouble(f"there is no provider {provider}; there are {', '.join(PROVIDERS)}")
    called = known_bank(target, provider, bank) if bank is not None else f"all of {provider}"
    place, now = _place(provider, bank), target.now()
    until = now + round(hours * 3600)
    outages.hold(target.dynamodb, target.name("StateTable"), place, now, until)
    return {
        "place": place,
        "bank": called,
        "connections": sum(1 for _ in connections_at(target, provider, bank)),
        "held_until": until,
        "known_everywhere_in_seconds": KEPT,
    }


def resume_bank(target: Target, provider: str, bank: str | None) -> dict[str, Any]:
    """End a pause at once. Raises `Trouble` if there is none."""
    place = _place(provider, bank)
    if not outages.release(target.dynamodb, target.name("StateTable"), place):
        held = [p for p, o in _outages(target).items() if o.held]
        raise Trouble(f"{place} is not paused; paused are: {', '.join(held) or 'none'}")
    return {"place": place, "resumed": True, "known_everywhere_in_seconds": KEPT}


def replay(target: Target, connection_id: str, *, dead_runs: bool) -> dict[str, Any]:
    """Have a connection synced now, in the schedule's name: it counts as one of the day's four.

    `dead_runs` forgets that runs have died with its password. Raises `Trouble` if the worker
    would refuse to call the bank.
    """
    before, now = target.connection(connection_id), target.now()
    cycle = minute_of(now) // SLOTS
    after = replace(before, runs=0) if dead_runs else before
    if after.last_cycle == cycle and not after.leased:
        after = replace(after, last_cycle=cycle - 1)
    why = obstacle(after, cycle, now)
    if why is not None and why not in ENDS_BY_ITSELF:
        raise Trouble(f"the worker would not call the bank: {why.value}")
    down = outages.outage_of(before.bank, _outages(target))
    if down is not None and (down.held or down.spares(now)):
        raise Trouble("the worker would not call the bank: it is down, or paused by hand")
    try:
        target.connections.save(before, after, expect=("last_cycle", "lease", "runs"))
    except Conflict:
        raise Trouble("it is being synced at this moment; look again") from None
    queue = Queue(target.client("sqs"), target.name("SyncQueue"))
    queue.send(SyncMessage(connection_id, cycle))
    return {
        "connection_id": connection_id,
        "queued": True,
        "waits_for": why.value if why else None,
    }


def unlock(target: Target, connection_id: str) -> dict[str, Any]:
    """Lift the lock-out guard's pauses of a connection and of the login that was tried there."""
    before = target.connection(connection_id)
    logins = sorted({before.login, _tried_login(target, before)} - {""})
    after = replace(before, tries=(NONE_YET,) * TRIES_A_DAY)
    try:
        target.connections.save(before, after, expect=("tries",))
    except Conflict:
        raise Trouble("its owner tries at this moment; look again") from None
    for login in logins:
        target.dynamodb.delete_item(
            TableName=target.name("StateTable"), Key=encode({"name": f"login#{login}"})
        )
    taken = sum(1 for at in before.tries if at)
    return {"connection_id": connection_id, "tries_forgotten": taken, "logins": logins}


def _tried_login(target: Target, connection: Connection) -> str:
    attempt = target.attempts.get(connection.live_attempt) if connection.live_attempt else None
    return attempt.login if attempt else ""


def _outages(target: Target) -> dict[str, outages.Outage]:
    return outages.read(target.dynamodb, target.name("StateTable"))


def _place(provider: str, bank: str | None) -> str:
    return provider if bank is None else outages.names(provider, bank)[0]
