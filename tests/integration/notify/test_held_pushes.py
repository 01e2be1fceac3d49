"""Pushes that are withheld, and told when their time has come."""

from __future__ import annotations

from typing import TYPE_CHECKING

from notify.push.pushing import Pushed
from tests.fakes import NOON
from tests.integration.notify.bench import mails
from tests.integration.notify.holds import DAY, HOUR, MORNING, NIGHT, red

if TYPE_CHECKING:
    from tests.integration.notify.bench import Bench


def test_all_reds_of_a_minute_are_one_push(bench: Bench) -> None:
    """Told once, by each channel; the mail goes its own way."""
    object.__setattr__(bench.digests, "pusher", bench.pushes)
    bench.tell(*(bench.redden(bench.add(number)) for number in (1, 2)))
    bench.deliver()
    bench.turn()

    assert [("own_1", ("Bank 1", "Bank 2"))] == [(o, names) for o, names, _ in bench.pushes.taken]
    assert [1, 1] == [bench.notice(f"con_{n}").pushed for n in (1, 2)]
    assert 1 == len(mails())


def test_a_later_push_names_what_was_pushed_before(bench: Bench) -> None:
    """It replaces the one before on the screen: all that needs the owner, the latest first."""
    object.__setattr__(bench.digests, "pusher", bench.pushes)
    red(bench, 1)
    red(bench, 2)

    _, names, about = bench.pushes.taken[1]
    assert ("Bank 2", "Bank 1") == names
    assert (f"{bench.notice('con_2').notice_id}.1",) == about


def test_a_push_of_the_night_comes_in_the_morning(bench: Bench) -> None:
    """A telephone on the bedside table wakes as well as a mail does."""
    object.__setattr__(bench.digests, "pusher", bench.pushes)
    bench.clock.now = NIGHT
    red(bench)
    assert [] == bench.pushes.taken
    bench.clock.now = MORNING
    bench.sweep()

    assert 1 == len(bench.pushes.taken)


def test_a_busy_push_service_is_asked_again_and_holds_up_no_mail(bench: Bench) -> None:
    """Not before it said, and with the same words."""
    object.__setattr__(bench.digests, "pusher", bench.pushes)
    bench.pushes.answer = Pushed(0, retry_after=120)
    red(bench)
    assert 1 == len(mails())
    assert (0, bench.clock.now + 120) == (bench.notice().pushed, bench.notice().due_at)

    bench.pushes.answer = Pushed(1)
    bench.clock.advance(900)
    bench.sweep()
    first, second = bench.pushes.taken
    assert first == second
    assert 1 == bench.notice().pushed
    assert 1 == len(mails())


def test_who_has_no_browser_is_pushed_nothing_and_that_is_no_trouble(bench: Bench) -> None:
    """Nothing is repeated for it before the reminder's time."""
    object.__setattr__(bench.digests, "pusher", bench.pushes)
    bench.pushes.answer = Pushed(0)
    red(bench)

    assert NOON + 3 * DAY - 3 * HOUR == bench.notice().due_at
    assert {"MailSent": 1} == red_report(bench)


def red_report(bench: Bench) -> dict[str, int]:
    """Return what is counted for a turn in which another bank is red."""
    bench.tell(bench.redden(bench.add(2)))
    return dict(bench.turn().counted)
