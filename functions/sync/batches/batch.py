"""The scheduled syncs of one batch of messages, at the same time and each for itself."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aws_lambda_powertools import Logger

from relink.faults import describe, hindered
from relink.outages import places
from relink.writes import Conflict
from sync.batches.holdings import Holding
from sync.batches.lanes import Lanes
from sync.telling import tell_unhandled
from sync.visits.claiming import Claimed, Obstacle, Refused, claim, obstacle
from sync.visits.releasing import stand_still, unasked
from sync.visits.visit import Superseded, Told, Visit

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from relink.outages import Outage
    from relink.queues import Queue, SyncMessage
    from sync.batches.breaker import Breaker
    from sync.batches.holdings import Holdings
    from sync.visits.syncing import Syncer

WIDTH = 50
Result = Claimed | Refused | Told | Superseded | Exception
logger = Logger(service="worker", child=True)


@dataclass(frozen=True)
class Batch:
    """The collaborators of scheduled syncs; `width` is how many banks are called at once.

    Half as many threads more claim what is to be called next.
    """

    syncer: Syncer
    holdings: Holdings
    breaker: Breaker
    queue: Queue
    width: int = WIDTH

    def sync(self, messages: Mapping[str, SyncMessage], run: str, deadline: int) -> list[str]:
        """Sync what the messages ask for; return the ids of those that must come again."""
        if not messages:
            return []
        asked = list(messages.values())
        ended = self._ended(asked, run, deadline)
        results = dict(zip(messages, map(self._hold, asked, ended), strict=True))
        names = [_name(result) for result in results.values()]
        logger.info("synced", outcomes={name: names.count(name) for name in sorted(set(names))})
        return [message_id for message_id, result in results.items() if _failed(result)]

    def _ended(self, asked: list[SyncMessage], run: str, deadline: int) -> list[Result]:
        """Claim and call; the first banks are being called while the others are being claimed."""
        leases = [f"{run}.{number}" for number in range(len(asked))]
        outages = self._outages()
        some = self.width // 2 or len(asked)

        def begin(message: SyncMessage, lease: str) -> Result:
            return self._begin(message, lease, deadline, outages)

        def go_on(one: tuple[Result, Holding]) -> Result:
            return self._go_on(*one, deadline, outages)

        with ThreadPoolExecutor(min(self.width + self.width // 2, 2 * len(asked))) as pool:
            lanes = Lanes(pool, self.width, _lane, go_on)
            for start in range(0, len(asked), some):
                part = slice(start, start + some)
                begun = list(pool.map(begin, asked[part], leases[part]))
                claimed = [b.connection.connection_id for b in begun if isinstance(b, Claimed)]
                held = self.holdings.of(claimed)
                lanes.add((one, _holding(one, held)) for one in begun)
            return lanes.results()

    def _outages(self) -> Mapping[str, Outage]:
        """Return which banks are down; none if we cannot tell: that must not stop a batch."""
        try:
            return self.breaker.recent(self.syncer.time())
        except Exception as error:
            if not hindered(error):
                raise
            logger.warning("outages not read", extra=describe(error))
            return {}

    def _learn(self, told: Told, outages: Mapping[str, Outage]) -> None:
        """Let the breaker learn from a visit, which is settled whatever becomes of that."""
        try:
            self.breaker.settled(told.after, outages, self.syncer.time())
        except Exception as error:
            if not hindered(error):
                raise
            logger.warning("outage not noted", extra=describe(error))

    def _begin(
        self,
        message: SyncMessage,
        lease: str,
        deadline: int,
        outages: Mapping[str, Outage],
    ) -> Result:
        """Claim the connection for this message, if there is time left to call its bank."""
        now = self.syncer.time()
        if now >= deadline:
            return Refused(Obstacle.LATE, again_in=0)
        own_id, table = message.connection_id, self.syncer.connections.table

        def step() -> Result:
            if outages and not self._admitted(message, outages, now):
                return Refused(Obstacle.BANK_DOWN)
            begun = claim(self.syncer.client, table, own_id, message.cycle, run=lease, now=now)
            if isinstance(begun, Refused) and begun.obstacle is Obstacle.UNSETTLED:
                stand_still(self.syncer.connections, own_id, now)
            return begun

        return _guarded(own_id, step)

    def _admitted(self, message: SyncMessage, outages: Mapping[str, Outage], now: int) -> bool:
        """Tell whether no outage spares this connection; only while there is one is it read.

        One whose claim will be refused anyway does not take a probe from one that would make it.
        """
        connection = self.syncer.connections.get(message.connection_id, consistent=False)
        if connection is None or obstacle(connection, message.cycle, now) is not None:
            return True
        return self.breaker.admits(connection, outages, now)

    def _go_on(
        self,
        begun: Result,
        holding: Holding,
        deadline: int,
        outages: Mapping[str, Outage],
    ) -> Result:
        """Call the bank of a claimed connection, and learn from it whether the bank is down."""
        if not isinstance(begun, Claimed):
            return begun
        own_id = begun.connection.connection_id
        if self.syncer.time() >= deadline:
            return _guarded(own_id, lambda: self._give_back(begun))
        visit = Visit(
            begun.connection,
            deadline,
            counted=True,
            known=begun.known,
            last_call=begun.last_call,
            again=begun.again,
        )

        def step() -> Told:
            told = self.syncer.sync(visit, holding.sealed, holding.cursor)
            self._learn(told, outages)
            return told

        return _guarded(own_id, step)

    def _give_back(self, begun: Claimed) -> Refused:
        """Let go of a claimed connection whose bank there is no time left to call."""
        before = begun.connection
        after = unasked(before, counted=True, known=begun.known, again=begun.again)
        with suppress(Conflict):
            self.syncer.connections.save(before, after, expect=("lease", "credentials_version"))
        return Refused(Obstacle.LATE, again_in=0)

    def _hold(self, message: SyncMessage, result: Result) -> Result:
        """Send a message again that is worth waiting for."""
        if not isinstance(result, Refused) or result.again_in is None:
            return result
        delay = result.again_in

        def send() -> Refused:
            self.queue.send(message, delay=delay)
            return result

        return _guarded(message.connection_id, send)


def _holding(begun: Result, held: Mapping[str, Holding]) -> Holding:
    own_id = begun.connection.connection_id if isinstance(begun, Claimed) else ""
    return held.get(own_id, Holding())


def _lane(work: tuple[Result, Holding]) -> str:
    """Return the bank that a claimed connection is about to call."""
    begun, _ = work
    return places(begun.connection.bank)[0] if isinstance(begun, Claimed) else ""


def _guarded(connection_id: str, step: Callable[[], Result]) -> Result:
    """Return what a step returns, or the exception that sends its message back."""
    try:
        return step()
    except Superseded as outcome:
        return outcome
    except Exception as error:  # noqa: BLE001 - the message comes again, at last to the DLQ
        tell_unhandled("sync not settled", error, connection_id=connection_id)
        return error


def _failed(result: Result) -> bool:
    return isinstance(result, Exception) and not isinstance(result, Superseded)


def _name(result: Result) -> str:
    match result:
        case Told():
            return result.after.status.value
        case Refused():
            return result.obstacle.value
        case Superseded():
            return "superseded"
        case _:
            return "failed"
