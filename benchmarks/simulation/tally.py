"""What happened, counted; and the laws, held against what happened independently of the code."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from relink.clock import DAY
from relink.connection import UNATTENDED_A_DAY

if TYPE_CHECKING:
    from benchmarks.simulation.troubles import Trouble
    from notify.letter import Kind
    from relink.reasons import Reason
    from sync.visits.claiming import Obstacle


@dataclass(slots=True)
class Incident:
    """One time of red: its true cause, and when what happened."""

    since: int
    trouble: Trouble | None
    broke_at: int
    mailed_at: int | None = None
    acted_at: int | None = None
    mended_at: int | None = None
    green_at: int | None = None


@dataclass
class Tally:
    """Counts; times are seconds, ages and lateness in classes of a minute and a second."""

    calls: int = 0
    worked: int = 0
    held: int = 0
    skipped: int = 0
    long_oranges: int = 0
    lateness: Counter[int] = field(default_factory=Counter)
    ages: Counter[int] = field(default_factory=Counter)
    refused: Counter[Obstacle] = field(default_factory=Counter)
    failures: Counter[Reason] = field(default_factory=Counter)
    made: list[tuple[int, ...]] = field(default_factory=list)
    calls_a_connection: list[int] = field(default_factory=list)

    incidents: list[Incident] = field(default_factory=list)
    open: dict[int, Incident] = field(default_factory=dict)
    oranges: Counter[Reason] = field(default_factory=Counter)
    attempts: Counter[str] = field(default_factory=Counter)
    renewed_early: int = 0

    mails: Counter[Kind] = field(default_factory=Counter)
    mails_of: Counter[str] = field(default_factory=Counter)
    mails_on: Counter[tuple[str, int]] = field(default_factory=Counter)
    banks_in_mails: int = 0
    digests: int = 0
    stream_records: int = 0

    outages: list[tuple[str, int, int]] = field(default_factory=list)
    violations: Counter[str] = field(default_factory=Counter)
    _down: dict[str, int] = field(default_factory=dict)
    _told: set[tuple[str, int]] = field(default_factory=set)
    _sent: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))

    def begin(self, connections: int) -> None:
        """Make room for so many connections."""
        self.made = [(0,) * UNATTENDED_A_DAY] * connections
        self.calls_a_connection = [0] * connections

    def called(self, number: int, now: int, last: int, due_at: int, worked: bool = True) -> None:  # noqa: FBT001, FBT002 - called for each sync
        """Note an unattended call that reached its bank. The law: at most four in any 24 hours."""
        made = self.made[number]
        if now - made[3] < DAY:
            self.violations["a fifth unattended call in 24 hours"] += 1
        self.made[number] = (now, made[0], made[1], made[2])
        self.calls_a_connection[number] += 1
        self.calls += 1
        if worked:
            self.worked += 1
            self.lateness[now - due_at] += 1
            self.ages[(now - last) // 60] += 1

    def reddened(self, number: int, now: int, trouble: Trouble | None, broke_at: int) -> None:
        """Note that a connection turned red. The law: only for what its owner must mend."""
        if trouble is None:
            self.violations["red although waiting was right"] += 1
        self.open[number] = Incident(now, trouble, broke_at)
        self.incidents.append(self.open[number])

    def told(self, notice_id: str, step: int) -> None:
        """Note a telling of a notice. The law: each once."""
        if (notice_id, step) in self._told:
            self.violations["a notice was told twice"] += 1
        self._told.add((notice_id, step))

    def mailed(self, kind: Kind, reader: str, now: int, *, own: bool, quiet: bool) -> None:
        """Note a mail. The rules: none in the quiet hours, at most three a day about one's own."""
        self.mails[kind] += 1
        self.mails_of[reader] += 1
        self.mails_on[reader, now // DAY] += 1
        if quiet:
            self.violations["a mail in quiet hours"] += 1
        if own:
            sent = self._sent[reader]
            sent.append(now)
            if len(sent) > 3 and now - sent[-4] < DAY:  # noqa: PLR2004 - the rule's own number
                self.violations["a fourth mail in 24 hours"] += 1

    def outage(self, place: str, now: int, *, down: bool) -> None:
        """Note that the breaker takes a place for down, or for up again."""
        if down:
            self._down.setdefault(place, now)
        elif place in self._down:
            self.outages.append((place, self._down.pop(place), now))
