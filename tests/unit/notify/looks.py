"""What is looked at when it is decided whether an owner is told: a notice, a connection, facts."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from notify.telling import Advice, Facts
from relink.notices import Notice, Topic
from relink.outages import Outage
from relink.owners import Profile
from relink.reasons import Reason, Status
from tests.fakes import NOON, connection

if TYPE_CHECKING:
    from notify.letter import Kind

DAY = 86_400
HOUR = 3600
OWNER = Profile(owner_id="own_1", workspace_id="ws_1", email="ann@example.com")
RED = connection(status=Status.RED, reason=Reason.CONSENT_EXPIRED, red_since=NOON)
GREEN = connection(status=Status.GREEN, reason=None)
ENDING = replace(GREEN, consent_expires_at=NOON + 14 * DAY)
DOWN = {"fake#fakebank": Outage(NOON, NOON + HOUR)}


def notice(**facts: Any) -> Notice:
    """Return the notice of an incident that began at noon."""
    values = {
        "owner_id": "own_1",
        "connection_id": "con_1",
        "topic": Topic.RED,
        "moment": NOON,
        "created_at": NOON,
        "due_at": NOON,
        **facts,
    }
    return Notice(**values)


def warning(**facts: Any) -> Notice:
    """Return the notice of a consent that ends at noon in two weeks."""
    return notice(topic=Topic.EXPIRING, moment=NOON + 14 * DAY, **facts)


def facts(now: int = NOON, owner: Profile = OWNER, **more: Any) -> Facts:
    """Return the facts of a look; mail reaches the owner unless told otherwise."""
    return Facts(**{"now": now, "owner": owner, "reader": owner, "outages": {}, **more})


def kind(advice: Advice) -> Kind | None:
    """Return of what kind the mail is, if there is one."""
    return advice.mail.kind if advice.mail else None
