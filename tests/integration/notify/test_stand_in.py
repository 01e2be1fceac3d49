"""An owner whom mail does not reach: a colleague is told, and he himself again when it does."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from notify import mail_events
from relink.addresses import Trouble
from relink.clock import DAY
from tests.integration.notify.bench import AT_ANY_HOUR, mails, take, text_of

if TYPE_CHECKING:
    from tests.integration.notify.bench import Bench

OWNER, COLLEAGUE = "own_1@example.com", "own_2@example.com"


def bounces(bench: Bench, address: str, message_id: str) -> None:
    """Let SES tell that a mail has bounced for good."""
    about = {"bounceType": "Permanent", "bouncedRecipients": [{"emailAddress": address}]}
    told = {"eventType": "Bounce", "bounce": about, "mail": {"messageId": message_id}}
    mail_events.apply(json.dumps(told), bench.digests, bench.clock.now)


def readers() -> list[str]:
    """Return to whom the mails went, the oldest first."""
    return [str(mail["To"]) for mail in mails()]


def test_a_colleague_is_told_what_came_back(bench: Bench) -> None:
    """He learns why it is he who gets it; the owner is written to no more, until he says so."""
    bench.profile("own_1", **AT_ANY_HOUR)
    bench.profile("own_2", **AT_ANY_HOUR)
    bench.tell(bench.redden(bench.add(1)))
    assert ["sent"] == bench.deliver()
    bounces(bench, OWNER, bench.notice().message_id)
    assert ["sent"] == bench.deliver()

    assert [OWNER, COLLEAGUE] == readers()
    assert OWNER not in text_of(mails()[1])
    assert text_of(mails()[0]) != text_of(mails()[1])

    bench.tell(bench.redden(bench.add(2)))
    assert ["sent"] == bench.deliver()
    bench.addresses.forgive(OWNER, bench.clock.now)
    bench.clock.advance(DAY)
    bench.tell(bench.redden(bench.add(3)))
    assert ["sent"] == bench.deliver()
    assert [OWNER, COLLEAGUE, COLLEAGUE, OWNER] == readers()


def test_the_same_news_twice_tells_nobody_twice(bench: Bench) -> None:
    """Not even when it comes again after the colleague has been told."""
    bench.profile("own_1", **AT_ANY_HOUR)
    bench.profile("own_2", **AT_ANY_HOUR)
    bench.tell(bench.redden(bench.add(1)))
    bench.deliver()
    first = bench.notice().message_id
    for _ in range(3):
        bounces(bench, OWNER, first)
        bench.deliver()

    assert [OWNER, COLLEAGUE] == readers()


def test_with_nobody_to_tell_it_waits_and_is_told_when_there_is(bench: Bench) -> None:
    """The notice stays pending; an owner with a new address has it at his next turn."""
    bench.profile("own_1", **AT_ANY_HOUR)
    bench.tell(bench.redden(bench.add(1)))
    bench.deliver()
    bounces(bench, OWNER, bench.notice().message_id)
    assert ["no address"] == bench.deliver()
    due_at = bench.notice().due_at
    assert due_at
    assert bench.clock.now < due_at <= bench.clock.now + DAY

    bench.profile("own_1", email="new@example.com", **AT_ANY_HOUR)
    bench.clock.now = due_at
    assert ["sent"] == bench.sweep()
    assert [OWNER, "new@example.com"] == readers()


def test_a_bounce_after_the_end_tells_nobody(bench: Bench) -> None:
    """What has been mended meanwhile is no longer anybody's business."""
    bench.profile("own_1", **AT_ANY_HOUR)
    bench.profile("own_2", **AT_ANY_HOUR)
    bench.tell(bench.redden(bench.add(1)))
    bench.deliver()
    message_id = bench.notice().message_id
    bench.tell(bench.mend("con_1"))
    while take():
        pass
    bounces(bench, OWNER, message_id)
    bench.deliver()

    assert [OWNER] == readers()


def test_a_complaint_is_heeded_for_the_next_incident_too(bench: Bench) -> None:
    """Who calls us spam hears no more from us by mail, whatever happens."""
    bench.profile("own_1", **AT_ANY_HOUR)
    bench.addresses.mark(OWNER, Trouble.COMPLAINED, bench.clock.now)
    bench.tell(bench.redden(bench.add(1)))

    assert ["no address"] == bench.deliver()
    assert [] == readers()
