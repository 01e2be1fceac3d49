"""A connection's whole life: whatever happens in whatever order, the laws hold throughout."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from relink.clock import DAY
from relink.connection import TRIES_A_DAY, UNATTENDED_A_DAY, Connection
from relink.failures import Verdict
from relink.reasons import Reason, Scope, Status
from relink.repository import from_item, to_item
from relink.schedule import MINUTE, SLOTS, minute_of
from relink.transitions import Synced, accepted, failed, status_for, synced, tried
from sync.visits.claiming import _claimed, obstacle
from tests.fakes import NOON, connection

verdicts = st.builds(Verdict, st.sampled_from(Reason), st.sampled_from(Scope))


class Life(RuleBasedStateMachine):
    """One connection between its owner, its bank and the clock."""

    @initialize(auto_sync=st.booleans())
    def begin(self, *, auto_sync: bool) -> None:
        """Connect a bank for the first time."""
        made = connection(credentials_version=0, auto_sync=auto_sync, created_at=NOON, since=NOON)
        self.now = NOON
        self.it: Connection = made
        self.may_be_red = False
        self.reds = 0
        self.reached: list[int] = []
        self.ends: list[int] = []

    @rule(seconds=st.integers(0, 2 * SLOTS * MINUTE))
    def time_passes(self, seconds: int) -> None:
        """Let up to twelve hours go by."""
        self.now += seconds

    @rule(verdict=st.none() | verdicts, wait=st.integers(-60, 2 * DAY), reached=st.booleans())
    def the_schedule_calls(self, verdict: Verdict | None, wait: int, *, reached: bool) -> None:
        """Let the connection's turn come, and its bank answer."""
        cycle = minute_of(self.now) // SLOTS
        if obstacle(self.it, cycle, self.now) is not None:
            return
        claim = _claimed(self.it, cycle, "run", self.now)
        assert obstacle(claim, cycle, self.now) is not None
        assert claim.status is not Status.RED
        if verdict is None or reached:
            self.reached.append(self.now)
        self._settle(claim, verdict, wait, reached=reached, counted=True)

    @precondition(lambda self: self.it.credentials_version > 0)
    @rule(verdict=st.none() | verdicts, wait=st.integers(0, DAY), reached=st.booleans())
    def the_owner_syncs(self, verdict: Verdict | None, wait: int, *, reached: bool) -> None:
        """Let the owner press the button."""
        held = replace(self.it, lease="run", lease_until=self.now + 180)
        self._settle(held, verdict, wait, reached=reached, counted=False)

    @rule(outcome=st.sampled_from(["accepted", "rejected", "unreached"]))
    def the_owner_reconnects(self, outcome: str) -> None:
        """Let the owner enter credentials."""
        left = self.it.tries_left(self.now)
        if left == 0:
            return
        after = tried(self.it, self.now)
        assert after.tries_left(self.now) == left - 1
        assert after.status is self.it.status
        if outcome == "unreached":
            after = replace(after, tries=(*after.tries[1:], 0))
        if outcome == "accepted":
            self.may_be_red = False
            after = accepted(after, None, self.now)
            assert (after.status, after.reason) == (Status.ORANGE, Reason.FIRST_SYNC_PENDING)
        self.it = after

    @rule(on=st.booleans())
    def the_owner_switches(self, *, on: bool) -> None:
        """Let the owner pause or resume the schedule, as the API does."""
        switched = replace(self.it, auto_sync=on)
        self.it = replace(switched, slot=switched.home_slot if switched.scheduled else None)

    def _settle(
        self,
        held: Connection,
        verdict: Verdict | None,
        wait: int,
        *,
        reached: bool,
        counted: bool,
    ) -> None:
        if verdict is None:
            self.may_be_red = False
            self.it = synced(held, Synced("digest"), self.now)
            return
        error = verdict.error("code", "words", retry_at=self.now + wait, reached=reached)
        self.may_be_red |= status_for(error) is Status.RED
        self.it = failed(held, error, self.now, counted=counted)
        self.reds += self.it.red_since != held.red_since

    @invariant()
    def red_is_the_owners_and_nobody_elses(self) -> None:
        """Laws 1 to 3."""
        if self.it.status is Status.RED:
            assert self.may_be_red
            assert self.it.reason is not None
            assert self.it.reason.status is Status.RED

    @invariant()
    def red_is_left_alone(self) -> None:
        """Law 4, and the pause: what the bank has just accepted syncs once all the same."""
        wanted = self.it.auto_sync or self.it.accepted_at is not None
        scheduled = self.it.status is not Status.RED and wanted
        if self.it.credentials_version > 0:
            assert (self.it.slot is not None) == scheduled
        if not scheduled:
            assert obstacle(self.it, 10**9, self.now) is not None

    @invariant()
    def no_more_than_four_calls_in_any_day(self) -> None:
        """Law 5: rolling, not by the calendar."""
        day = [t for t in self.reached if t > self.now - DAY]
        assert len(day) <= UNATTENDED_A_DAY
        assert list(self.it.calls) == sorted(self.it.calls, reverse=True)

    @invariant()
    def green_has_nothing_to_explain(self) -> None:
        """Law 6."""
        assert (self.it.status is Status.GREEN) == (self.it.reason is None)
        if self.it.status is Status.GREEN:
            assert (self.it.provider_text, self.it.rate_limited_until) == ("", None)
            assert self.it.last_success_at is not None

    @invariant()
    def an_incident_has_a_beginning_while_it_lasts(self) -> None:
        """Hold the incident, which a notice is named by, against the colour."""
        assert (self.it.status is Status.RED) == (self.it.red_since is not None)
        assert self.it.since <= self.now + self.reds  # each has a second of its own
        assert 0 <= self.it.tries_left(self.now) <= TRIES_A_DAY

    @invariant()
    def it_can_be_stored(self) -> None:
        """Read what is written."""
        assert from_item(to_item(self.it)) == self.it


TestLife = Life.TestCase
TestLife.settings = settings(max_examples=40, stateful_step_count=40, deadline=None)
