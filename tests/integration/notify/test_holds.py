"""What is withheld is kept, and told when its time has come."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from notify.mailings import Recent
from relink.addresses import Trouble
from relink.items import encode
from relink.queues import DigestMessage
from tests.fakes import NOON
from tests.integration.notify.bench import AT_ANY_HOUR, mails, queued, text_of
from tests.integration.notify.holds import DAY, HOUR, MORNING, NIGHT, red
from tests.stumbling import stumble, twice

if TYPE_CHECKING:
    from tests.integration.notify.bench import Bench


def outages(bench: Bench, **places: list[int]) -> None:
    """Let banks be down for everybody."""
    del bench
    item = {"name": "outages", **{f"at {place}": times for place, times in places.items()}}
    boto3.client("dynamodb").put_item(TableName="StateTable", Item=encode(item))


def test_a_red_of_the_night_is_mailed_in_the_morning(bench: Bench) -> None:
    """At the end of his quiet hours, once, with all that is still red by then."""
    bench.clock.now = NIGHT
    for number in (1, 2, 3):
        red(bench, number)
    bench.mend("con_3")
    assert [] == mails()
    assert MORNING == bench.notice("con_1").due_at
    bench.sweep_until(MORNING - 1)
    assert [] == mails()

    bench.clock.now = MORNING
    assert ["sent"] == bench.sweep()
    [mail] = mails()
    assert "Bank 1 and Bank 2 need to be reconnected" == mail["Subject"]


def test_a_night_is_the_owners_own(bench: Bench) -> None:
    """Noon in Greenwich is night in Auckland."""
    bench.profile(time_zone="Pacific/Auckland")
    red(bench)

    assert [] == mails()
    bench.sweep_until(NOON + 8 * HOUR)
    assert 1 == len(mails())


def test_a_red_that_ends_in_the_night_is_never_mailed(bench: Bench) -> None:
    """True at the moment it is read."""
    bench.clock.now = NIGHT
    red(bench)
    bench.tell(bench.mend("con_1"))
    bench.sweep_until(NIGHT + DAY)

    assert [] == mails()
    assert bench.notice().due_at is None


def test_the_fourth_mail_of_a_day_waits_for_the_next(bench: Bench) -> None:
    """What is red meanwhile shares it."""
    for number in (1, 2, 3, 4, 5):
        red(bench, number)
        bench.clock.advance(300)
    assert 3 == len(mails())
    first = bench.mailings.recent("own_1", bench.clock.now).own[0]
    assert first + DAY == bench.notice("con_4").due_at == bench.notice("con_5").due_at

    bench.clock.now = first + DAY
    assert ["sent"] == bench.sweep()
    assert "Bank 4 and Bank 5 need to be reconnected" == mails()[3]["Subject"]


def test_nobody_is_mailed_about_what_he_is_mending(bench: Bench) -> None:
    """While he is reconnecting the bank; should that fail, he is told afterwards."""
    red(bench, live_until=NOON + 500)

    assert [] == mails()
    assert NOON + 500 == bench.notice().due_at
    bench.clock.now = NOON + 900
    assert ["sent"] == bench.sweep()


def test_a_bank_that_is_down_for_all_is_not_mailed_about(bench: Bench) -> None:
    """Nobody could reconnect it now; afterwards he can."""
    outages(bench, **{"fake#bank1": [NOON, NOON + HOUR, 0]})
    bench.tell(*(bench.redden(bench.add(number)) for number in (1, 2)))
    bench.deliver()
    assert ["Bank 2 needs to be reconnected"] == [m["Subject"] for m in mails()]

    outages(bench)
    bench.clock.now = NOON + 2 * HOUR
    bench.sweep()
    assert "Bank 1 needs to be reconnected" == mails()[1]["Subject"]


def test_a_provider_that_is_down_takes_its_banks_with_it(bench: Bench) -> None:
    """One outage, many banks, no mail."""
    outages(bench, fake=[NOON, NOON + HOUR, 0])
    red(bench)

    assert [] == mails()


@pytest.mark.parametrize("trouble", [Trouble.BOUNCED, Trouble.COMPLAINED])
def test_a_colleague_is_told_in_the_stead_of_who_cannot_be_reached(
    bench: Bench, trouble: Trouble
) -> None:
    """The first other member of the workspace whom mail reaches; he is told why he gets it."""
    bench.profile("own_2", email="own_2@example.com")
    bench.profile("own_3", email="own_3@example.com")
    bench.addresses.mark("own_1@example.com", trouble, NOON)
    bench.addresses.mark("own_2@example.com", trouble, NOON)
    red(bench)

    assert ["own_3@example.com"] == [m["To"] for m in mails()]
    assert 1 == len(bench.mailings.recent("own_3", bench.clock.now).stood_in)
    assert Recent([], []) == bench.mailings.recent("own_1", bench.clock.now)
    assert "own_1" == bench.mailings.mail_record(bench.notice().message_id)


def test_a_delay_does_not_stop_mail(bench: Bench) -> None:
    """SES goes on trying, and so do we."""
    bench.addresses.mark("own_1@example.com", Trouble.DELAYED, NOON)
    red(bench)

    assert ["own_1@example.com"] == [m["To"] for m in mails()]


def test_what_nobody_can_be_told_is_kept(bench: Bench) -> None:
    """It is looked at every day, and told as soon as there is an address."""
    bench.addresses.mark("own_1@example.com", Trouble.BOUNCED, NOON)
    red(bench)
    assert [] == mails()
    assert bench.clock.now + DAY == bench.notice().due_at

    bench.profile(email="new@example.com")
    assert "sent" == bench.turn().outcome.value
    assert ["new@example.com"] == [m["To"] for m in mails()]


def test_who_wants_no_mail_gets_none_and_neither_does_his_colleague(bench: Bench) -> None:
    """It is his to say; a push reaches him even so."""
    object.__setattr__(bench.digests, "pusher", bench.pushes)
    bench.profile("own_2")
    bench.profile(mail=False)
    red(bench)

    assert [] == mails()
    assert 1 == len(bench.pushes.taken)
    assert not bench.turn().counted.get("NoticeWithoutAddress")


def test_what_the_owner_asks_for_passes_night_cap_and_attempt(bench: Bench) -> None:
    """He is at the page with an expired link, and awake."""
    for number in (1, 2, 3):
        red(bench, number)
        bench.clock.advance(100)
    bench.clock.now = NIGHT
    asked = bench.now("con_1")
    bench.change(asked, replace(asked, live_until=NIGHT + 500))
    red(bench, 4)
    assert 3 == len(mails())

    assert bench.notices.ask(bench.notice("con_1"), NIGHT, unless_since=NIGHT - 600)
    assert "sent" == bench.turn().outcome.value
    assert "Bank 1 needs to be reconnected" == mails()[3]["Subject"]
    assert 1 == bench.notice("con_1").mailed
    assert "Bank 4" not in text_of(mails()[3])


def test_a_question_whose_answer_was_lost_is_no_second_one(bench: Bench) -> None:
    """The client has made it again: the owner is still to be mailed at once."""
    red(bench)
    stumble(bench.notices._client, "update_item", twice)

    assert bench.notices.ask(bench.notice(), NIGHT, unless_since=NIGHT - 600)
    assert not bench.notices.ask(bench.notice(), NIGHT + 1, unless_since=NIGHT - 599)


def test_a_pending_notice_that_is_asked_for_is_mailed_at_once(bench: Bench) -> None:
    """It is the first mail of its incident, and counts as that."""
    bench.clock.now = NIGHT
    red(bench)
    assert bench.notices.ask(bench.notice(), NIGHT + 60, unless_since=NIGHT - 540)
    bench.clock.now = NIGHT + 61
    bench.turn()
    bench.sweep_until(MORNING + HOUR)

    assert 1 == len(mails())
    assert (1, True) == (bench.notice().mailed, bench.notice().message_id != "")


def test_a_held_mail_is_counted(bench: Bench) -> None:
    """Operators see how much waits."""
    bench.clock.now = NIGHT
    bench.tell(bench.redden(bench.add()))

    report = bench.turn()
    assert ("held", {"MailHeld": 1}) == (report.outcome.value, dict(report.counted))


def test_a_profile_of_nobody_is_waited_for(bench: Bench) -> None:
    """The host app has not said yet how he is reached; as soon as it does, he is told."""
    bench.tell(bench.redden(bench.add(1, "own_9", workspace_id="ws_9")))
    assert ["no address"] == bench.deliver()
    assert bench.clock.now + DAY == bench.notice("con_1", "own_9").due_at

    bench.profile("own_9")
    assert "sent" == bench.turn("own_9").outcome.value


def test_what_somebody_wants_looked_at_meanwhile_is_looked_at(bench: Bench) -> None:
    """A run that does not know of a question asked while it ran does not put it off."""
    bench.clock.now = NIGHT
    red(bench)
    before = bench.notice()
    bench.notices.ask(before, NIGHT + 90, unless_since=NIGHT - 510)

    assert not bench.digests.records.save(before, replace(before, due_at=MORNING + 1))
    assert NIGHT + 90 == bench.notice().due_at


def test_an_end_that_comes_while_its_mail_goes_out_is_kept(bench: Bench) -> None:
    """The mail is recorded, and so is that the end is to be looked at."""
    bench.profile(works_again=True, **AT_ANY_HOUR)
    bench.tell(bench.redden(bench.add()))
    send = bench.digests.post.outbox.send

    def and_then_it_ends(*arguments: Any) -> str:
        bench.tell(bench.mend("con_1"))
        return send(*arguments)

    object.__setattr__(
        bench.digests.post, "outbox", type("", (), {"send": staticmethod(and_then_it_ends)})
    )
    bench.turn()
    object.__setattr__(bench.digests.post, "outbox", type("", (), {"send": staticmethod(send)}))
    assert (1, True) == (bench.notice().mailed, bench.notice().cleared_at is not None)
    assert [DigestMessage("own_1")] == queued()
    bench.lose_messages()
    bench.sweep_until(bench.clock.now + HOUR)

    assert 2 == len(mails())
    assert bench.notice().closed_at
