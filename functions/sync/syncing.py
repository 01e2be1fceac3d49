"""Call a claimed connection's bank, store what it says, settle what it means.

Only the bank's call, and what is ours about it, is judged here. AWS's passing trouble is no
trouble of the connection's: it goes up, the message comes back, and the lease that lapsed
meanwhile lets it through again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from relink.connection import Connection, Synced, failed, synced
from relink.failures import ProviderError, Temporary
from relink.faults import passing
from relink.ledger import Ledger, digest
from relink.provider import Call
from relink.reasons import Reason
from relink.repository import Conflict, Connections, change, transact
from sync.answers import Answers
from sync.telling import bug, tell_change, tell_operator

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_dynamodb.client import DynamoDBClient

    from relink.provider import Presence, Provider, Secret, SyncResult
    from sync.vault import Sealed, Vault

PAGES = 200


class Superseded(Exception):
    """The lease or the credentials are no longer those that this run was given."""


@dataclass(frozen=True, slots=True)
class Visit:
    """One claimed call: by when it must be over, whether it counts, who is there.

    `known` is the digest of the answer that the Ledger holds for sure, or empty.
    """

    connection: Connection
    deadline: int
    counted: bool
    presence: Presence | None = None
    known: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """What came of a visit: the connection before and after, and what was stored."""

    before: Connection
    after: Connection
    accounts: int = 0


@dataclass(frozen=True)
class Syncer:
    """The collaborators of a sync; one object serves all threads."""

    client: DynamoDBClient
    connections: Connections
    ledger: Ledger
    vault: Vault
    provider: Callable[[str], Provider]
    time: Callable[[], int]

    def sync(self, visit: Visit, stored: Sealed | None, cursor: str | None) -> Told:
        """Make the visit; credentials and cursor are read if they are not given.

        Raises `Superseded` if somebody else has moved the connection on, or AWS's passing trouble.
        """
        run = _Run(self, visit)
        try:
            facts, accounts = run.fetch(stored, cursor)
        except Superseded:
            raise
        except ProviderError as error:
            trouble = error
            tell_operator(visit.connection, error)
        except Exception as error:
            if passing(error):
                raise
            trouble = bug(visit.connection, error, reached=run.reached)
        else:
            return run.told(lambda c, now: synced(c, facts, now), accounts)
        counted = visit.counted and not run.reached  # a page before it, too, is spent
        return run.told(lambda c, now: failed(c, trouble, now, counted=counted))


class _Run:
    """One visit under way; the connection and the secret in it follow the bank's rotations."""

    def __init__(self, tools: Syncer, visit: Visit) -> None:
        self._tools = tools
        self._visit = visit
        self._now = visit.connection
        self._known = visit.known
        self._secret: Secret
        self._retried = False
        self.reached = False

    def fetch(self, stored: Sealed | None, cursor: str | None) -> tuple[Synced, int]:
        """Fetch and store page after page; return what they say of the connection.

        Raises whatever keeps us from the last page, or the bank from being well.
        """
        tools, own_id = self._tools, self._now.connection_id
        self._secret = self._opened(stored)
        place = tools.ledger.cursor(own_id) if cursor is None else cursor
        answers = Answers(own_id, tools.ledger)
        for page in range(PAGES):
            result = self._page(place)
            self._store(result, single=page == 0 and not result.has_more)
            answers.add(result)
            if not result.has_more:
                answers.complain()
                return answers.facts(self._known), answers.count
            if result.next_cursor in {"", place}:
                raise Temporary(Reason.BAD_ANSWER, provider_code="pages without end")
            place = result.next_cursor
            if tools.time() >= self._visit.deadline:
                break
        raise Temporary(Reason.DATA_PENDING, provider_code="more to come")

    def told(
        self,
        transition: Callable[[Connection, int], Connection],
        accounts: int = 0,
    ) -> Told:
        """Write what the visit means for the connection, if it is still this run's to write."""
        before = self._now
        while True:
            after = replace(transition(before, self._tools.time()), digest=self._known)
            expect = ["lease", "credentials_version", "status"]
            if after.slot != before.slot:
                expect.append("auto_sync")
            try:
                self._tools.connections.save(before, after, expect=expect)
            except Conflict:
                current = self._tools.connections.get(before.connection_id)
                if current != after:  # else by a request of ours whose answer was lost
                    before = _still_ours(before, current)
                    continue
            tell_change(self._visit.connection, after)
            return Told(self._visit.connection, after, accounts)

    def _opened(self, stored: Sealed | None) -> Secret:
        """Return the credentials that belong to the claim, read again if others were read.

        If there are none although the claim saw them, settling tells whether they were replaced
        meanwhile or the store is at odds with itself.
        """
        vault = self._tools.vault
        if stored is None or not stored.current(self._now):
            stored = vault.read(self._now)
        if stored is None or not stored.current(self._now):
            raise LookupError("no credentials of this version")
        return vault.open(self._now, stored.box)

    def _store(self, result: SyncResult, *, single: bool) -> None:
        """Store a page, unless it is the whole answer and the Ledger holds it already."""
        seen = digest(result) if single else ""
        if single and seen == self._known:
            return
        self._known = ""
        self._tools.ledger.store(self._now.connection_id, result, self._tools.time())
        self._known = seen

    def _page(self, cursor: str) -> SyncResult:
        """Call the bank; once more in a visit if it was provably not reached (law 5)."""
        try:
            return self._asked(cursor)
        except ProviderError as error:
            late = self._tools.time() >= self._visit.deadline
            if error.reached or self._retried or late:
                raise
        self._retried = True
        return self._asked(cursor)

    def _asked(self, cursor: str) -> SyncResult:
        provider = self._tools.provider(self._now.bank.provider)
        call = self._call(cursor)
        try:
            result = provider.sync(self._now, call)
        except ProviderError as error:
            self.reached |= error.reached
            raise
        except Exception:
            self.reached = True
            raise
        self.reached = True
        return result

    def _call(self, cursor: str) -> Call:
        return Call(
            secret=self._secret,
            cursor=cursor,
            now=self._tools.time(),
            deadline=self._visit.deadline,
            keep=self._keep,
            since=self._now.last_success_at,
            presence=self._visit.presence,
        )

    def _keep(self, secret: Secret) -> None:
        """Store a rotated secret before its data are used; the lease makes us its only writer."""
        rotated = replace(self._now, rotation=self._now.rotation + 1)
        moved = change(self._now, rotated, expect=("lease", "credentials_version", "rotation"))
        tools = self._tools
        writes = (
            tools.vault.put(rotated, secret),
            {"Update": moved.arguments(tools.connections.table)},
        )
        try:
            transact(tools.client, writes)
        except Conflict as error:
            raise Superseded from error
        self._now, self._secret, self.reached = rotated, secret, True


def _still_ours(before: Connection, current: Connection | None) -> Connection:
    """Return the connection as it stands, if lease and credentials are still the run's."""
    if current is None or current.lease != before.lease:
        raise Superseded
    if current.credentials_version != before.credentials_version:
        raise Superseded
    return current
