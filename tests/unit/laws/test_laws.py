"""No order of events breaks a law: late answers, repeats, wrong clocks, old records, two devices.

A quick search is part of the suite; `python -m tests.unit.laws` searches deeper.
"""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis.stateful import invariant

from notify.letter import Kind
from relink.attempt import ENDED
from relink.clock import DAY
from relink.connection import TRIES_A_DAY, UNATTENDED_A_DAY
from relink.reasons import Status
from sync.visits.claiming import obstacle
from tests.unit.laws.household import SKEW, Household

EXAMPLES, STEPS = 40, 30


class Laws(Household):
    """The laws, looked at after each event, and at the end."""

    @invariant()
    def it_is_counted(self) -> None:
        """Count the step, for the report."""
        Household.steps += 1

    @invariant()
    def red_is_said_by_somebody(self) -> None:
        """Laws 1 to 3: a bank or a provider has said that only the owner can help."""
        if self.it.status is Status.RED:
            assert self.house.blamed
            assert self.it.reason is not None
            assert Status.RED is self.it.reason.status

    @invariant()
    def red_is_left_alone(self) -> None:
        """Law 4."""
        assert [] == self.house.unlawful
        if not self.it.scheduled:
            assert self.it.slot is None
            assert obstacle(self.it, 10**9, self.now) is not None

    @invariant()
    def four_calls_a_day(self) -> None:
        """Law 5: in any day, whoever died."""
        alone = self.house.alone
        late = range(UNATTENDED_A_DAY, len(alone))
        assert all(alone[n] - alone[n - UNATTENDED_A_DAY] >= DAY - 2 * SKEW for n in late)

    @invariant()
    def green_has_synced(self) -> None:
        """Law 6: with the very credentials that are stored."""
        if self.it.status is Status.GREEN:
            held = self.house.vault.held
            assert held is not None
            assert held.box in self.house.proven
            assert self.it.reason is None

    @invariant()
    def what_is_stored_was_accepted(self) -> None:
        """Law 7: credentials and the version that links and runs name go together."""
        held = self.house.vault.held
        if self.it.connected:
            assert held is not None
            assert held.version == self.it.credentials_version
            assert held.box in self.house.taken

    @invariant()
    def one_notice_an_incident(self) -> None:
        """Law 9: its first mail goes out once."""
        first = [moment for kind, moment in self.house.mails if kind is Kind.RED]
        assert sorted(set(first)) == sorted(first)

    @invariant()
    def nothing_is_entered_twice(self) -> None:
        """Law 12: neither a password nor a code; and no more tries than a bank bears."""
        entered = self.house.entered
        assert sorted(set(entered)) == sorted(entered)
        assert 0 <= self.it.tries_left(self.now) <= TRIES_A_DAY

    @invariant()
    def what_is_over_holds_nothing(self) -> None:
        """Law 10: an attempt at its end has neither answers nor a continuation."""
        for attempt in self.house.attempts.stored.values():
            if attempt.state in ENDED:
                assert (None, None) == (attempt.answers, attempt.continuation)

    def teardown(self) -> None:
        """Let all that is under way arrive: nobody is left untold, and nothing stays held."""
        if not hasattr(self, "house"):
            return
        self.house.meanwhile.clear()
        self.house.dies = ""
        for _ in range(6):
            self.house.clock.advance(700)
            self.an_attempt_goes_on()
            while self.told < len(self.house.old_records()):
                self.the_stream_tells()
            self.house.clock.advance(120)
            self.house.digest()
        self._nothing_is_lost()

    def _nothing_is_lost(self) -> None:
        """Law 12: an incident that stands has been told, and each attempt has come to an end."""
        since = self.it.incident_since
        if since is not None and self.it.live_until <= self.now:
            assert [n for n in self.house.notices.of("own_1") if n.moment == since]
            assert (Kind.RED, since) in self.house.mails or self._enough(since)
        standing = [a.state for a in self.house.attempts.stored.values() if not a.ended]
        assert [] == standing

    def _enough(self, since: int) -> bool:
        """Tell whether the day's mails are spent, or it waits its time."""
        due = [n.due_at for n in self.house.notices.of("own_1") if n.moment == since]
        return all(at is not None for at in due)


TestLaws: Any = Laws.TestCase
TestLaws.settings = settings(
    max_examples=EXAMPLES,
    stateful_step_count=STEPS,
    deadline=None,
    derandomize=True,  # the same search each time; the deep one is another each time
    suppress_health_check=[HealthCheck.too_slow],
)
