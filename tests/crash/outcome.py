"""What is left at the end of a flow, without what differs from run to run: moments and names."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any

from relink.events import SYNCED
from relink.items import decode
from relink.notices import from_item as notice_from_item
from relink.repository import from_item
from sync.credentials.vault import sealed

if TYPE_CHECKING:
    from relink.connection import Connection
    from tests.crash.world import World

MADE = re.compile(r"con_[0-9a-f]{24}")
MOMENTS = frozenset(
    {"since", "red_since", "last_success_at", "accepted_at", "disconnected_at", "slot"}
    | {"accounts_red_since", "rate_limited_until", "consent_expires_at", "notice_day"}
)
"""Of these it only counts whether they are there."""
PASSING = frozenset(
    {"connection_id", "created_at", "last_attempt_at", "last_cycle", "calls", "tries"}
    | {"lease", "lease_until", "live_attempt", "live_until"}
)
"""Where they matter, the laws are checked by themselves."""


@dataclass
class Outcome:
    """The end of a flow."""

    connections: dict[str, Any] = field(default_factory=dict)
    ledger: dict[str, Any] = field(default_factory=dict)
    access: dict[str, bool] = field(default_factory=dict)
    """Of each connection, whether its stored access opens the bank."""
    retired: list[str] = field(default_factory=list)
    trail: dict[str, list[str]] = field(default_factory=dict)
    notices: list[Any] = field(default_factory=list)
    mailed: set[tuple[str, str]] = field(default_factory=set)
    pushed: set[str] = field(default_factory=set)
    told: set[str] = field(default_factory=set)
    """What the host app was told, less that data may have changed: to say so in vain is allowed."""
    banks: list[str] = field(default_factory=list)
    profile: list[Any] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    """What is still to be done: messages, leases, attempts under way."""
    broken: list[str] = field(default_factory=list)
    """Laws that were broken on the way."""


def outcome_of(world: World) -> Outcome:
    """Return how things stand."""
    with world.wire.unwatched():
        return _read(world)


def differences(expected: Outcome, actual: Outcome) -> list[str]:
    """Return what differs, a line a thing."""
    return [
        line
        for f in fields(Outcome)
        for line in _differing(f.name, getattr(expected, f.name), getattr(actual, f.name))
    ]


def _differing(name: str, expected: Any, actual: Any) -> list[str]:
    """Return what differs of one thing; of a table, only in what."""
    if expected == actual:
        return []
    if isinstance(expected, dict) and isinstance(actual, dict):
        both = sorted(expected.keys() | actual.keys())
        return [
            line
            for key in both
            for line in _differing(f"{name} {key}", expected.get(key), actual.get(key))
        ]
    return [f"{name}: {expected!r} became {actual!r}"]


def duplicates(world: World, expected: Counter[tuple[str, str]]) -> int:
    """Return how many mails were sent more often than in the undisturbed run."""
    return sum((mails_of(world) - expected).values())


def mails_of(world: World) -> Counter[tuple[str, str]]:
    """Return the mails that went out."""
    return Counter((to, subject) for to, subject, _ in world.state.mails)


def _read(world: World) -> Outcome:
    state = world.state
    found = Outcome(
        mailed=set(mails_of(world)),
        pushed=set(state.pushes),
        told={what for what in state.events.values() if not what.startswith(SYNCED)},
        left=[f"{m.queue} {m.body}" for m in state.messages] + [f"dead {d}" for d in state.dead],
        broken=world.bank.violations(),
    )
    stored = {i["connection_id"]["S"]: from_item(i) for i in world.items("ConnectionsTable")}
    for own_id, connection in sorted(stored.items()):
        found.connections[own_id] = _settled(connection, world.now)
        if connection.lease_until > world.now or connection.leased:
            found.left.append(f"lease of {own_id}")
    _read_ledger(world, found)
    _read_credentials(world, found, stored)
    _read_owners(world, found)
    _read_attempts(world, found)
    found.banks = sorted(decode(i)["part"] for i in world.items("BanksTable"))
    return _renamed(found)


def _renamed(found: Outcome) -> Outcome:
    """Call what was made on the way by its place, not by the name that it got."""
    names = {
        own_id: f"new_{n}" for n, own_id in enumerate(filter(MADE.fullmatch, found.connections))
    }
    for key, values in found.ledger.items():
        own_id, _, sk = key.partition(" ")
        if own_id in names and sk.startswith("account#"):
            names[sk.removeprefix("account#")] = f"{names[own_id]}_{values['bank_name']}"

    def told(value: Any) -> Any:
        match value:
            case str():
                for name, other in names.items():
                    value = value.replace(name, other)
                return value
            case dict():
                return {told(k): told(v) for k, v in value.items()}
            case list() | tuple() | set():
                return type(value)(map(told, value))
        return value

    if not names:
        return found
    return Outcome(**{f.name: told(getattr(found, f.name)) for f in fields(Outcome)})


def _settled(connection: Connection, now: int) -> dict[str, Any]:
    values = {
        f.name: getattr(connection, f.name)
        for f in fields(connection)
        if f.name not in PASSING and f.name not in MOMENTS
    }
    there: dict[str, Any] = {name: getattr(connection, name) is not None for name in MOMENTS}
    there["login"] = bool(connection.login)  # a hash under a key that is made on the way
    there |= {"digest": bool(connection.digest), "rotation": bool(connection.rotation)}
    return {**values, **there, "live": connection.live_until > now}


def _read_ledger(world: World, found: Outcome) -> None:
    for item in map(decode, world.items("LedgerTable")):
        sk, own_id = str(item["sk"]), str(item["connection_id"])
        if sk.startswith("event#"):
            if item["kind"] == "status":
                told = f"{item['status']} {item.get('reason', '')}"
                found.trail.setdefault(own_id, []).append(told)
            continue
        values = {k: v for k, v in item.items() if k not in {"updated_at", "balance_at"}}
        name = "history" if sk.startswith("history#") else sk
        found.ledger[f"{own_id} {name}"] = values
    for events in found.trail.values():
        events.sort()


def _read_credentials(world: World, found: Outcome, stored: dict[str, Connection]) -> None:
    opened = world.bank.memory.open
    with world.environment("WorkerFunction"):
        from sync import worker  # noqa: PLC0415 - as it is patched

        vault = worker.bootstrap().batch.syncer.vault
    for item in world.items("CredentialsTable"):
        own_id = item["connection_id"]["S"]
        if own_id not in stored:
            found.retired.append(own_id)
            continue
        box = sealed(item)
        current = box.current(stored[own_id])
        access = vault.open(stored[own_id], box.box).reveal().decode().rstrip(".")
        found.access[own_id] = current and access in opened


def _read_owners(world: World, found: Outcome) -> None:
    for item in map(decode, world.items("OwnersTable")):
        sk = str(item["sk"])
        if sk.startswith("notice#"):
            told = notice_from_item(item)
            due = told.due_at is not None and told.due_at <= world.now
            over = (told.cleared_at is not None, told.closed_at is not None)
            counts = (told.mailed, told.pushed, told.undelivered)
            seen = told.dismissed_at is not None
            found.notices.append((told.connection_id, told.topic.value, counts, over, due, seen))
        elif sk == "profile":
            found.profile.append(sorted((k, str(v)) for k, v in item.items()))
    found.notices.sort()


def _read_attempts(world: World, found: Outcome) -> None:
    for item in map(decode, world.items("AttemptsTable")):
        if item["state"] not in {
            *("done", "rejected", "unavailable", "interrupted", "refused", "expired"),
        }:
            found.left.append(f"attempt {item['state']}")
