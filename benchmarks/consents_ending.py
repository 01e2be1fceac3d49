"""What warning owners of the end of a consent asks of AWS: noticed, then told of twice by mail."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from relink.clock import DAY
from relink.expiry import notice_day
from relink.owners import Owners, Profile

if TYPE_CHECKING:
    from benchmarks.flows import Flows

OWNERS = 20
AHEAD = 14
TOLD = (AHEAD, 7, 1)
"""Days before the end: when it is noticed, and when a mail is due."""
LATER = 6 * 3600
"""A mail waits for the morning."""
CLOCK: dict[str, Any] = {"detail-type": "Scheduled Event"}


def warned(flows: Flows) -> int:
    """Let the consents of some owners, a connection each, run out; return how many mails went."""
    house = flows.house
    ends_at = house.now + AHEAD * DAY
    for number in range(OWNERS):
        _expect(flows, number, ends_at)
    house.reset()
    for days in TOLD:
        house.now = ends_at - days * DAY + LATER
        house.invoke("NotifyFunction", CLOCK)
        for record in house.take("NoticeQueue"):
            house.invoke("NotifyFunction", {"Records": [record]})
    mails = house.meter.requests["sesv2.SendEmail"]
    if mails != OWNERS * (len(TOLD) - 1):
        raise RuntimeError(f"{mails} mails")
    return mails


def _expect(flows: Flows, number: int, ends_at: int) -> None:
    house, owner_id = flows.house, f"own_w{number}"
    made = flows.made(1000 + number, workspace=f"ws_w{number}")
    day = notice_day(ends_at, house.now)
    made = replace(made, owner_id=owner_id, consent_expires_at=ends_at, notice_day=day)
    flows.connections.create(made)
    Owners(house.clients("dynamodb"), house.name("OwnersTable")).change_profile(
        Profile(
            owner_id=owner_id,
            workspace_id=made.workspace_id,
            email=f"{owner_id}@example.com",
            quiet_from="00:00",
            quiet_until="00:00",
        ),
        {},
    )
