"""One connection among stores in memory, each with the conditions of its table's writes.

Syncs, attempts, notices, webhooks and disconnects are made by the code that makes them deployed;
what it would ask AWS, it asks here. The bank can be told to let something happen while it thinks,
and to see us die before or after it answers.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass, field, replace
from itertools import count
from typing import TYPE_CHECKING, Any, cast

import sync.worker  # noqa: F401 - the parent of the loggers
from benchmarks.simulation.stores import Gates, Mailings, Notices
from notify.digest import Digests
from notify.gathering import Gathering
from notify.letter import Kind
from relink.changes import Changes
from relink.failures import NeedsOwner
from relink.owners import Profile
from relink.provider import Accepted, Ask, Field, Rejected, Secret, SyncResult
from relink.queues import DigestMessage
from relink.reasons import Scope, Status
from sync.attempts.verifying import Verifier
from sync.credentials.vault import Sealed
from sync.visits.syncing import Syncer
from tests.fakes import NOON, Clock, account
from tests.unit.laws.stores import Attempts, Died, Intake, Shelf, Vault
from tests.unit.sync.bench import FakeLedger

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from notify.posting import News
    from notify.recipients import Recipient
    from relink.connection import Bank, Connection
    from relink.failures import ProviderError
    from relink.provider import Call, Login, Outcome
    from relink.queues import Message

GATHER = 60
CODE = Field("code", "Code", "otp", transient=True)


@dataclass
class House:
    """Everything around one connection; also the bank's adapter, and the queue."""

    shelf: Shelf
    clock: Clock = field(default_factory=Clock)
    verdict: ProviderError | None = None
    asks: bool = False
    refuses_login: bool = False
    meanwhile: list[Callable[[], None]] = field(default_factory=list)
    dies: str = ""
    entered: list[str] = field(default_factory=list)
    """Every answer that the bank was sent in a login."""
    alone: list[int] = field(default_factory=list)
    """When the bank was called without its owner, and reached."""
    unlawful: list[str] = field(default_factory=list)
    proven: set[bytes] = field(default_factory=set)
    """Credentials with which a sync has succeeded."""
    blamed: bool = False
    """Whether somebody has said, since it was last green, that only the owner can help."""
    taken: set[bytes] = field(default_factory=lambda: {b"access 1"})
    mails: list[tuple[Kind, int]] = field(default_factory=list)
    """Of each mail, what it is and of which moment."""
    messages: list[Message] = field(default_factory=list)
    history_by_login: bool = False
    renews_in_place: bool = False
    incidents: list[int] = field(default_factory=list)
    """The names of all incidents, in their order."""
    _present: int | None = None

    def __post_init__(self) -> None:
        self._names = count()
        self.ledger = FakeLedger()
        self.ledger.store("con_1", SyncResult(accounts=(account(),)), NOON, "", Changes())
        self.vault = Vault(held=Sealed(1, 0, b"access 1"))
        self.attempts = Attempts(self.shelf, self.vault)
        self.shelf.seen = self._look
        store, me = self.shelf, cast("Any", self)
        self.syncer = Syncer(
            client=me,
            connections=cast("Any", store),
            ledger=cast("Any", self.ledger),
            vault=cast("Any", self.vault),
            provider=lambda _: me,
            time=self.clock,
            queue=me,
        )
        self.verifier = Verifier(self.syncer, cast("Any", self.attempts), cast("Any", Intake()), me)
        notices: Any = Notices()
        self.notices = notices
        gates: Any = Gates()
        self.gathering = Gathering(notices, notices, gates, me, GATHER)
        self.digests = Digests(
            owners=me,
            addresses=me,
            notices=notices,
            records=notices,
            mailings=cast("Any", Mailings(notices)),
            gates=gates,
            connections=cast("Any", store),
            outages=dict,
            queue=me,
            post=cast("Any", _Post(self._posted)),
            gather_seconds=GATHER,
        )

    # The bank.

    def describe_credentials(self, bank: Bank) -> tuple[Field, ...]:
        """Ask for one secret, which names no login."""
        del bank
        return (Field("secret", "Secret", "password"),)

    def sync(self, connection: Connection, call: Call) -> SyncResult:
        """Answer a sync with the present verdict."""
        verdict = self.verdict
        if self.shelf.stored.status is Status.RED:
            self.unlawful.append("a bank was called for a red connection")
        if call.presence is None and (verdict is None or verdict.reached):
            self.alone.append(self.clock.now)
        del connection
        self._think()
        if verdict is not None:
            ours = verdict.scope is not Scope.ACCOUNT
            self.blamed |= ours and isinstance(verdict, NeedsOwner)
            raise verdict
        self.proven.add(call.secret.reveal())
        return SyncResult(accounts=(account(),), next_cursor="c")

    def authenticate(self, connection: Connection, login: Login, now: int) -> Outcome:
        """Take what was entered, or ask for a code first."""
        del connection, now
        self.entered += login.answers.values()
        asks, refuses = self.asks and login.continuation is None, self.refuses_login
        self._think()
        if self.verdict is not None and not self.verdict.reached:
            raise self.verdict
        if refuses:
            return Rejected({"": "no"})
        if asks:
            return Ask((CODE,), "Enter the code", b"dialog")
        access = f"access {next(self._names) + 2}".encode()
        self.taken.add(access)
        return Accepted(Secret(access), (account(),))

    def same_access(self, one: Secret, other: Secret) -> bool:
        """Say that all secrets open one access: nothing is left over."""
        del one, other
        return True

    def disconnect(self, connection: Connection, secret: Secret) -> None:
        """Do nothing."""

    def _think(self) -> None:
        """Let time pass and things happen before the answer, or see us die."""
        dies, self.dies = self.dies, ""
        while self.meanwhile:
            self.meanwhile.pop(0)()
        if dies:
            raise Died

    # The owner, his mail and the queue.

    def profile(self, owner_id: str) -> Profile:
        """Return how the owner is reached: at any hour."""
        told: Mapping[str, Any] = {"quiet_from": "00:00", "quiet_until": "00:00"}
        return Profile(owner_id=owner_id, workspace_id="ws_1", email="own_1@example.com", **told)

    def standing(self, email: str, now: int) -> None:
        """Say that mail reaches him."""
        del email, now

    def members(self, workspace_id: str) -> list[str]:
        """Return nobody else."""
        del workspace_id
        return []

    def send(self, message: Message, delay: int = 0) -> None:
        """Keep a message; when it arrives is for the machine to say."""
        del delay
        self.messages.append(message)

    def digest(self) -> None:
        """Let the owner's turn come."""
        self.messages = [m for m in self.messages if not isinstance(m, DigestMessage)]
        self.digests.send(self.shelf.stored.owner_id, self.clock.now)

    def _posted(self, kind: Kind, news: Sequence[News], to: Recipient, now: int) -> str:
        del to, now
        for told in news:
            moment = told.notice.moment
            if kind is not Kind.RESTORED and self.shelf.stored.incident_since != moment:
                self.unlawful.append("a mail told of an incident that is over")
            self.mails.append((kind, moment))
        return f"mail {next(self._names)}"

    # Looking on.

    def _look(self, stored: Connection) -> None:
        """Note what is never to be stored, not even for a moment (laws 3, 6 and 9)."""
        held = self.vault.held
        since, self._present = self._present, stored.incident_since
        if self._present not in {None, since}:
            self.incidents.append(stored.incident_since or 0)
            if self.incidents != sorted(set(self.incidents)):
                self.unlawful.append("two incidents have one name")
        if stored.status is Status.GREEN:
            self.blamed = False
            if held is None or held.box not in self.proven:
                self.unlawful.append("green before a sync has succeeded")
        red = stored.reason is not None and stored.reason.status is Status.RED
        if stored.status is Status.RED and not red:
            self.unlawful.append("red although waiting is right")

    def with_stored(self, **facts: Any) -> Connection:
        """Change the connection as somebody else would, and return it."""
        self.shelf.put(replace(self.shelf.stored, **facts))
        return self.shelf.stored

    def old_records(self) -> list[dict[str, Any]]:
        """Return copies of all that the stream has told."""
        return copy.deepcopy(self.shelf.records)


class _Post:
    """Hands letters in without writing them."""

    def __init__(self, send: Callable[..., str]) -> None:
        self.send = send
