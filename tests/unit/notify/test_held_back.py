"""What is held back, and until when: each rule by an example."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from notify.letter import Kind
from notify.steps import PAUSE
from notify.telling import MAILS_A_DAY, Advice, Held, advise, mailed
from relink.outages import Outage
from tests.fakes import NOON
from tests.unit.notify.looks import (
    DAY,
    DOWN,
    ENDING,
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

ENDS = NOON + 14 * DAY


class TestAHold:
    night = NOON + 10 * HOUR
    morning = NOON + 20 * HOUR

    @pytest.mark.parametrize(
        ("red", "more", "expected"),
        [
            (replace(RED, live_until=NOON + 500), {}, (NOON + 500, Held.RECONNECTING)),
            (RED, {"outages": DOWN}, (NOON + HOUR, Held.OUTAGE)),
            (RED, {"now": night}, (morning, Held.NIGHT)),
            (RED, {"sent": [NOON - 90, NOON - 60, NOON - 30]}, (NOON - 90 + DAY, Held.ENOUGH)),
            (RED, {"reader": None}, (NOON + DAY, Held.UNREACHABLE)),
            (
                RED,
                {"reader": None, "owner": replace(OWNER, mail=False)},
                (NOON + DAY, Held.UNWANTED),
            ),
        ],
    )
    def test_has_a_reason_and_an_end(
        self, red: Connection, more: dict[str, Any], expected: tuple[int, Held]
    ) -> None:
        """The mail waits for that time, not for somebody to think of it."""
        assert Advice(due_at=expected[0], held=expected[1]) == advise(notice(), red, facts(**more))

    def test_lasts_until_the_last_of_them_is_over(self) -> None:
        """Night and a bank that is down: the morning is looked at, not each hour before it."""
        advice = advise(notice(), RED, facts(self.night, outages=DOWN))

        assert (self.morning, Held.OUTAGE) == (advice.due_at, advice.held)

    def test_of_an_outage_is_looked_at_at_least_every_hour(self) -> None:
        """A bank may be back long before it was to be asked again."""
        down = {"fake": Outage(NOON, NOON + 90 * DAY)}

        assert NOON + HOUR == advise(notice(), RED, facts(outages=down)).due_at

    @pytest.mark.parametrize("began", [NOON - DAY + 1, NOON - 3 * HOUR, NOON, NOON + 3 * HOUR])
    def test_of_an_outage_lasts_a_day_at_most(self, began: int) -> None:
        """Counted from the outage's beginning, and from when the telling came due."""
        red, told = replace(RED, red_since=began), notice(moment=began)
        down = {"fake": Outage(NOON, NOON + 90 * DAY)}
        end = min(NOON, began) + DAY
        at_any_hour = replace(OWNER, quiet_from="00:00", quiet_until="00:00")
        held = advise(told, red, facts(end - 1, at_any_hour, outages=down, pushes=True))

        assert (None, None, end, Held.OUTAGE) == (held.mail, held.push, held.due_at, held.held)
        after = advise(told, red, facts(end, at_any_hour, outages=down, pushes=True))
        assert Kind.RED is kind(after)
        assert after.push

    def test_of_an_outage_holds_a_reminder_as_long(self) -> None:
        """Nobody could reconnect it now; the telling's own time counts, not the incident's."""
        due = NOON + 3 * DAY - 3 * HOUR
        told = notice(mailed=1, mailed_at=NOON)
        down = {"fake": Outage(due - HOUR, due + HOUR)}

        assert Held.OUTAGE is advise(told, RED, facts(due, outages=down)).held
        later = {"fake": Outage(due + DAY - HOUR, due + 2 * DAY)}
        assert Kind.REMINDER is kind(advise(told, RED, facts(due + DAY, outages=later)))

    def test_of_an_outage_does_not_eat_up_the_last_warning(self) -> None:
        """A day before the end of a consent, at the latest, its owner hears of it."""
        told, down = warning(mailed=1, mailed_at=NOON), {"fake": Outage(NOON + 12 * DAY, ENDS)}

        early = advise(told, ENDING, facts(NOON + 13 * DAY - HOUR, outages=down))
        assert (Held.OUTAGE, NOON + 13 * DAY) == (early.held, early.due_at)
        assert Kind.EXPIRING is kind(advise(told, ENDING, facts(NOON + 13 * DAY, outages=down)))

    def test_of_the_cap_leaves_room_for_a_new_red(self) -> None:
        """Reminders, warnings and good news use two of the three mails of a day."""
        two = [NOON - 90, NOON - 60]
        third = NOON + 3 * DAY
        told = notice(mailed=1, mailed_at=NOON)

        assert Kind.RED is kind(advise(notice(), RED, facts(sent=two)))
        lately = [third - 90, third - 60]
        late = advise(told, RED, facts(third, sent=lately))
        assert (Held.ENOUGH, lately[0] + DAY) == (late.held, late.due_at)
        assert Kind.REMINDER is kind(advise(told, RED, facts(third, sent=lately[1:])))

    def test_of_the_cap_is_not_used_up_by_what_one_reads_for_others(self) -> None:
        """His own banks' first mails come; everything else counts all that he gets."""
        others = [NOON - 90, NOON - 60, NOON - 30]
        ann = replace(OWNER, owner_id="own_2")

        assert Kind.RED is kind(advise(notice(), RED, facts(stood_in=others)))
        held = advise(notice(), RED, facts(reader=ann, stood_in=others))
        assert (Held.ENOUGH, NOON - 90 + DAY) == (held.held, held.due_at)
        third = NOON + 3 * DAY
        told, lately = notice(mailed=1, mailed_at=NOON), [third - 90, third - 60]
        assert Held.ENOUGH is advise(told, RED, facts(third, stood_in=lately)).held

    def test_for_a_mail_does_not_hold_a_push_but_for_peace(self) -> None:
        """A push needs no address and is no mail; night, attempt and outage hold it as well."""
        full = facts(sent=[NOON] * MAILS_A_DAY, pushes=True)
        assert advise(notice(), RED, full).push
        assert advise(notice(), RED, facts(reader=None, pushes=True)).push

        busy = replace(RED, live_until=NOON + 500)
        for red, more in ((busy, {}), (RED, {"outages": DOWN}), (RED, {"now": self.night})):
            advice = advise(notice(), red, facts(pushes=True, **more))
            assert (None, None) == (advice.push, advice.mail)

    def test_is_passed_by_what_the_owner_asked_for(self) -> None:
        """He is awake and at the page: neither night nor cap, attempt or outage delays it."""
        busy = replace(RED, live_until=self.night + 500)
        asked = notice(mailed=2, mailed_at=NOON, asked_at=self.night)
        now = facts(self.night, sent=[self.night] * MAILS_A_DAY, outages=DOWN)

        step = advise(asked, busy, now).mail
        assert step
        assert (Kind.RED, 2) == (step.kind, step.number)
        told = mailed(asked, step, "ses-9", self.night)
        assert advise(told, busy, now).mail is None

    @pytest.mark.parametrize("skew", [0, 1, 30])
    def test_is_passed_once_for_a_question(self, skew: int) -> None:
        """Also if it was asked, by another machine's clock, after the run had begun."""
        asked = notice(mailed=1, mailed_at=NOON - HOUR, asked_at=NOON + skew)
        step = advise(asked, RED, facts()).mail
        assert step

        told = mailed(asked, step, "ses-9", NOON)
        assert advise(told, RED, facts(NOON + skew + 1)).mail is None

    def test_is_passed_without_using_up_a_warning(self) -> None:
        """Who asks a fortnight ahead for a fresh link is warned a week ahead, and a day."""
        asked = warning(asked_at=NOON)
        step = advise(asked, ENDING, facts()).mail
        assert step
        told = mailed(asked, step, "ses-1", NOON)
        week = NOON + 7 * DAY - 3 * HOUR

        assert (Kind.EXPIRING, 0) == (step.kind, told.mailed)
        assert Advice(due_at=week) == advise(told, ENDING, facts())
        again = advise(told, ENDING, facts(week)).mail
        assert again
        assert 1 == again.number

    def test_is_passed_and_the_warning_then_rests(self) -> None:
        """Two mails of one consent are two days apart, asked for or not."""
        week = NOON + 7 * DAY - 3 * HOUR
        told = warning(mailed_at=week - HOUR, asked_at=week - HOUR)

        assert Advice(due_at=week - HOUR + PAUSE) == advise(told, ENDING, facts(week))

    def test_is_not_passed_in_the_stead_of_who_asked(self) -> None:
        """The colleague whom his mail goes to has asked for nothing."""
        other = replace(OWNER, owner_id="own_2")
        asked = notice(mailed=1, mailed_at=NOON, asked_at=self.night)

        advice = advise(asked, RED, facts(self.night, reader=other))
        assert (None, Held.NIGHT) == (advice.mail, advice.held)

    def test_is_that_of_who_reads_it(self) -> None:
        """A colleague who stands in sleeps when he sleeps, and has a cap of his own."""
        tokyo = replace(OWNER, owner_id="own_2", time_zone="Asia/Tokyo")
        advice = advise(notice(), RED, facts(reader=tokyo))

        assert Held.NIGHT is advice.held
        assert NOON + 11 * HOUR == advice.due_at

    def test_no_longer_holds_once_a_mail_is_a_day_old(self) -> None:
        """The day rolls."""
        old = [NOON - DAY, NOON - 60, NOON - 30]

        assert Kind.RED is kind(advise(notice(), RED, facts(sent=old)))

    def test_of_a_colleague_who_wants_no_reminders_is_his_own(self) -> None:
        """He gets the first mail in the owner's stead, and no more."""
        calm = replace(OWNER, owner_id="own_2", reminders=False)
        told = notice(mailed=1, mailed_at=NOON)

        assert Kind.RED is kind(advise(notice(), RED, facts(reader=calm)))
        assert kind(advise(told, RED, facts(NOON + 4 * DAY, reader=calm))) is None
