"""The bill by part: what each is used, what that costs, and what of it is free."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from benchmarks.cost.load import FRAMED, MINUTES, POLLERS, QUARTERS
from benchmarks.cost.prices import FREE, LIST
from benchmarks.cost.tables import (
    SECONDS,
    on_demand,
    others_of_owners,
    others_of_syncs,
    provisioned,
)

if TYPE_CHECKING:
    from benchmarks.cost.load import Month
    from benchmarks.cost.prices import Prices

GB: Final = 1e9
SENT: Final = 0.0004
"""Seconds that the clock needs for each connection that it queues, at half a GB."""
SIGNERS: Final = 10
"""Environments that have to do with links and stay warm: of pages, and of notify."""
FRESH: Final = 5
"""Minutes after which each of them, and each worker, reads its secrets anew."""
HELD_REQUESTS: Final = 1.0
"""Sending a held message anew; it is received and deleted as any other."""


@dataclass(frozen=True, slots=True)
class Part:
    """A line of the bill; `free` is what the free tier takes off it."""

    name: str
    dollars: float
    free: float = 0.0


def bill(month: Month, prices: Prices = LIST) -> list[Part]:
    """Return the bill of a month at list prices, the Ledger's growth left out."""
    return [
        *_functions(month, prices),
        _queues(month, prices),
        *_tables(month, prices),
        _keys(month, prices),
        _mails(month, prices),
        _watching(month, prices),
        _front(month, prices),
    ]


def held_back(month: Month, prices: Prices = LIST) -> float:
    """Return what of the bill is for turns that the rolling day holds back: a refused claim."""
    requests = HELD_REQUESTS + 2 * month.received
    held = month.times("held_back")
    cpu = held * month.habits.cpu_of_sync / 2 / month.habits.cpu_share
    return held * (prices.write_unit + requests * prices.sqs_request) + (
        cpu * prices.lambda_gb_second
    )


def ledger(month: Month, prices: Prices = LIST) -> tuple[float, float]:
    """Return what the Ledger costs a month to write, and how much more each month to keep."""
    extra = {
        unit: month.counted["changed_sync"][unit] - month.counted["unchanged_sync"][unit]
        for unit in ("write_units", "read_units")
    }
    changed = month.habits.changed_syncs * month.connections
    written = changed * (
        extra["write_units"] * prices.write_unit + extra["read_units"] * prices.read_unit
    )
    grown = month.habits.movements * month.connections * month.habits.bytes_of_movement / GB
    return written, grown * (prices.table_gb + prices.backup_gb)


def events(month: Month, prices: Prices = LIST) -> float:
    """Return what it costs a month to tell the host app what is new, and of changes of colour."""
    told = month.habits.changed_syncs * month.connections * month.asked("changed_sync", "events")
    told += month.times("stream_records") * month.asked("notice", "events")
    return told * prices.event


def sent(month: Month, size: float, prices: Prices = LIST) -> float:
    """Return what it costs a month to send so many bytes of HTTP to a bank with each sync."""
    return month.syncs * size * FRAMED / GB * prices.sent_gb


def worker_seconds(month: Month) -> float:
    """Return the GB-seconds of the worker, which has 1 GB."""
    held = month.times("held_back") * month.habits.cpu_of_sync / 2 / month.habits.cpu_share
    tried = month.habits.seconds_of_attempt + 2 * month.habits.bank_seconds
    return month.batches * month.batch_seconds + held + month.times("attempts") * tried


def _functions(month: Month, prices: Prices) -> list[Part]:
    worker = worker_seconds(month)
    notices = month.times("digests") + month.times("stream_records")
    pages = month.times("attempts") * (month.counted["attempt"]["invocations"] - 1)
    pages += month.habits.api_calls * month.connections
    ticks = MINUTES * (0.3 + SENT * month.in_a_minute)
    others = 0.5 * (ticks + notices * month.habits.seconds_of_notice + QUARTERS)
    others += pages * month.habits.seconds_of_page
    requests = MINUTES + month.batches + notices + pages + month.times("attempts") + 2 * QUARTERS
    free_seconds = min(worker + others, FREE.lambda_gb_seconds)
    taken = free_seconds * prices.lambda_gb_second
    of_worker = worker / (worker + others)
    return [
        Part("Lambda: the worker's time", worker * prices.lambda_gb_second, taken * of_worker),
        Part("Lambda: all other time", others * prices.lambda_gb_second, taken * (1 - of_worker)),
        Part("Lambda: the snapshot", month.declared.snapshots * SECONDS * prices.snapshot),
        Part(
            "Lambda: requests",
            requests * prices.lambda_request,
            min(requests, FREE.lambda_requests) * prices.lambda_request,
        ),
    ]


def _queues(month: Month, prices: Prices) -> Part:
    sent = month.syncs * month.counted["dispatch"]["requests"]["sqs.SendMessageBatch"]
    held = month.times("held_back")
    taken = 2 * (month.syncs + held) * month.received + HELD_REQUESTS * held
    told = sum(times * month.asked(flow, "sqs") for flow, times in month.mailing.items())
    tried = month.times("attempts") * month.asked("attempt", "sqs")
    idle = month.declared.queues * POLLERS * 3 * MINUTES
    requests = sent + taken + 3 * (told + tried) + idle
    free = min(requests, FREE.sqs_requests)
    return Part("SQS", requests * prices.sqs_request, free * prices.sqs_request)


def _tables(month: Month, prices: Prices) -> list[Part]:
    busiest = (provisioned if month.habits.provisioned else on_demand)(month, prices)
    size = month.connections * month.habits.bytes_of_connection / GB
    return [
        Part("DynamoDB: connections and credentials", busiest),
        Part("DynamoDB: other tables, for syncs", others_of_syncs(month, prices)),
        Part("DynamoDB: other tables, for owners", others_of_owners(month, prices)),
        Part(
            "DynamoDB: storage and backups",
            size * (prices.table_gb + prices.backup_gb),
            min(size, FREE.table_gb) * prices.table_gb,
        ),
    ]


def _keys(month: Month, prices: Prices) -> Part:
    requests = month.key_uses + month.times("attempts") * month.asked("attempt", "kms")
    fresh = SIGNERS * month.asked("notice", "secretsmanager") * MINUTES / FRESH
    secrets = min(month.times("attempts") * month.asked("attempt", "secretsmanager"), fresh)
    secrets += month.workers * MINUTES / FRESH
    fixed = 2 * prices.kms_key + 3 * prices.secret
    dollars = requests * prices.kms_request + secrets * prices.secret_request + fixed
    return Part("KMS and secrets", dollars, min(requests, FREE.kms_requests) * prices.kms_request)


def _mails(month: Month, prices: Prices) -> Part:
    return Part("SES", month.times("mails") * prices.mail)


def _watching(month: Month, prices: Prices) -> Part:
    lines = month.syncs * month.counted["unchanged_sync"]["log_bytes"]
    lines += month.syncs * month.counted["dispatch"]["log_bytes"]
    lines += sum(n * month.counted[flow]["log_bytes"] for flow, n in month.mailing.items())
    lines += month.times("attempts") * month.counted["attempt"]["log_bytes"]
    lines += (month.times("failures") + month.times("reds") * 2) * 400
    lines += month.habits.api_calls * month.connections * 300
    there = month.declared
    fixed = there.metrics * prices.metric + there.alarms * prices.alarm
    fixed += there.dashboards * prices.dashboard + there.rules * prices.rule
    free = min(lines / GB, FREE.log_gb) * prices.log_gb
    free += min(there.metrics, FREE.metrics) * prices.metric
    free += min(there.alarms, FREE.alarms) * prices.alarm
    free += min(there.dashboards, FREE.dashboards) * prices.dashboard
    return Part("CloudWatch: logs, metrics, alarms", lines / GB * prices.log_gb + fixed, free)


def _front(month: Month, prices: Prices) -> Part:
    calls = month.habits.api_calls * month.connections + month.times("attempts") * (
        month.counted["attempt"]["invocations"] - 1
    )
    schedules = MINUTES + 2 * QUARTERS
    return Part(
        "API Gateway and Scheduler",
        calls * prices.http_request + schedules * prices.schedule,
        schedules * prices.schedule,
    )
