"""When an owner is told what: each rule by an example, and all of them for any life of a notice."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notify.hours import Hours
from notify.letter import Kind
from notify.steps import PAUSE
from notify.telling import MAILS_A_DAY, SOON, Advice, Facts, Held, advise, mailed, over
from relink.notices import Notice, Topic
from relink.outages import Outage
from relink.owners import Profile
from relink.reasons import Reason, Status
from tests.fakes import NOON, connection

if TYPE_CHECKING:
    from relink.connection import Connection

DAY = 86_400
HOUR = 3600
OWNER = Profile(owner_id="own_1", workspace_id="ws_1", email="ann@example.com")
RED = connection(status=Status.RED, reason=Reason.CONSENT_EXPIRED, red_since=NOON)
GREEN = connection(status=Status.GREEN, reason=None)
ENDING = replace(GREEN, consent_expires_at=NOON + 14 * DAY)
ENDS = NOON + 14 * DAY
DOWN = {"fake#fakebank": Outage(NOON, NOON + HOUR)}


def notice(**facts: Any) -> Notice:
    """Return the notice of an incident that began at noon."""
    values = {
        "owner_id": "own_1",
        "connection_id": "con_1",
        "topic": Topic.RED,
        "moment": NOON,
        "created_at": NOON,
        "due_at": NOON,
        **facts,
    }
    return Notice(**values)


def warning(**facts: Any) -> Notice:
    """Return the notice of a consent that ends at noon in two weeks."""
    return notice(topic=Topic.EXPIRING, moment=NOON + 14 * DAY, **facts)


def facts(now: int = NOON, owner: Profile = OWNER, **more: Any) -> Facts:
    """Return the facts of a look; mail reaches the owner unless told otherwise."""
    return Facts(**{"now": now, "owner": owner, "reader": owner, "outages": {}, **more})


def kind(advice: Advice) -> Kind | None:
    """Return of what kind the mail is, if there is one."""
    return advice.mail.kind if advice.mail else None


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


ZONES = ("UTC", "Europe/Madrid", "America/St_Johns", "Pacific/Kiritimati", "Australia/Lord_Howe")
OF_DAY = st.builds("{:02}:{:02}".format, st.integers(0, 23), st.integers(0, 59))
OWNERS = st.builds(
    Profile,
    owner_id=st.just("own_1"),
    workspace_id=st.just("ws_1"),
    time_zone=st.sampled_from(ZONES),
    mail=st.booleans(),
    push=st.booleans(),
    reminders=st.booleans(),
    works_again=st.booleans(),
    quiet_from=OF_DAY,
    quiet_until=OF_DAY,
)
NOTICES = st.builds(
    notice,
    topic=st.sampled_from(list(Topic)),
    moment=st.integers(NOON - 20 * DAY, NOON + 20 * DAY),
    mailed=st.integers(0, 3),
    mailed_at=st.none() | st.integers(NOON - 20 * DAY, NOON),
    pushed=st.integers(0, 3),
    pushed_at=st.none() | st.integers(NOON - 20 * DAY, NOON),
    asked_at=st.none() | st.integers(NOON - DAY, NOON),
    cleared_at=st.none() | st.integers(NOON - 2 * DAY, NOON),
    closed_at=st.none() | st.just(NOON),
)
CONNECTIONS = st.builds(
    connection,
    status=st.sampled_from(Status),
    reason=st.none(),
    live_until=st.sampled_from([0, NOON + 300]),
    consent_expires_at=st.none() | st.integers(NOON, NOON + 20 * DAY),
)
SENT = st.lists(st.integers(NOON - 2 * DAY, NOON), max_size=6).map(sorted)


@st.composite
def looks(draw: st.DrawFn) -> tuple[Notice, Connection, Facts]:
    """Return a notice that is not over, its connection, and what else is known."""
    told, known = draw(NOTICES), draw(CONNECTIONS)
    if told.topic is Topic.RED and told.cleared_at is None:
        known = replace(known, status=Status.RED, red_since=told.moment)
    elif told.topic is Topic.EXPIRING:
        told = replace(told, moment=max(told.moment, NOON + 1))
        known = replace(
            known, consent_expires_at=told.moment, red_since=draw(st.sampled_from([None, 5]))
        )
    owner = draw(OWNERS)
    others = st.none() | st.just(owner) | st.builds(replace, OWNERS, owner_id=st.just("own_2"))
    reader = draw(others) if owner.mail else None
    outages = draw(st.sampled_from([{}, DOWN]))
    sent = draw(SENT)
    return told, known, facts(owner=owner, reader=reader, outages=outages, sent=sent, pushes=True)


@given(looks())
def test_nothing_is_mailed_at_night_or_beyond_the_cap_but_what_is_asked_for(
    look: tuple[Notice, Connection, Facts],
) -> None:
    """Whatever the notice, the zone and the hours."""
    told, known, now = look
    step = advise(told, known, now).mail
    if step and not (step.asked and now.reader == now.owner):
        assert now.reader
        assert not Hours.of(now.reader).quiet(now.now)
        assert len([at for at in now.sent if at > now.now - DAY]) < MAILS_A_DAY
        assert known.live_until <= now.now
        assert not now.outages or told.moment != NOON


@given(looks())
def test_what_is_not_told_is_looked_at_later_or_never_again(
    look: tuple[Notice, Connection, Facts],
) -> None:
    """No hold ends in the past, and none that has a reason ends never."""
    told, known, now = look
    advice = advise(told, known, now)
    if advice.mail or advice.push:
        assert now.now == advice.due_at
    else:
        assert advice.due_at is None or now.now < advice.due_at
    if advice.held:
        assert advice.due_at is not None
        assert advice.mail is None
    unheard = told.topic is Topic.RED and told.mailed == 0 and told.cleared_at is None
    assert advice.due_at is not None or not unheard


@given(looks())
def test_a_mail_is_followed_by_none_before_two_days(
    look: tuple[Notice, Connection, Facts],
) -> None:
    """After a mail of a notice there is none of it that is not asked for until then."""
    told, known, now = look
    step = advise(told, known, now).mail
    if step:
        after = mailed(told, step, "ses-1", now.now)
        again = [advise(after, known, replace(now, now=now.now + s)) for s in (0, HOUR, PAUSE - 1)]
        assert [None] * 3 == [a.mail for a in again]


@given(OWNERS, st.lists(st.integers(1, 3 * DAY), min_size=1, max_size=60), st.data())
def test_a_life_of_looks_tells_of_an_incident_three_times_at_most(
    owner: Profile, pauses: list[int], data: st.DataObject
) -> None:
    """By mail and by push, never twice within two days, however often it is looked at."""
    now, told, sent, pushed = NOON, notice(), [], []
    for pause in pauses:
        outages = data.draw(st.sampled_from([{}, {}, {}, DOWN]))
        reader = owner if owner.mail and data.draw(st.booleans()) else None
        look = facts(now, owner, reader=reader, outages=outages, pushes=True)
        advice = advise(told, RED, look)
        if advice.push:
            told = replace(told, pushed=advice.push.number, pushed_at=now)
            pushed.append(now)
        if advice.mail:
            told = mailed(told, advice.mail, f"ses-{now}", now)
            sent.append(now)
        now += pause

    for times in (sent, pushed):
        assert len(times) <= (3 if owner.reminders else 1)
        assert all(b - a >= PAUSE for a, b in pairwise(times))
    assert told.mailed == len(sent)


@given(OWNERS)
def test_who_can_be_reached_is_reached_within_two_days(owner: Profile) -> None:
    """Looking whenever the last look says, the first mail goes out, whatever his hours."""
    reached = replace(owner, mail=True)
    now = NOON
    while (advice := advise(notice(), RED, facts(now, reached))).mail is None:
        assert advice.due_at is not None
        assert now < advice.due_at <= NOON + 2 * DAY
        now = advice.due_at
