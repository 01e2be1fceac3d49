"""Call a claimed connection's bank, store what it says, settle what it means.

Only the bank's call is judged here. Trouble with AWS is no trouble of the connection's: it goes
up, the message comes back, and the lease that lapsed meanwhile lets it through again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from aws_lambda_powertools import Logger
from botocore.exceptions import BotoCoreError, ClientError

from relink.connection import Connection, Synced, failed, synced
from relink.faults import describe
from relink.ledger import Ledger, digest, match
from relink.provider import Call, ProviderError, Temporary
from relink.reasons import Reason, Scope
from relink.repository import Conflict, Connections, change

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_dynamodb.client import DynamoDBClient

    from relink.provider import Presence, Provider, Secret, SyncResult
    from sync.vault import Sealed, Vault

PAGES = 200
logger = Logger(service="worker", child=True)


class Superseded(Exception):  # noqa: N818 - an outcome with a name
    """The lease or the credentials are no longer those that this run was given."""


@dataclass(frozen=True, slots=True)
class Visit:
    """One claimed call: who calls, by when it must be over, whether it counts, who is there."""

    connection: Connection
    deadline: int
    counted: bool
    presence: Presence | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """What came of a visit: the connection before and after."""

    before: Connection
    after: Connection


@dataclass(frozen=True)
class Syncer:
    """The collaborators of a sync; one object serves all threads."""

    client: DynamoDBClient
    connections: Connections
    ledger: Ledger
    vault: Vault
    provider: Callable[[str], Provider]
    time: Callable[[], int]

    def sync(self, visit: Visit, stored: Sealed | None, cursor: str) -> Told:
        """Make the visit. Raises `Superseded` if somebody else has moved the connection on."""
        run = _Run(self, visit)
        try:
            facts = run.fetch(run.secret(stored), cursor)
        except ProviderError as error:
            trouble = error
            after = run.settle(lambda c, now: failed(c, trouble, now, counted=visit.counted))
            return Told(visit.connection, after)
        return Told(visit.connection, run.settle(lambda c, now: synced(c, facts, now)))


class _Run:
    """One visit under way; the connection in it follows the bank's rotations."""

    def __init__(self, tools: Syncer, visit: Visit) -> None:
        self._tools = tools
        self._visit = visit
        self._now = visit.connection

    def secret(self, stored: Sealed | None) -> Secret:
        """Return the credentials that belong to the claim, read again if others were read."""
        if stored is None or not stored.current(self._now):
            stored = self._tools.vault.read(self._now)
        if stored is None or not stored.current(self._now):
            raise Superseded
        return self._tools.vault.open(self._now, stored.box)

    def fetch(self, secret: Secret, cursor: str) -> Synced:
        """Fetch and store page after page; return what they say of the connection.

        Raises the trouble that the bank complained of beside its data, once they are stored.
        """
        tools, own_id = self._tools, self._now.connection_id
        told: list[SyncResult] = []
        while len(told) < PAGES:
            result = self._page(self._call(secret, cursor))
            told.append(result)
            seen = "" if len(told) > 1 or result.has_more else digest(result)
            if not seen or seen != self._now.digest:
                tools.ledger.store(own_id, result, tools.time())
            cursor = result.next_cursor or cursor
            if not result.has_more:
                return self._facts(told, seen)
            if tools.time() >= self._visit.deadline:
                break
        raise Temporary(Reason.DATA_PENDING, provider_code="more to come")

    def settle(self, transition: Callable[[Connection, int], Connection]) -> Connection:
        """Write what the visit means for the connection, if it is still this run's to write."""
        before = self._now
        while True:
            after = transition(before, self._tools.time())
            expect = ["lease", "credentials_version", "status"]
            if after.slot != before.slot:
                expect.append("auto_sync")
            try:
                self._tools.connections.save(before, after, expect=expect)
            except Conflict:
                before = self._again(before)
            else:
                return after

    def _again(self, before: Connection) -> Connection:
        current = self._tools.connections.get(before.connection_id)
        if current is None or current.lease != before.lease:
            raise Superseded
        if current.credentials_version != before.credentials_version:
            raise Superseded
        return current

    def _call(self, secret: Secret, cursor: str) -> Call:
        return Call(
            secret=secret,
            cursor=cursor,
            now=self._tools.time(),
            deadline=self._visit.deadline,
            keep=self._keep,
            since=self._now.last_success_at,
            presence=self._visit.presence,
        )

    def _page(self, call: Call) -> SyncResult:
        """Call the bank; once more if it was provably not reached (law 5)."""
        try:
            return self._judged(call)
        except ProviderError as error:
            if error.reached or self._tools.time() >= self._visit.deadline:
                raise
        return self._judged(call)

    def _judged(self, call: Call) -> SyncResult:
        provider = self._tools.provider(self._now.bank.provider)
        try:
            return provider.sync(self._now, call)
        except (ProviderError, ClientError, BotoCoreError, Superseded):
            raise
        except Exception as error:  # noqa: BLE001 - law 2: a bug of ours is no fault of the owner's
            raise bug(self._now, error) from None

    def _facts(self, told: list[SyncResult], seen: str) -> Synced:
        accounts = {a.provider_id: a for result in told for a in result.accounts}
        errors = {a: e for result in told for a, e in result.account_errors.items()}
        trouble = next((r.trouble for r in told if r.trouble is not None), None)
        if trouble is not None:
            raise trouble
        troubles = {}
        if errors:
            known = self._tools.ledger.accounts(self._now.connection_id)
            ids = match(self._now.connection_id, accounts.values(), known)
            troubles = {ids.get(a, a): error.reason.value for a, error in errors.items()}
        return Synced(seen, told[-1].consent_expires_at, troubles)

    def _keep(self, secret: Secret) -> None:
        """Store a rotated secret before its data are used; the lease makes us its only writer."""
        rotated = replace(self._now, rotation=self._now.rotation + 1)
        moved = change(self._now, rotated, expect=("lease", "credentials_version", "rotation"))
        try:
            self._tools.client.transact_write_items(
                TransactItems=[
                    self._tools.vault.put(rotated, secret),  # type: ignore[list-item]
                    {"Update": moved.arguments(self._tools.connections.table)},  # type: ignore[typeddict-item]
                ],
            )
        except self._tools.client.exceptions.TransactionCanceledException as error:
            raise Superseded from error
        self._now = rotated


def bug(connection: Connection, error: Exception) -> ProviderError:
    """Return a fault of our own as the operator's trouble: its type is told, never its words."""
    logger.error(
        "adapter failed",
        connection_id=connection.connection_id,
        provider=connection.bank.provider,
        extra=describe(error),
    )
    return Temporary(Reason.INTERNAL, provider_code=type(error).__name__, scope=Scope.OPERATOR)


def turned(told: Told) -> str | None:
    """Return the change of colour, for the log, or None if there was none."""
    if told.before.status is told.after.status:
        return None
    return f"{told.before.status.value} -> {told.after.status.value}"
