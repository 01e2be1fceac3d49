"""From stream records to notices, and to messages that gather a mail."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from notify.gate import Gate
from notify.gathering import UnknownShape
from relink.queues import DigestMessage
from relink.reasons import Reason, Status
from tests.fakes import NOON
from tests.integration.notify.bench import GATHER, delays, mails, queued, record, take

if TYPE_CHECKING:
    from tests.integration.notify.bench import Bench


def test_turning_red_tells_the_owner_at_once(bench: Bench) -> None:
    """The notice is there before any mail, and its mail waits for a minute."""
    bench.tell(bench.redden(bench.add()))

    assert ("Bank 1", NOON, True) == (
        bench.notice().bank_name,
        bench.notice().created_at,
        bench.notice().pending,
    )
    assert [DigestMessage("own_1")] == queued()
    assert [GATHER] == delays()
    assert [] == mails()


def test_a_replayed_record_does_nothing_new(bench: Bench) -> None:
    """However often the stream tells of an incident, there is one notice and one message."""
    told = bench.redden(bench.add())
    bench.tell(told, told, told)

    assert 1 == len(bench.notices.of("own_1"))
    assert 1 == len(queued())


@pytest.mark.parametrize("later", [0, 10, 3600, 24 * 3600])
def test_a_record_replayed_after_its_mail_sends_nothing(bench: Bench, later: int) -> None:
    """A stream keeps records for a day; what was mailed is not mailed again."""
    told = bench.redden(bench.add())
    bench.tell(told)
    bench.deliver()
    bench.clock.advance(later)
    bench.tell(told)

    assert [] == queued()
    assert 1 == len(mails())


def test_a_record_replayed_after_the_end_sends_nothing(bench: Bench) -> None:
    """An incident that is over stays over, whatever the stream tells of its beginning."""
    began = bench.redden(bench.add())
    ended = bench.mend("con_1")
    bench.tell(began, ended)
    take()
    bench.clock.advance(3600)
    bench.tell(began)

    assert not bench.notice().pending
    assert [] == queued()


def test_an_end_told_before_its_beginning_silences_it(bench: Bench) -> None:
    """Shards and replays know no order between them; the end is marked even so."""
    began = bench.redden(bench.add())
    ended = bench.mend("con_1")
    bench.tell(ended, began)

    assert not bench.notice().pending
    assert [] == queued()


def test_reds_of_one_minute_share_a_message(bench: Bench) -> None:
    """What turns red while a message is under way waits for it."""
    for number in (1, 2, 3):
        bench.tell(bench.redden(bench.add(number)))
        bench.clock.advance(15)

    assert [DigestMessage("own_1")] == queued()


def test_a_message_that_may_have_arrived_is_not_relied_on(bench: Bench) -> None:
    """Near its end a gate proves nothing: another message is sent rather than a notice lost."""
    bench.tell(bench.redden(bench.add(1)))
    bench.clock.advance(GATHER - 4)
    bench.tell(bench.redden(bench.add(2)))

    assert 2 == len(queued())
    assert Gate(NOON + GATHER - 4 + GATHER) == bench.gates.get("own_1")


def test_a_mail_under_way_keeps_its_owner_to_itself(bench: Bench) -> None:
    """A red that comes while a mail is going out gets a message and leaves the sending alone."""
    bench.gates.begin_sending("own_1", bench.clock.now)
    bench.tell(bench.redden(bench.add()))

    assert 1 == len(queued())
    assert not bench.gates.begin_sending("own_1", bench.clock.now)


def test_owners_do_not_share_gates(bench: Bench) -> None:
    """Each owner has a message of his own."""
    bench.tell(bench.redden(bench.add(1, "own_1")), bench.redden(bench.add(2, "own_2")))

    assert [DigestMessage("own_1"), DigestMessage("own_2")] == queued()


def test_leaving_red_clears_the_notice(bench: Bench) -> None:
    """Accepted credentials end the incident before the first sync does."""
    bench.tell(bench.redden(bench.add()))
    before = bench.now("con_1")
    accepted = replace(
        before, status=Status.ORANGE, reason=Reason.FIRST_SYNC_PENDING, red_since=None
    )
    bench.clock.advance(5)
    bench.tell(bench.change(before, accepted))

    assert NOON + 5 == bench.notice().cleared_at


def test_removing_a_red_connection_clears_its_notice(bench: Bench) -> None:
    """Nobody is asked to mend what has been disconnected."""
    bench.tell(bench.redden(bench.add()))
    bench.tell(record(bench.now("con_1"), None))

    assert not bench.notice().pending


def test_a_second_incident_is_told_anew(bench: Bench) -> None:
    """Red, mended, red again within a minute: the first notice is over, the second is pending."""
    first = bench.redden(bench.add())
    mended = bench.mend("con_1")
    bench.clock.advance(20)
    second = bench.redden(bench.now("con_1"))
    bench.tell(first, mended, second)

    assert [(NOON, False), (NOON + 20, True)] == [
        (n.moment, n.pending) for n in bench.notices.of("own_1")
    ]


def test_one_incident_that_follows_another_directly_is_both(bench: Bench) -> None:
    """Two changes that reach us as one end the old incident and begin the new one."""
    bench.tell(bench.redden(bench.add()))
    before = bench.now("con_1")
    bench.tell(record(before, replace(before, red_since=NOON + 600)))

    assert [False, True] == [n.pending for n in bench.notices.of("own_1")]


def test_an_image_that_cannot_be_read_changes_nothing(bench: Bench) -> None:
    """What is not understood is reported, not guessed at."""
    told = bench.redden(bench.add())
    del told["dynamodb"]["NewImage"]["bank_name"]

    with pytest.raises(UnknownShape, match="bank_name"):
        bench.tell(told)
    assert [] == bench.notices.of("own_1")
