"""What is told and when, for any life of a notice."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from notify.hours import Hours
from notify.steps import PAUSE
from notify.telling import MAILS_A_DAY, Facts, advise, mailed
from relink.notices import Notice, Topic
from relink.owners import Profile
from relink.reasons import Status
from tests.fakes import NOON, connection
from tests.unit.notify.looks import DAY, DOWN, HOUR, RED, facts, notice

if TYPE_CHECKING:
    from relink.connection import Connection

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
