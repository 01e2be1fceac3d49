"""A fresh link goes to the owner's mailbox, to nobody else, and not more often than is of use."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from relink.addresses import Trouble
from relink.notices import Notice, Topic
from relink.queues import DigestMessage
from relink.reasons import Reason, Status
from tests.fakes import NOON
from tests.integration.reconnect.bench import Answer, Bench, drain, queued


def expired(bench: Bench, *, notice: bool = True, **facts: Any) -> str:
    """Store a red connection with a mail sent an hour ago; return its expired link."""
    made = bench.add()
    bench.profile()
    if notice:
        told = Notice(
            owner_id="own_1",
            connection_id="con_1",
            topic=Topic.RED,
            moment=made.red_since or 0,
            bank_name="Ría",
            created_at=NOON - 3600,
            mailed=1,
            mailed_at=NOON - 3600,
            message_id="ses-1",
        )
        bench.services.notices.add(replace(told, **facts))
    return bench.link(made, expires_at=NOON)


def ask(bench: Bench, path: str) -> Answer:
    """Press the button."""
    return bench.post(f"{path}/fresh")


def test_it_is_mailed_to_the_owner(bench: Bench) -> None:
    """His notice becomes one that is still to be mailed, with a link of its own."""
    path = expired(bench)

    page = ask(bench, path)

    assert (200, "Look into your mailbox") == (page.status, page.title)
    assert [DigestMessage("own_1")] == queued("notices")
    [notice] = bench.services.notices.of("own_1")
    assert (NOON, NOON, "ses-1") == (notice.asked_at, notice.due_at, notice.message_id)
    assert "/reconnect/" not in page.body


def test_it_is_not_mailed_again_within_ten_minutes(bench: Bench) -> None:
    """Whoever holds an old link cannot fill the owner's mailbox with it."""
    path = expired(bench, mailed_at=NOON - 599)

    assert 200 == ask(bench, path).status
    assert [] == queued("notices")

    bench.clock.advance(1)
    ask(bench, path)
    assert [DigestMessage("own_1")] == queued("notices")


def test_what_is_held_until_the_morning_is_mailed_now(bench: Bench) -> None:
    """A mail that has not gone out yet is the fresh one, and waits for nothing more."""
    path = expired(bench, mailed=0, mailed_at=None, message_id="", due_at=NOON + 3600)

    ask(bench, path)

    assert [DigestMessage("own_1")] == queued("notices")
    [notice] = bench.services.notices.of("own_1")
    assert (NOON, NOON) == (notice.asked_at, notice.due_at)


def test_what_was_asked_for_is_not_asked_for_again_within_ten_minutes(bench: Bench) -> None:
    """However often the button is pressed before the mail goes out, there is one message."""
    path = expired(bench, mailed=0, mailed_at=None, message_id="", due_at=NOON + 60)

    ask(bench, path)
    bench.clock.advance(599)
    ask(bench, path)

    assert [DigestMessage("own_1")] == queued("notices")


def test_a_consent_that_ends_soon_is_renewed_by_a_fresh_link_as_well(bench: Bench) -> None:
    """What a warning tells of can be asked for like what an incident does."""
    ends_at = NOON + 7 * 86_400
    path = expired(bench, topic=Topic.EXPIRING, moment=ends_at)
    bench.change(status=Status.GREEN, reason=None, red_since=None, consent_expires_at=ends_at)

    ask(bench, path)

    assert [DigestMessage("own_1")] == queued("notices")


def test_the_page_says_the_same_whatever_comes_of_it(bench: Bench) -> None:
    """It tells a stranger neither the state of the connection nor whether there is a mailbox."""
    path = expired(bench)
    asked = ask(bench, path).body
    drain("notices")

    bench.change(status=Status.GREEN, reason=None, red_since=None)
    assert asked == ask(bench, path).body

    bench.change(status=Status.RED, reason=Reason.CONSENT_EXPIRED, red_since=NOON)
    assert asked == ask(bench, path).body

    assert [] == queued("notices")


@pytest.mark.parametrize("owner", [{"mail": False}, {"email": ""}, {"email": "dead@example.com"}])
def test_no_mail_is_promised_that_would_reach_nobody(bench: Bench, owner: dict[str, Any]) -> None:
    """The page says so, names no address, and the notice is as it was."""
    path = expired(bench)
    bench.profile(**owner)
    bench.services.addresses.mark("dead@example.com", Trouble.BOUNCED, NOON - 60)
    before = bench.services.notices.of("own_1")
    page = ask(bench, path)

    assert (200, "We cannot mail you a link") == (page.status, page.title)
    assert "@" not in page.body
    assert ([], before) == (queued("notices"), bench.services.notices.of("own_1"))


def test_a_delayed_mail_is_promised(bench: Bench) -> None:
    """Slow is not dead."""
    path = expired(bench)
    bench.services.addresses.mark("own_1@example.com", Trouble.DELAYED, NOON - 60)

    assert "Look into your mailbox" == ask(bench, path).title


def test_an_incident_that_is_over_sends_nothing(bench: Bench) -> None:
    """A cleared notice stays cleared."""
    path = expired(bench, cleared_at=NOON - 5)

    ask(bench, path)

    assert [] == queued("notices")


def test_an_owner_without_a_notice_gets_no_mail(bench: Bench) -> None:
    """Where nothing was told, nothing is told again."""
    ask(bench, expired(bench, notice=False))

    assert [] == queued("notices")


def test_another_site_cannot_ask_for_it(bench: Bench) -> None:
    """A form elsewhere that points here is refused."""
    path = expired(bench)

    page = bench.post(f"{path}/fresh", sec_fetch_site="cross-site")

    assert 403 == page.status
    assert [] == queued("notices")
