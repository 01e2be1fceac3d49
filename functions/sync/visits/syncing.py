"""Call a claimed connection's bank, store what it says, settle what it means.

Only the bank's call, and what is ours about it, is judged here. AWS's passing trouble is no
trouble of the connection's: it goes up, the message comes back, and the lease that lapsed
meanwhile lets it through again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from aws_lambda_powertools import Logger

from relink.events import synced as event_of
from relink.failures import ProviderError
from relink.faults import hindered, passing
from relink.queues import EndMessage
from relink.transitions import completed, failed, not_completed, synced
from relink.writes import written
from sync.credentials.guarding import refused, refuses_password
from sync.credentials.logins import Logins
from sync.telling import bug, tell_operator, tell_untold
from sync.visits.fetching import Run, Tools
from sync.visits.visit import Superseded

if TYPE_CHECKING:
    from relink.changes import Changes
    from relink.connection import Connection
    from relink.event_bus import EventBus
    from relink.queues import Queue
    from sync.credentials.vault import Sealed
    from sync.visits.visit import Told, Visit

logger = Logger(service="worker", child=True)


@dataclass(frozen=True)
class Syncer(Tools):
    """Makes visits, and tells what they have changed; one object serves all threads.

    `queue` takes what is left to do after a success: to end an access that has been replaced.
    """

    queue: Queue | None = None
    bus: EventBus | None = None

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
            untold = self._untold(run, visit, first=visit.connection.accepted_at is not None)
            told = run.told(lambda c, now: replace(succeed(c, facts, now), untold=untold), accounts)
            self.end_retired(told.after)
            return told
        untold = self._untold(run, visit, first=False)
        counted = visit.counted and not run.reached  # a page before it, too, is spent

        def fail(c: Connection, now: int) -> Connection:
            settled = replace(c, untold=untold)
            if visit.history:
                return refused(not_completed(settled, trouble, now), trouble, now)
            return refused(failed(settled, trouble, now, counted=counted), trouble, now)

        self._count(visit.connection, trouble)
        return replace(run.told(fail), trouble=trouble)

    def _count(self, claimed: Connection, trouble: ProviderError) -> None:
        """Count a refused password as a try of its login, too, before it is settled.

        The bank has counted it, whatever becomes of us. Each call is one try, named by its claim.
        AWS's trouble keeps nobody from being told: that would send the password again.
        """
        if not claimed.login or not refuses_password(claimed, trouble):
            return
        made = f"{claimed.credentials_version}#{claimed.last_attempt_at or 0}"
        now, by = self.time(), f"{claimed.connection_id}#{made}"
        try:
            counting = Logins(self.client, self.vault).noted(claimed.login, by, now)
            written(self.client.update_item, **counting)
        except Exception as error:
            if not hindered(error):
                raise
            logger.warning("try not counted", connection_id=claimed.connection_id)

    def _untold(self, run: Run, visit: Visit, *, first: bool) -> bool:
        """Tell the host app what a run has changed, before it is settled; see `untold`.

        The first sync of an access is told whatever it finds.
        """
        before, again = visit.connection, visit.again or visit.connection.untold
        if not (run.changes or again or first):
            return False
        return self.untold(before, run.changes, history=bool(visit.history), again=again)

    def untold(self, before: Connection, changes: Changes, *, history: bool, again: bool) -> bool:
        """Tell the host app what has changed; return whether it is still to be told.

        That its bus takes no event keeps no connection from its bank: operators are told, and the
        next sync tells.
        """
        if self.bus is None:
            return False
        event = event_of(before, changes, self.time(), history=history, exact=not again)
        refused_by = self.bus.put([event])
        for code in refused_by.values():
            tell_untold(before, code)
        return bool(refused_by)

    def end_retired(self, after: Connection) -> None:
        """Have an access ended that has been replaced: the present one has worked.

        What keeps the message from being sent keeps nobody waiting who will be synced again: the
        next success sends another. Where the schedule does not call, it is raised.
        """
        if not after.retired or self.queue is None:
            return
        try:
            self.queue.send(EndMessage(after.connection_id))
        except Exception as error:
            if not (passing(error) and after.scheduled):
                raise
            logger.warning("end not queued", connection_id=after.connection_id)
