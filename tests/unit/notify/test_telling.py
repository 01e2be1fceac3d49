"""When an owner is told of an incident or a consent, and when no more: each rule by an example."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from notify.letter import Kind
from notify.telling import SOON, Advice, Held, advise, mailed, over
from relink.notices import Notice, Topic
from relink.reasons import Reason
from tests.fakes import NOON, connection
from tests.unit.notify.looks import (
    DAY,
    ENDING,
    GREEN,
    HOUR,
    OWNER,
    RED,
    facts,
    kind,
    notice,
    warning,
)

if TYPE_CHECKING:
    from relink.connection import Connection


class TestAnIncident:
    def test_is_told_at_once(self) -> None:
        """By mail, and by push where that reaches somebody."""
        advice = advise(notice(), RED, facts(pushes=True))

        assert Kind.RED is kind(advice)
        assert advice.push
        assert 1 == advice.push.number

    @pytest.mark.parametrize(
        ("told", "last", "due"),
        [
            (1, NOON, NOON + 3 * DAY - 3 * HOUR),  # nine o'clock of the third day
            (2, NOON + 3 * DAY - 3 * HOUR, NOON + 7 * DAY - 3 * HOUR),
            (1, NOON + 5 * DAY, NOON + 7 * DAY),  # two days after a first mail that was late
            (2, NOON + 7 * DAY, NOON + 9 * DAY),
        ],
    )
    def test_is_told_again_on_the_third_and_seventh_day(
        self, told: int, last: int, due: int
    ) -> None:
        """Not before, at nine, and never within two days of the last mail."""
        before = notice(mailed=told, mailed_at=last)

        assert Advice(due_at=due) == advise(before, RED, facts(due - 1))
        expected = Kind.REMINDER if told == 1 else Kind.LAST_REMINDER
        assert expected is kind(advise(before, RED, facts(due)))

    def test_is_not_told_a_fourth_time(self) -> None:
        """Nothing is left to look at, either."""
        told = notice(mailed=3, mailed_at=NOON + 7 * DAY)

        assert Advice() == advise(told, RED, facts(NOON + 30 * DAY))

    def test_is_told_once_to_who_wants_no_reminders(self) -> None:
        """It is looked at when they would be due: he may have changed his mind by then."""
        calm = replace(OWNER, reminders=False)

        assert Kind.RED is kind(advise(notice(), RED, facts(owner=calm)))
        told = notice(mailed=1, mailed_at=NOON)
        third, seventh = (NOON + days * DAY - 3 * HOUR for days in (3, 7))
        assert Advice(due_at=third) == advise(told, RED, facts(owner=calm))
        assert Advice(due_at=seventh) == advise(told, RED, facts(third, calm))
        assert Advice() == advise(told, RED, facts(seventh, calm))

    def test_of_another_time_is_over(self) -> None:
        """So is one whose connection is gone, or well."""
        other = replace(RED, red_since=NOON + 1)

        assert [True, True, True, False] == [
            over(notice(), c, NOON) for c in (other, None, GREEN, RED)
        ]


class TestAConsent:
    @pytest.mark.parametrize(("told", "days"), [(0, 7), (1, 1)])
    def test_is_warned_of_a_week_and_a_day_before(self, told: int, days: int) -> None:
        """At nine o'clock of that day, where the owner lives."""
        due = NOON + (14 - days) * DAY - 3 * HOUR
        before = warning(mailed=told, mailed_at=NOON if told else None)

        assert Advice(due_at=due) == advise(before, ENDING, facts(due - 1))
        step = advise(before, ENDING, facts(due)).mail
        assert step
        assert (Kind.EXPIRING, told + 1) == (step.kind, step.number)

    def test_that_could_not_be_warned_of_in_time_is_warned_of_once(self) -> None:
        """The week's warning that waited until the last day is the last day's."""
        late = NOON + 13 * DAY
        step = advise(warning(), ENDING, facts(late)).mail

        assert step
        assert 2 == step.number
        told = mailed(warning(), step, "ses-1", late)
        assert Advice(due_at=ENDING.consent_expires_at) == advise(told, ENDING, facts(late))

    def test_is_not_warned_of_twice_within_two_days(self) -> None:
        """A week's warning on the last day but one is enough."""
        late = NOON + 12 * DAY
        told = warning(mailed=1, mailed_at=late)

        assert Advice(due_at=told.moment) == advise(told, ENDING, facts(late + DAY))

    def test_is_not_warned_of_while_its_connection_is_red(self) -> None:
        """The notice of that says more; the warning waits, in case that ends and it does not."""
        red = replace(RED, consent_expires_at=ENDING.consent_expires_at)
        now = NOON + 8 * DAY

        assert Advice(due_at=now + DAY, held=Held.RED) == advise(warning(), red, facts(now))
        assert not over(warning(), red, now)

    def test_that_was_renewed_or_has_ended_is_over(self) -> None:
        """A new end has a notice of its own; an end that has come is no warning."""
        renewed = replace(ENDING, consent_expires_at=NOON + 180 * DAY)

        assert over(warning(), renewed, NOON)
        assert over(warning(), ENDING, NOON + 14 * DAY)
        assert not over(warning(), ENDING, NOON + 14 * DAY - 1)

    def test_is_not_warned_of_to_who_wants_no_reminders(self) -> None:
        """Its notice is shown all the same."""
        calm = replace(OWNER, reminders=False)
        week, day = (NOON + (14 - days) * DAY - 3 * HOUR for days in (7, 1))

        assert Advice(due_at=day) == advise(warning(), ENDING, facts(week, calm))
        assert Advice(due_at=warning().moment) == advise(warning(), ENDING, facts(day, calm))

    def test_is_never_pushed(self) -> None:
        """A push is for what has happened."""
        assert advise(warning(), ENDING, facts(NOON + 8 * DAY, pushes=True)).push is None


class TestItsEnd:
    glad = replace(OWNER, works_again=True)
    ended = notice(mailed=1, mailed_at=NOON, cleared_at=NOON + HOUR)
    soon = NOON + HOUR + 60

    def test_is_told_to_who_was_told_of_the_trouble(self) -> None:
        """Once, if he wants to hear it."""
        step = advise(self.ended, GREEN, facts(self.soon, self.glad)).mail

        assert step
        assert Kind.RESTORED is step.kind
        told = mailed(self.ended, step, "ses-2", self.soon)
        assert Advice() == advise(told, GREEN, facts(self.soon, self.glad))

    @pytest.mark.parametrize(
        ("ended", "more"),
        [
            (ended, {"owner": OWNER}),
            (replace(ended, mailed=0), {}),
            (ended, {"now": NOON + HOUR + DAY}),
            (ended, {"reader": replace(OWNER, owner_id="own_2")}),
            (ended, {"reader": None}),
            (replace(ended, topic=Topic.EXPIRING), {}),
        ],
    )
    def test_is_no_news_otherwise(self, ended: Notice, more: dict[str, Any]) -> None:
        """Not wanted, never told, too late, told to another, nobody there, or never broken."""
        told = facts(**{"now": self.soon, "owner": self.glad, **more})

        assert Advice() == advise(ended, GREEN, told)

    @pytest.mark.parametrize(
        "still",
        [RED, connection(reason=Reason.FIRST_SYNC_PENDING), replace(GREEN, accounts_red_since=1)],
    )
    def test_is_waited_for(self, still: Connection) -> None:
        """The bank said yes, or said no again: it works when it is green."""
        advice = advise(self.ended, still, facts(self.soon, self.glad))

        assert (None, self.soon + SOON) == (advice.mail, advice.due_at)

    def test_is_not_told_when_the_news_would_be_old(self) -> None:
        """What would wait beyond a day is not sent at all."""
        late = NOON + HOUR + DAY - 60
        advice = advise(self.ended, RED, facts(late, self.glad))

        assert Advice() == advice

    def test_is_no_news_a_day_after_it_was_green(self) -> None:
        """However late we hear of it; a colour it had before it turned red counts for nothing."""
        late, early = replace(GREEN, since=NOON + 60), replace(GREEN, since=NOON - DAY)
        heard = replace(self.ended, cleared_at=NOON + 2 * DAY)
        now = facts(NOON + 2 * DAY + 60, self.glad)

        assert Advice() == advise(heard, late, now)
        assert Kind.RESTORED is kind(advise(heard, early, now))

    def test_of_a_connection_that_is_gone_is_nothing(self) -> None:
        """Nobody is told that what he removed works again."""
        assert Advice() == advise(self.ended, None, facts(self.soon, self.glad))
