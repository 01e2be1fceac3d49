"""All that can happen to one connection, in whatever order: the rules of a hypothesis machine."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from relink.attempt import State, ended, submitted
from relink.clock import DAY
from relink.connection import Connection, Method
from relink.disconnecting import Data, disconnected
from relink.failures import NeedsOwner, Verdict
from relink.provider import Presence
from relink.reasons import Reason, Scope, Status
from relink.repository import change
from relink.schedule import MINUTE, SLOTS, minute_of
from relink.webhooks import News, Word
from relink.writes import Conflict
from sync.attending import hindrance
from sync.visits.claiming import LEASE, _claimed, obstacle
from sync.visits.visit import Busy, Superseded, Visit
from sync.webhooks.news import decide
from tests.fakes import BANK, NOON, connection
from tests.unit.laws.house import House
from tests.unit.laws.stores import Died, Shelf

if TYPE_CHECKING:
    from collections.abc import Callable

    from relink.failures import ProviderError

verdicts = st.builds(
    lambda verdict, reached: verdict.error("code", "words", reached=reached),
    st.builds(Verdict, st.sampled_from(Reason), st.sampled_from(Scope)),
    st.booleans(),
)
no = st.just(NeedsOwner(Reason.CREDENTIALS_REJECTED, provider_code="NO"))
answers = st.none() | st.none() | no | verdicts
THERE = Presence("192.0.2.7", "Browser")
SKEW = 2
"""Seconds by which the clocks of two machines differ."""


class Household(RuleBasedStateMachine):
    """One connection; its owner on two devices, its bank, its schedule, its stream, our deaths."""

    tried: ClassVar[int] = 0
    steps: ClassVar[int] = 0
    """How much was searched, by all machines of this process."""

    @initialize(direct=st.booleans(), auto_sync=st.booleans())
    def begin(self, *, direct: bool, auto_sync: bool) -> None:
        """Begin with a connection that is well."""
        Household.tried += 1
        bank = replace(BANK, method=Method.DIRECT) if direct else BANK
        made = connection(
            bank=bank, status=Status.GREEN, reason=None, auto_sync=auto_sync, created_at=NOON - DAY
        )
        slot = made.home_slot if auto_sync else None
        self.house = House(Shelf(replace(made, slot=slot)))
        self.house.proven.add(b"access 1")
        self.runs = 0
        self.typed = 0
        self.told = 0

    @property
    def it(self) -> Connection:
        """Return the connection as it is stored."""
        return self.house.shelf.stored

    @property
    def now(self) -> int:
        """Return the time."""
        return self.house.clock.now

    # Time, and the bank's mind.

    @rule(seconds=st.sampled_from([1, 30, 90, 200, 700, 3600, SLOTS * MINUTE, DAY]))
    def time_passes(self, seconds: int) -> None:
        """Let time pass."""
        self.house.clock.advance(seconds)

    @rule(verdict=answers, asks=st.booleans(), refuses=st.booleans())
    def the_bank_changes_its_mind(
        self, verdict: ProviderError | None, *, asks: bool, refuses: bool
    ) -> None:
        """Let the bank answer otherwise from now on."""
        self.house.verdict = verdict
        self.house.asks, self.house.refuses_login = asks, refuses

    @rule(seconds=st.sampled_from([0, 100, 200, 700]), what=st.integers(0, 7))
    def something_will_happen_while_the_bank_thinks(self, seconds: int, what: int) -> None:
        """Have the next call to the bank take its time, and something come in between."""
        deeds: list[Callable[[], None]] = [
            partial(self.the_schedule_calls, skew=0),
            self.the_owner_wants_a_sync,
            self.the_owner_types,
            self.an_attempt_goes_on,
            self.a_webhook_says_that_it_is_mended,
            partial(self.the_owner_gives_up, data=Data.KEEP),
            partial(self.the_owner_switches, on=False),
            partial(self.a_webhook_says_that_it_is_gone, final=True),
        ]

        def happen() -> None:
            self.house.clock.advance(seconds)
            deeds[what]()

        self.house.meanwhile[:] = [happen]

    @rule()
    def we_will_die_while_the_bank_thinks(self) -> None:
        """Have the process die with the next call: its message comes again."""
        self.house.dies = "before its answer"

    # What calls the bank.

    @rule(skew=st.integers(-SKEW, SKEW), late=st.sampled_from([0, 0, 1, 4]))
    def the_schedule_calls(self, skew: int, late: int = 0) -> None:
        """Let a message of the schedule arrive, on time or cycles late, once more or not."""
        now, cycle = self.now + skew, minute_of(self.now) // SLOTS - late
        if obstacle(self.it, cycle, now) is not None:
            return
        before = self.it
        if before.slot is not None and cycle < (minute_of(now) - before.slot) // SLOTS:
            self.house.unlawful.append("a bank was called for a turn that has a successor")
        held = _claimed(before, cycle, self._run(), now)
        self.house.shelf.put(held)
        known = "" if before.leased else before.digest
        visit = Visit(held, self.now + 60, counted=True, known=known, again=before.leased)
        self._visit(visit)

    @rule()
    def the_owner_wants_a_sync(self) -> None:
        """Let the owner press the button of the page."""
        if hindrance(self.it, self.now, self.now) is not None:
            return
        before, until = self.it, self.now + LEASE
        held = self.house.with_stored(
            lease=self._run(), lease_until=until, last_attempt_at=self.now, runs=before.runs + 1
        )
        visit = Visit(held, self.now + 60, counted=False, presence=THERE, again=before.leased)
        self._visit(visit)

    @rule()
    def the_owner_types(self) -> None:
        """Let the owner send a form, from this device or the other."""
        it = self.it
        live = self.house.attempts.get(it.live_attempt)
        busy = live is not None and not live.ended and it.live_until > self.now
        if busy or it.status is Status.GREEN or not it.tries_left(self.now):
            return  # the page shows no form
        self.typed += 1
        attempt = submitted(
            it, f"att_{self.typed}", f"secret {self.typed}".encode(), {"ip": "192.0.2.7"}, self.now
        )
        after = replace(it, live_attempt=attempt.attempt_id, live_until=attempt.deadline)
        expect = ("live_attempt", "live_until", "credentials_version", "red_since")
        self.house.attempts.begin(attempt, change(it, after, expect=expect))

    @rule()
    def the_owner_goes_through_with_it(self) -> None:
        """Let the owner do what the page asks for, and the worker its part."""
        self.the_owner_types()
        self.an_attempt_goes_on()
        self.the_owner_answers()
        self.an_attempt_goes_on()

    @rule()
    def the_owner_is_told_at_once(self) -> None:
        """Let stream and gathered message arrive as they mostly do."""
        while self.told < len(self.house.shelf.records):
            self.the_stream_tells()
        self.house.clock.advance(60)
        self.the_owners_turn_comes()

    @rule()
    def the_owner_answers(self) -> None:
        """Let the owner enter a code that he has been asked for."""
        live = self.house.attempts.get(self.it.live_attempt)
        if live is None or live.state is not State.ASKING or live.abandoned(self.now):
            return
        self.typed += 1
        code = f"code {self.typed}".encode()
        answered = replace(live, state=State.ANSWERED, answers=code, deadline=self.now + 600)
        held = replace(self.it, live_until=self.now + 600)
        moved = change(self.it, held, expect=()) if held != self.it else None
        self.house.attempts.advance(live, answered, moved)

    @rule()
    def an_attempt_goes_on(self) -> None:
        """Let an attempt's message arrive, the first time or again."""
        for attempt_id in list(self.house.attempts.stored):
            try:
                self.house.verifier.go_on(attempt_id, self._run(), self.now + 60)
            except (Busy, Conflict, Died):
                continue

    # What happens without a call.

    @rule(on=st.booleans())
    def the_owner_switches(self, *, on: bool) -> None:
        """Let the owner pause the schedule, or resume it."""
        switched = replace(self.it, auto_sync=on)
        slot = switched.home_slot if switched.scheduled else None
        self.house.with_stored(auto_sync=on, slot=slot)

    @rule(data=st.sampled_from(Data))
    def the_owner_gives_up(self, data: Data) -> None:
        """Let the owner disconnect: the attempt under way goes with it."""
        live = self.house.attempts.get(self.it.live_attempt)
        if live is not None and not live.ended:
            self.house.attempts.stored[live.attempt_id] = ended(live, State.EXPIRED)
        self.house.shelf.put(disconnected(self.it, data, self.now))
        self.house.vault.held = None

    @rule()
    def a_webhook_says_that_it_is_mended(self) -> None:
        """Let a provider say so, maybe of an incident long ago."""
        self._hear(News(Word.MENDED, "item", at=self.now - 100, mends=frozenset({"NO", "code"})))

    @rule(final=st.booleans())
    def a_webhook_says_that_it_is_gone(self, *, final: bool) -> None:
        """Let a provider say that the access is over."""
        error = NeedsOwner(Reason.CONSENT_REVOKED, provider_code="GONE")
        self._hear(News(Word.BROKEN, "item", error=error, final=final))

    # What its owner is told.

    @rule()
    def the_stream_tells(self) -> None:
        """Deliver the stream's next record."""
        records = self.house.old_records()
        if self.told < len(records):
            self.house.gathering.apply(records[self.told], self.now)
            self.told += 1

    @rule(back=st.integers(1, 6))
    def the_stream_tells_again(self, back: int) -> None:
        """Deliver old records once more, as a stream does whose batch has failed."""
        for record in self.house.old_records()[max(self.told - back, 0) : self.told]:
            self.house.gathering.apply(record, self.now)

    @rule()
    def the_owners_turn_comes(self) -> None:
        """Deliver the message that gathers, or let the sweep come."""
        self.house.digest()

    def _run(self) -> str:
        self.runs += 1
        return f"run {self.runs}"

    def _visit(self, visit: Visit) -> None:
        try:
            self.house.syncer.sync(visit, None, None)
        except (Superseded, Died):
            return

    def _hear(self, news: News) -> None:
        decision = decide(self.it, news, minute_of(self.now) // SLOTS, self.now)
        if decision.after is not None:
            self.house.blamed |= news.final
            self.house.shelf.put(decision.after)
