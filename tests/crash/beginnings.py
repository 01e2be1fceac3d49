"""What is there before each flow."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from relink.schedule import MINUTE
from tests.crash import scene
from tests.crash.scene import DAY

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.crash.world import World

QUARTER = 900


def well(way: str = "consent") -> Callable[[World], None]:
    """Return what prepares a connection that is well."""

    def prepare(world: World) -> None:
        scene.add(world, way=way)

    return prepare


def dispatch_prepared(world: World) -> None:
    """Have three connections of one workspace due in the next minute."""
    made = [scene.add(world, f"con_{n}", way="token") for n in (1, 2, 3)]
    slot = made[0].home_slot
    begin = (world.now // scene.CYCLE + 1) * scene.CYCLE + slot * MINUTE
    world.settle_until(begin - MINUTE)
    with world.wire.unwatched():
        world.fire("DispatchFunction")
    world.settle_until(begin)


def refusal_prepared(world: World) -> None:
    """Have an owner with a browser, whose bank refuses his access from now on."""
    scene.owner(world)
    scene.browser(world)
    scene.add(world)


def reminder_prepared(world: World) -> None:
    """Have a connection red for four days, mailed and pushed once, not reminded yet."""
    scene.owner(world)
    scene.browser(world)
    since = world.now - 4 * DAY
    told: dict[str, Any] = {"mailed": 1, "mailed_at": since, "message_id": "ses-0", "pushed": 1}
    scene.notice(world, scene.red(world), pushed_at=since, **told)


def warning_prepared(world: World) -> None:
    """Have a consent end in six days, of which nobody has been told."""
    scene.owner(world)
    today = dt.datetime.fromtimestamp(world.now, dt.UTC).date().isoformat()
    scene.add(world, consent_expires_at=world.now + 6 * DAY, notice_day=today)


def red_prepared(way: str = "consent") -> Callable[[World], None]:
    """Have a connection red for four days, and its owner told."""

    def prepare(world: World) -> None:
        scene.owner(world, works_again=True)
        made = scene.red(world, way=way)
        told: dict[str, Any] = {"mailed": 3, "mailed_at": made.red_since, "message_id": "ses-0"}
        scene.notice(world, made, due_at=None, **told)

    return prepare


def bounce_prepared(world: World) -> None:
    """Have SES take a mail for one owner; another one is of the same workspace."""
    scene.owner(world)
    scene.owner(world, "own_2")
    made = scene.red(world, since=world.now - 60, red_since=world.now - 60)
    scene.notice(world, made)
    world.fire("NotifyFunction")
    world.settle(QUARTER)
    world.state.mails[:] = world.state.mails[-1:]


def settings_prepared(world: World) -> None:
    """Have an owner with a red connection and its notice."""
    scene.owner(world)
    scene.notice(world, scene.red(world), due_at=None, mailed=3)


def nothing_prepared(world: World) -> None:
    """Have nothing."""
