"""From how many connections on which quota of AWS has to be raised.

Quotas are the defaults of a new account in a large region, as documented; those marked so can be
raised by asking. What a slot's minute brings at once counts, not the average.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from benchmarks.cost.load import BATCH, DAYS, Habits, month
from relink.schedule import SLOTS

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.cost.load import Month

MOST: Final = 10**9
HOUR: Final = 3600
BURST: Final = 20
"""How much more than the average a bad hour brings."""
SLOW: Final = Habits(bank_seconds=3.0)
MORNING: Final = 0.35
"""Share of a day's mails that wait for the end of the night, and go in its first half hour."""


@dataclass(frozen=True, slots=True)
class Quota:
    """A limit, what of it is used by so many connections, and what to do."""

    name: str
    limit: float
    unit: str
    used: Callable[[Month], float]
    remedy: str


def quotas() -> list[Quota]:
    """Return the quotas that the design meets, in the order of the flow."""
    return [
        Quota(
            "worker's own `SyncConcurrency`",
            10,
            "batches at once",
            _concurrency,
            "raise the parameter; a slot's syncs take longer than their minute otherwise",
        ),
        Quota(
            "Lambda: concurrent executions of the account",
            1000,
            "executions",
            _concurrency,
            "ask for more; new accounts may begin with 10",
        ),
        Quota(
            "SQS: messages in flight of SyncQueue",
            120_000,
            "messages",
            lambda m: m.in_a_minute,
            "cannot be raised: more queues, or batches of connections in a message",
        ),
        Quota(
            "DynamoDB: writes of the table Connections (on demand)",
            40_000,
            "units/s",
            lambda m: _syncs_a_second(m) * 2,
            "ask for more; new tables begin at 4 000 and double as they are used",
        ),
        Quota(
            "DynamoDB: reads of one key of the index `by_slot`",
            3000,
            "units/s",
            lambda m: m.in_a_minute * 100 / 4096 / 2 / 50,
            "more slots than minutes",
        ),
        Quota(
            "DynamoDB: writes of one key of `by_slot`",
            1000,
            "units/s",
            lambda m: m.times("reds") * 2 / DAYS / 86_400 / SLOTS * BURST,
            "none needed: a sync writes no index entry; only red and its end do",
        ),
        Quota(
            "KMS: requests of the account (eu-west-1 and the like)",
            20_000,
            "requests/s",
            lambda m: m.workers * 64 / 60,
            "ask for more",
        ),
        Quota(
            "SES: mails a second (first grant)",
            14,
            "mails/s",
            _mails_a_second,
            "ask for more, then raise `MaximumConcurrency` of the mapping Mails",
        ),
        Quota(
            "SES: mails a day (first grant)",
            50_000,
            "mails",
            lambda m: m.times("mails") / DAYS,
            "ask for more",
        ),
        Quota(
            "API Gateway: the stage's own throttle",
            50,
            "requests/s",
            _calls_a_second,
            "raise `DefaultRouteSettings`",
        ),
        Quota(
            "API Gateway: requests of the account",
            10_000,
            "requests/s",
            _calls_a_second,
            "ask for more",
        ),
        Quota(
            "EventBridge Scheduler: invocations",
            1000,
            "a second",
            lambda _: 3 / 60,
            "never: three schedules, however many connections",
        ),
    ]


def raised_at(quota: Quota) -> int | None:
    """Return from how many connections on a quota does not suffice; None if it always does."""
    if quota.used(month(MOST)) <= quota.limit:
        return None
    low, high = 1, MOST
    while high - low > max(low // 200, 1):
        middle = (low + high) // 2
        low, high = (low, middle) if quota.used(month(middle)) > quota.limit else (middle, high)
    return high


def _concurrency(told: Month) -> float:
    """Return how many batches must be at work for a slot to be done within its minute.

    The slowest bank of a batch is taken to need three seconds.
    """
    slow = month(told.connections, SLOW)
    return slow.in_a_minute / BATCH * slow.batch_seconds / 60


def _syncs_a_second(told: Month) -> float:
    """Return the syncs of a slot, if they are spread over no more than half of its minute."""
    return told.in_a_minute / 30


def _mails_a_second(told: Month) -> float:
    return told.times("mails") / DAYS * MORNING / (HOUR / 2)


def _calls_a_second(told: Month) -> float:
    """Return the API's calls in the busiest hour: a fifth of the day's, unevenly by a half more."""
    return told.habits.api_calls * told.connections / DAYS * 0.2 / HOUR * 1.5
