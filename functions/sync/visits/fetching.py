"""A visit under way: page after page is fetched and stored, then what they say is written down."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from relink.changes import Changes
from relink.failures import ProviderError, Temporary
from relink.ledger import CURSOR
from relink.ledger_items import digest
from relink.provider import Call
from relink.reasons import Reason
from relink.repository import change
from relink.writes import Conflict, transact
from sync.telling import tell_change, tell_long_orange
from sync.visits.answers import Answers
from sync.visits.releasing import release, unasked
from sync.visits.visit import MORE, Superseded, Told

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_dynamodb.client import DynamoDBClient

    from relink.connection import Connection
    from relink.ledger import Ledger
    from relink.provider import Provider, Secret, SyncResult
    from relink.repository import Connections
    from relink.transitions import Synced
    from sync.credentials.vault import Sealed, Vault
    from sync.visits.visit import Visit

PAGES = 200


@dataclass(frozen=True)
class Tools:
    """What a visit works with; one object serves all threads."""

    client: DynamoDBClient
    connections: Connections
    ledger: Ledger
    vault: Vault
    provider: Callable[[str], Provider]
    time: Callable[[], int]


class Run:
    """One visit under way; the connection and the secret in it follow the bank's rotations."""

    def __init__(self, tools: Tools, visit: Visit) -> None:
        self._tools = tools
        self._visit = visit
        self._now = visit.connection
        self._known = visit.known
        self._secret: Secret
        self._retried = False
        self._place = (visit.history,) if visit.history else (CURSOR,)
        self._asked_yet = self._answered = False
        self.reached = False
        self.changes = Changes()

    def fetch(self, stored: Sealed | None, cursor: str | None) -> tuple[Synced, int]:
        """Fetch and store page after page; return what they say of the connection.

        Raises whatever keeps us from the last page, or the bank from being well.
        """
        tools, own_id = self._tools, self._now.connection_id
        self._secret = self._opened(stored)
        place = tools.ledger.cursor(own_id, *self._place) if cursor is None else cursor
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
        raise Temporary(Reason.DATA_PENDING, provider_code=MORE)

    def stop(self) -> None:
        """Say before AWS stops the run what is known of the password: not sent, or not refused."""
        before = self._now
        if not self._asked_yet:
            counted, known = self._visit.counted, self._visit.known
            again = self._visit.again
            after = unasked(before, counted=counted, known=known, again=again)
        else:
            after = replace(before, runs=0) if self._answered else before
        release(self._tools.connections, before, after)

    def told(
        self,
        transition: Callable[[Connection, int], Connection],
        accounts: int = 0,
    ) -> Told:
        """Write what the visit means for the connection, if it is still this run's to write."""
        before, untold = self._now, self._visit.counted
        while True:
            now = self._tools.time()
            after = replace(transition(before, now), digest=self._known)
            if untold:  # before it is settled: a crash may tell it twice, but not never
                tell_long_orange(after, self._visit.last_call, now)
                untold = False
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
        single &= not self._visit.history  # all that there is says nothing of what is new
        seen = digest(result) if single else ""
        if single and seen == self._known:
            return
        self._known = ""
        tools = self._tools
        self.changes.answers.append(seen or digest(result))
        own_id, now = self._now.connection_id, tools.time()
        tools.ledger.store(own_id, result, now, *self._place, changes=self.changes)
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
        self._asked_yet, self._answered = True, False
        try:
            result = provider.sync(self._now, call)
        except ProviderError as error:
            self.reached |= error.reached
            raise
        except Exception:
            self.reached = True
            raise
        self.reached = self._answered = True
        return result

    def _call(self, cursor: str) -> Call:
        return Call(
            secret=self._secret,
            cursor=cursor,
            now=self._tools.time(),
            deadline=self._visit.deadline,
            keep=self._keep,
            since=None if self._visit.history else self._now.last_success_at,
            presence=self._visit.presence,
            history=bool(self._visit.history),
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
