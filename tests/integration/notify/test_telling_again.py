"""What follows the first mail of an incident: reminders, their end, and that it works again."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from relink.queues import DigestMessage
from relink.reasons import Reason, Status
from tests.fakes import NOON
from tests.integration.notify.bench import AT_ANY_HOUR, mails, queued, text_of

if TYPE_CHECKING:
    from tests.integration.notify.bench import Bench

DAY = 86_400
HOUR = 3600
NINE = NOON - 3 * HOUR


def told(bench: Bench, *numbers: int) -> None:
    """Let banks turn red now and be mailed."""
    bench.tell(*(bench.redden(bench.add(number)) for number in numbers or (1,)))
    bench.deliver()


def test_an_incident_is_told_three_times_and_no_more(bench: Bench) -> None:
    """At once, and at nine on the third and the seventh day; then there is silence."""
    told(bench)
    bench.sweep_until(NOON + 20 * DAY)

    sent = bench.mailings.recent("own_1", NOON + 7 * DAY).own
    assert 3 == len(mails())
    assert NINE + 7 * DAY <= sent[-1] < NINE + 7 * DAY + 900
    assert (3, None) == (bench.notice().mailed, bench.notice().due_at)
    assert "last" in text_of(mails()[2]).lower()


def test_reminders_belong_to_the_first_mail(bench: Bench) -> None:
    """Mail programs show them as one conversation, and offer to stop them."""
    told(bench)
    bench.sweep_until(NOON + 8 * DAY)
    first, *reminders = mails()

    assert first["References"] is None
    assert first["List-Unsubscribe"] is None
    assert 2 == len(reminders)
    for reminder in reminders:
        assert bench.notice().message_id in reminder["References"]
        assert "https://connect.example.com/unsubscribe/" in reminder["List-Unsubscribe"]


def test_one_reminder_is_of_all_that_is_due(bench: Bench) -> None:
    """Several banks that turned red together are reminded of together."""
    told(bench, 1, 2)
    bench.sweep_until(NOON + 4 * DAY)

    assert 2 == len(mails())
    assert "Bank 1" in text_of(mails()[1])
    assert "Bank 2" in text_of(mails()[1])


def test_a_due_reminder_joins_a_new_red(bench: Bench) -> None:
    """One mail says both; the reminder has then been given."""
    told(bench, 1)
    bench.clock.now = NINE + 3 * DAY + 60
    told(bench, 2)

    assert 2 == len(mails())
    assert "Bank 1" in text_of(mails()[1])
    assert [2, 1] == [bench.notice(f"con_{n}").mailed for n in (1, 2)]
    assert mails()[1]["List-Unsubscribe"] is None


def test_who_wants_no_reminders_gets_none(bench: Bench) -> None:
    """The first mail of each incident comes all the same."""
    bench.profile(reminders=False)
    told(bench)
    bench.sweep_until(NOON + 10 * DAY)

    assert 1 == len(mails())
    assert bench.notice().due_at is None


def test_what_is_green_again_is_not_reminded_of(bench: Bench) -> None:
    """Even if the stream has lost the record of its end."""
    told(bench)
    bench.mend("con_1")
    bench.sweep_until(NOON + 10 * DAY)

    assert 1 == len(mails())
    assert bench.notice().cleared_at is not None


def test_that_it_works_again_is_told_to_who_wants_to_hear_it(bench: Bench) -> None:
    """Once, after the mail that said that it did not."""
    bench.profile(works_again=True)
    told(bench)
    ended = bench.mend("con_1")
    bench.tell(ended)
    assert NOON < (bench.notice().cleared_at or 0)
    bench.sweep_until(bench.clock.now + HOUR)
    bench.tell(ended)
    bench.sweep_until(bench.clock.now + 2 * DAY)

    assert 2 == len(mails())
    assert "Bank 1" in mails()[1]["Subject"]
    assert bench.notice().message_id in mails()[1]["References"]
    assert bench.notice().closed_at


def test_that_it_works_again_is_not_told_to_others(bench: Bench) -> None:
    """Nobody asked for it."""
    told(bench)
    bench.tell(bench.mend("con_1"))
    bench.sweep_until(bench.clock.now + DAY)

    assert 1 == len(mails())
    assert bench.notice().due_at is None


def test_what_was_never_mailed_does_not_work_again(bench: Bench) -> None:
    """Red and green within the minute: there is nothing to take back."""
    bench.profile(works_again=True)
    bench.tell(bench.redden(bench.add()))
    bench.tell(bench.mend("con_1"))
    bench.deliver()
    bench.sweep_until(bench.clock.now + DAY)

    assert [] == mails()


def test_what_turns_red_again_does_not_work_again(bench: Bench) -> None:
    """Two incidents of one bank; the first one's end is no news while the second lasts."""
    bench.profile(works_again=True)
    told(bench)
    bench.tell(bench.mend("con_1"))
    bench.clock.advance(30)
    bench.tell(bench.redden(bench.now("con_1")))
    bench.deliver()
    bench.sweep_until(bench.clock.now + HOUR)
    assert ["needs to be reconnected"] * 2 == [m["Subject"].split(" ", 2)[2] for m in mails()]

    bench.clock.advance(DAY)
    bench.tell(bench.mend("con_1"))
    bench.sweep_until(bench.clock.now + HOUR)
    assert 3 == len(mails())


def test_a_bank_that_said_yes_works_again_when_it_is_green(bench: Bench) -> None:
    """The first sync comes after the accepted credentials."""
    bench.profile(works_again=True)
    told(bench)
    red = bench.now("con_1")
    waiting = replace(red, status=Status.ORANGE, reason=Reason.FIRST_SYNC_PENDING, red_since=None)
    bench.tell(bench.change(red, waiting))
    bench.sweep_until(bench.clock.now + HOUR)
    assert 1 == len(mails())

    bench.change(waiting, replace(waiting, status=Status.GREEN, reason=None))
    bench.sweep_until(bench.clock.now + HOUR)
    assert 2 == len(mails())


def test_a_mail_that_came_back_is_sent_once_more(bench: Bench) -> None:
    """To the colleague, who is told why he gets it; should his come back, too, to the next one."""
    for owner in ("own_2", "own_3"):
        bench.profile(owner, **AT_ANY_HOUR)
    told(bench)
    for owner in ("own_1", "own_2"):
        bounced(bench, owner)
        bench.sweep()

    expected = [f"own_{n}@example.com" for n in (1, 2, 3)]
    assert expected == [m["To"] for m in mails()]
    assert 1 == bench.notice().mailed


def test_a_mail_is_not_sent_to_a_long_row_of_dead_addresses(bench: Bench) -> None:
    """Three may come back; SES counts them, and somebody else will notice."""
    for number in range(2, 8):
        bench.profile(f"own_{number}", **AT_ANY_HOUR)
    told(bench)
    for number in range(1, 7):
        bounced(bench, f"own_{number}")
        bench.sweep()

    assert [f"own_{n}@example.com" for n in (1, 2, 3, 4)] == [m["To"] for m in mails()]


def test_a_reminder_that_came_back_is_a_reminder_again(bench: Bench) -> None:
    """What had been told before stays told."""
    told(bench)
    bench.sweep_until(NINE + 3 * DAY + HOUR)
    assert 2 == bench.notice().mailed
    bounced(bench, "")
    bench.sweep()

    assert 3 == len(mails())
    assert (2, True) == (bench.notice().mailed, mails()[2]["References"] is not None)


def bounced(bench: Bench, reader: str) -> None:
    """Let the last mail of the only notice come back from this reader's address."""
    from relink.addresses import Trouble  # noqa: PLC0415

    if reader:
        bench.addresses.mark(f"{reader}@example.com", Trouble.BOUNCED, bench.clock.now)
    message_id = bench.notice().last_message_id
    owner: Any = bench.mailings.mail_record(message_id)
    assert "own_1" == owner
    bench.mailings.unmail(owner, message_id, bench.clock.now)


def test_a_lost_message_is_made_good_by_the_sweep(bench: Bench) -> None:
    """The queue forgot it; the notice has not."""
    bench.tell(bench.redden(bench.add()))
    bench.lose_messages()
    bench.clock.advance(900)

    assert ["sent"] == bench.sweep()
    assert 1 == len(mails())


def test_a_sweep_asks_for_each_owner_once(bench: Bench) -> None:
    """However many of his notices are due."""
    bench.profile("own_2")
    bench.tell(*(bench.redden(bench.add(n, f"own_{n % 2 + 1}")) for n in range(6)))
    bench.lose_messages()
    bench.clock.advance(900)
    bench.sweeping.run(bench.clock.now, lambda: True)

    assert [DigestMessage("own_1"), DigestMessage("own_2")] == sorted(
        queued(), key=lambda m: m.owner_id
    )


def test_a_sweep_without_time_leaves_the_rest_to_the_next(bench: Bench) -> None:
    """Nothing is half done: what was not reached is still due."""
    bench.tell(bench.redden(bench.add()))
    bench.lose_messages()
    bench.clock.advance(900)

    assert {} == bench.sweeping.run(bench.clock.now, lambda: False)
    assert ["sent"] == bench.sweep()
