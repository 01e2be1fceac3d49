"""What changes while an owner is being told, and writes that meet another's."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from notify.push.pushing import Pushed
from relink import backoff
from relink.queues import DigestMessage
from relink.writes import Conflict
from tests.fakes import NOON
from tests.integration.notify.bench import AT_ANY_HOUR, mails, queued, take
from tests.stumbling import refusal, stumble

if TYPE_CHECKING:
    from collections.abc import Callable

    from botocore.exceptions import ClientError

    from tests.integration.notify.bench import Bench

DAY = 86_400
HOUR = 3600


class WhilePushing:
    """A push service that takes its time: meanwhile something happens."""

    def __init__(self, happens: Callable[[], object]) -> None:
        self.happens = happens

    def push(self, *_: Any, **__: Any) -> Pushed:
        """Let it happen."""
        self.happens()
        return Pushed(1)


def pushing(bench: Bench, pusher: object) -> None:
    """Have the bench push through this."""
    object.__setattr__(bench.digests, "pusher", pusher)


def conflict() -> ClientError:
    """Return what a write gets that meets a transaction on the same item."""
    return refusal("TransactionConflictException")


@pytest.fixture
def _patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backoff, "FIRST", 0)


class TestBetweenPushAndMail:
    def test_what_has_ended_is_not_mailed(self, bench: Bench) -> None:
        """True at the moment of sending, also when pushing has taken seconds."""
        bench.tell(*(bench.redden(bench.add(number)) for number in (1, 2)))
        pushing(bench, WhilePushing(lambda: bench.mend("con_1")))

        assert "sent" == bench.turn().outcome.value
        assert ["Bank 2 needs to be reconnected"] == [m["Subject"] for m in mails()]
        assert 0 == bench.notice("con_1").mailed
        assert bench.notice("con_1").due_at is not None
        bench.turn()
        assert bench.notice("con_1").cleared_at

    def test_what_he_has_begun_to_mend_waits(self, bench: Bench) -> None:
        """His attempt may well succeed; if not, he is told when it is over."""
        bench.profile(**AT_ANY_HOUR)
        bench.tell(bench.redden(bench.add(1)))

        def begins() -> None:
            before = bench.now("con_1")
            bench.change(before, replace(before, live_until=NOON + 500))

        pushing(bench, WhilePushing(begins))
        bench.turn()

        assert [] == mails()
        assert NOON + 500 == bench.notice().due_at

    def test_what_can_no_longer_be_read_is_left_as_it_is(self, bench: Bench) -> None:
        """It stays due; the others are mailed."""
        bench.tell(*(bench.redden(bench.add(number)) for number in (1, 2)))
        bench.clock.advance(60)

        def spoils() -> None:
            boto3.client("dynamodb").update_item(
                TableName=bench.connections.table,
                Key={"connection_id": {"S": "con_1"}},
                UpdateExpression="SET reason = :r",
                ExpressionAttributeValues={":r": {"S": "of_a_later_version"}},
            )

        pushing(bench, WhilePushing(spoils))

        assert "sent" == bench.turn().outcome.value
        assert ["Bank 2 needs to be reconnected"] == [m["Subject"] for m in mails()]
        assert (0, NOON + 60) == (bench.notice("con_1").mailed, bench.notice("con_1").due_at)


class TestABusyPushService:
    def test_is_not_asked_for_ever(self, bench: Bench) -> None:
        """After a day the browser is given up for this telling; the next one finds it again."""
        bench.profile(**AT_ANY_HOUR)
        pushing(bench, bench.pushes)
        bench.pushes.answer = Pushed(0, retry_after=HOUR)
        bench.tell(bench.redden(bench.add()))
        bench.deliver()
        bench.sweep_until(bench.clock.now + 2 * DAY)

        assert 25 == len(bench.pushes.taken)
        assert 1 == bench.notice().pushed
        assert NOON + 3 * DAY - 3 * HOUR == bench.notice().due_at
        assert 1 == len(mails())

    def test_does_not_keep_from_counting_who_was_reached(self, bench: Bench) -> None:
        """Half of the browsers know; when the day is over, that is what is written down."""
        pushing(bench, bench.pushes)
        bench.pushes.answer = Pushed(1, retry_after=HOUR)
        bench.tell(bench.redden(bench.add()))
        bench.deliver()
        bench.sweep_until(bench.clock.now + 2 * DAY)

        assert 1 == bench.notice().pushed
        assert bench.notice().push_busy_since is None

    def test_wakes_only_those_who_wait_for_it(self, bench: Bench) -> None:
        """What he is reconnecting was not pushed, so it is not what the service is busy with."""
        pushing(bench, bench.pushes)
        bench.pushes.answer = Pushed(0, retry_after=120)
        bench.tell(
            bench.redden(bench.add(1)), bench.redden(bench.add(2, live_until=NOON + 2 * HOUR))
        )
        bench.deliver()

        assert bench.clock.now + 120 == bench.notice("con_1").due_at
        assert NOON + 2 * HOUR == bench.notice("con_2").due_at

    def test_is_tried_for_a_day_however_late_its_telling_was(self, bench: Bench) -> None:
        """What night and outage held back is not given up at the first try."""
        pushing(bench, bench.pushes)
        bench.pushes.answer = Pushed(0, retry_after=120)
        bench.tell(bench.redden(bench.add(1, live_until=NOON + 30 * HOUR)))
        bench.lose_messages()
        bench.sweep_until(NOON + 30 * HOUR)
        assert (0, 1) == (bench.notice().pushed, len(bench.pushes.taken))

        bench.pushes.answer = Pushed(1)
        bench.sweep_until(NOON + 31 * HOUR)
        assert (1, 2) == (bench.notice().pushed, len(bench.pushes.taken))


@pytest.mark.usefixtures("_patience")
class TestAWriteThatMeetsAnother:
    def test_is_made_all_the_same(self, bench: Bench) -> None:
        """The end of an incident is no failed condition because a mail is just being recorded."""
        bench.tell(bench.redden(bench.add()))
        ended = bench.mend("con_1")
        stumble(bench.digests.records._client, "update_item", conflict(), conflict())
        bench.tell(ended)

        assert bench.notice().cleared_at == NOON

    def test_is_told_of_if_it_cannot_be_made(self, bench: Bench) -> None:
        """The stream repeats the record: the end is not lost."""
        bench.tell(bench.redden(bench.add()))
        ended = bench.mend("con_1")
        stumble(bench.digests.records._client, "update_item", *[conflict()] * backoff.TRIES)
        with pytest.raises(Conflict):
            bench.tell(ended)
        assert bench.notice().cleared_at is None

        bench.tell(ended)
        assert bench.notice().cleared_at == NOON

    def test_reopens_what_came_back(self, bench: Bench) -> None:
        """A bounce is heard even while its notice is being written."""
        bench.tell(bench.redden(bench.add()))
        bench.deliver()
        stumble(bench.mailings._client, "update_item", conflict())
        bench.mailings.unmail("own_1", bench.notice().last_message_id, bench.clock.now)

        assert 0 == bench.notice().mailed

    def test_asks_for_a_fresh_link(self, bench: Bench) -> None:
        """Its owner pressed the button once; that is enough."""
        bench.tell(bench.redden(bench.add()))
        stumble(bench.notices._client, "update_item", conflict())

        assert bench.notices.ask(bench.notice(), NOON, unless_since=NOON - 600)
        assert NOON == bench.notice().asked_at

    def test_stops_reminders(self, bench: Bench) -> None:
        """So does the link at the end of a reminder."""
        stumble(bench.owners._client, "update_item", conflict())

        assert bench.owners.stop_reminders("own_1")
        profile = bench.owners.profile("own_1")
        assert profile
        assert not profile.reminders


def test_that_it_works_again_is_told_within_a_minute(bench: Bench) -> None:
    """The end of what was mailed has a message of its own: it need not wait for the sweep."""
    bench.profile(works_again=True, **AT_ANY_HOUR)
    bench.tell(bench.redden(bench.add()))
    bench.deliver()
    ended = bench.mend("con_1")
    bench.tell(ended, ended)

    assert [DigestMessage("own_1")] == queued()
    assert ["sent"] == bench.deliver()
    assert ["Bank 1 is syncing again"] == [m["Subject"] for m in mails()[1:]]


def test_that_it_works_again_is_told_soon_also_if_a_look_finds_out(bench: Bench) -> None:
    """The run that sees it before the stream has told leaves a message for it."""
    bench.profile(works_again=True, **AT_ANY_HOUR)
    bench.tell(bench.redden(bench.add(1)))
    bench.deliver()
    bench.mend("con_1")
    bench.turn()

    assert [DigestMessage("own_1")] == queued()
    assert ["sent"] == bench.deliver()


def test_what_was_never_mailed_ends_without_a_message(bench: Bench) -> None:
    """Nobody has anything to take back."""
    bench.tell(bench.redden(bench.add()))
    take()
    bench.tell(bench.mend("con_1"))

    assert [] == queued()


def test_an_item_of_a_later_version_holds_up_no_other(bench: Bench) -> None:
    """A notice of a topic that is not known here is left alone; the owner hears of the rest."""
    bench.tell(*(bench.redden(bench.add(number)) for number in (1, 2)))
    boto3.client("dynamodb").update_item(
        TableName="OwnersTable",
        Key={"owner_id": {"S": "own_1"}, "sk": {"S": bench.notice("con_1").sk}},
        UpdateExpression="SET topic = :t",
        ExpressionAttributeValues={":t": {"S": "of_a_later_version"}},
    )

    assert "sent" == bench.turn().outcome.value
    assert ["Bank 2 needs to be reconnected"] == [m["Subject"] for m in mails()]


def test_mails_read_for_others_are_told_apart(bench: Bench) -> None:
    """What one reads for others does not use up the day of one's own."""
    bench.profile("own_1", email="", **AT_ANY_HOUR)
    bench.profile("own_2", **AT_ANY_HOUR)
    for number in (1, 2, 3):
        bench.tell(bench.redden(bench.add(number)))
        bench.deliver()
    recent = bench.mailings.recent("own_2", bench.clock.now)
    assert (0, 3) == (len(recent.own), len(recent.stood_in))

    bench.tell(bench.redden(bench.add(4)), bench.redden(bench.add(5, "own_2")))
    bench.deliver()
    assert "Bank 5 needs to be reconnected" == mails()[-1]["Subject"]
    assert 4 == len(mails())
