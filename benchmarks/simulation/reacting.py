"""What owners do: read their mail sooner or later, or never; log in, mistype, try again."""

from __future__ import annotations

from dataclasses import replace
from itertools import count
from math import log
from typing import TYPE_CHECKING, Final

from benchmarks.simulation.assumptions import YEAR
from benchmarks.simulation.register import number_of
from benchmarks.simulation.troubles import Trouble
from notify.letter import Kind
from reconnect.attempts.standing import Standing, standing
from relink.attempt import submitted
from relink.clock import HOUR
from relink.connection import Method
from relink.links import link_for
from relink.reasons import Status
from relink.transitions import accepted, tried
from sync.credentials.guarding import barred, takes_try

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from random import Random

    from benchmarks.simulation.stage import Stage
    from notify.posting import News
    from relink.attempt import Attempt
    from relink.connection import Connection
    from relink.links import Link

LATER: Final = 3 * HOUR
"""After which somebody comes back whose bank did not answer."""


class Reacting:
    """The owners and their attempts."""

    def __init__(self, stage: Stage, dice: Random, first_sync: Callable[[int], None]) -> None:
        self._told, self._people, self._register = stage.told, stage.people, stage.register
        self._truth, self._time, self._tally = stage.truth, stage.time, stage.tally
        self._dice, self._first_sync = dice, first_sync
        self._ids = count()
        self._acts_on = dict(
            zip((Kind.RED, Kind.REMINDER, Kind.LAST_REMINDER), stage.told.acts_on, strict=True)
        )

    def read(self, kind: Kind, news: Sequence[News], reader_id: str) -> None:
        """Let somebody find a mail: he does all that it asks for, some time later, or nothing."""
        share = self._acts_on.get(kind, self._told.renews_on if kind is Kind.EXPIRING else 0)
        if not self._people.owners[reader_id].reacts or self._dice.random() >= share:
            return
        now = self._time.now
        wait = self._dice.lognormvariate(log(self._told.reaction), self._told.reaction_spread)
        for told in news:
            link = link_for(told.connection, now)
            self._comes(number_of(told.connection.connection_id), link, now + 60 + int(wait))

    def noticed(self, number: int, red: Connection) -> None:
        """Let an owner see in the app, some day, that his bank is red."""
        if self._people.owners[red.owner_id].reacts:
            now = self._time.now
            wait = self._dice.expovariate(self._told.visits / YEAR)
            self._comes(number, link_for(red, now + int(wait)), now + 60 + int(wait))

    def _comes(self, number: int, link: Link, at: int) -> None:
        """Let somebody follow a link; until then nothing is steady any more."""
        self._register.wake[number] = min(self._register.wake[number], at)
        self._time.at(at, self._follows, number, link)

    def _follows(self, number: int, link: Link) -> None:
        now, before = self._time.now, self._register.read(number)
        found = standing(link, before, None, now)
        self._tally.attempts[f"link {found.value}"] += 1
        if found is Standing.EXPIRED:
            self._comes(number, link_for(before, now + 120), now + 120)
        elif found is Standing.PAUSED:
            at = max(before.next_try_allowed_at(), now) + 60 + int(self._dice.random() * LATER)
            self._comes(number, link, at)
        elif found is Standing.OPEN and before.live_until <= now:
            self._submits(number, before, link)
        else:
            self._register.wake[number] = self._truth.steady_until(number)

    def _submits(self, number: int, before: Connection, link: Link) -> None:
        now = self._time.now
        attempt = submitted(before, f"att{next(self._ids)}", b"", {}, now)
        held = replace(before, live_attempt=attempt.attempt_id, live_until=attempt.deadline)
        self._register.write(number, held)
        self._register.wake[number] = 0
        incident = self._tally.open.get(number)
        if incident is not None:
            incident.acted_at = incident.acted_at or now
        done = now + 15 + int(self._dice.random() * 75)
        self._time.at(done, self._verified, number, attempt, link)

    def _verified(self, number: int, attempt: Attempt, link: Link) -> None:
        """Let the bank judge what was entered, as far as the guard lets it through."""
        now, before = self._time.now, self._register.read(number)
        direct = before.bank.method is Method.DIRECT
        if barred(attempt, before, now):
            self._ends(number, before, "guarded")
            self._comes(number, link, before.next_try_allowed_at() + 60)
            return
        if not self._truth.up(number, now):
            self._ends(number, before, "bank down")
            self._comes(number, link, now + int(LATER * (0.5 + self._dice.random())))
            return
        counted = takes_try(attempt, before, answered=direct)
        asked = tried(before, now) if counted else before
        if self._refused(number, now, direct=direct):
            self._ends(number, asked, "rejected")
            self._comes(number, link, now + 60 + int(self._dice.random() * 600))
            return
        self._accepted(number, asked)

    def _refused(self, number: int, now: int, *, direct: bool) -> bool:
        """Tell whether the bank says no: a locked access, or a password entered wrongly."""
        if not direct:
            return False
        if self._truth.trouble(number, now) is Trouble.LOCKED:
            if self._dice.random() < 0.7:  # noqa: PLR2004 - the share who did as they were told
                self._truth.unlocked(number)
                return False
            self._truth.refuses(number, now)
            return True
        if self._dice.random() < self._told.mistypes:
            self._truth.mistyped(number)
            self._truth.refuses(number, now)
            return True
        return False

    def _accepted(self, number: int, asked: Connection) -> None:
        now = self._time.now
        self._tally.attempts["accepted"] += 1
        self._tally.renewed_early += asked.status is not Status.RED
        ends = self._truth.mended(number, now)
        after = replace(accepted(asked, ends, now), live_until=0)
        self._register.write(number, after)
        self._time.at(now + 4, self._first_sync, number)

    def _ends(self, number: int, before: Connection, how: str) -> None:
        self._tally.attempts[how] += 1
        self._register.write(number, replace(before, live_until=0))
        self._register.wake[number] = 0
