"""Call a claimed connection's bank, store what it says, settle what it means.

Only the bank's call, and what is ours about it, is judged here. AWS's passing trouble is no
trouble of the connection's: it goes up, the message comes back, and the lease that lapsed
meanwhile lets it through again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from aws_lambda_powertools import Logger

from relink.failures import ProviderError
from relink.faults import passing
from relink.queues import EndMessage
from relink.transitions import completed, failed, not_completed, synced
from sync.fetching import Run
from sync.telling import bug, tell_operator
from sync.visits import Superseded

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_dynamodb.client import DynamoDBClient

    from relink.connection import Connection
    from relink.ledger import Ledger
    from relink.provider import Provider
    from relink.queues import Queue
    from relink.repository import Connections
    from sync.vault import Sealed, Vault
    from sync.visits import Told, Visit

logger = Logger(service="worker", child=True)


@dataclass(frozen=True)
class Syncer:
    """The collaborators of a sync; one object serves all threads.

    `queue` takes what is left to do after a success: to end an access that has been replaced.
    """

    client: DynamoDBClient
    connections: Connections
    ledger: Ledger
    vault: Vault
    provider: Callable[[str], Provider]
    time: Callable[[], int]
    queue: Queue | None = None

    def sync(self, visit: Visit, stored: Sealed | None, cursor: str | None) -> Told:
        """Make the visit; credentials and cursor are read if they are not given.

        Raises `Superseded` if somebody else has moved the connection on, or AWS's passing trouble.
        """
        run = Run(self, visit)
        try:
            facts, accounts = run.fetch(stored, cursor)
        except Superseded:
            raise
        except ProviderError as error:
            trouble = error
            tell_operator(visit.connection, error)
        except Exception as error:
            if passing(error):
                run.stop()
                raise
            trouble = bug(visit.connection, error, reached=run.reached)
        else:
            succeed = completed if visit.history else synced
            told = run.told(lambda c, now: succeed(c, facts, now), accounts)
            self._end_retired(told.after)
            return told
        if visit.history:
            told = run.told(lambda c, now: not_completed(c, trouble, now))
        else:
            counted = visit.counted and not run.reached  # a page before it, too, is spent
            told = run.told(lambda c, now: failed(c, trouble, now, counted=counted))
        return replace(told, trouble=trouble)

    def _end_retired(self, after: Connection) -> None:
        """Have an access ended that has been replaced: the present one has just worked.

        Should the message be lost, the next success sends another.
        """
        if not after.retired or self.queue is None:
            return
        try:
            self.queue.send(EndMessage(after.connection_id))
        except Exception as error:
            if not passing(error):
                raise
            logger.warning("end not queued", connection_id=after.connection_id)
