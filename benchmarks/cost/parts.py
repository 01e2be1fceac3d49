"""The bill by part: what each is used, what that costs, and what of it is free."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from benchmarks.cost.load import DAYS, MINUTES, POLLERS
from benchmarks.cost.prices import FREE, LIST

if TYPE_CHECKING:
    from benchmarks.cost.load import Month
    from benchmarks.cost.prices import Prices

GB: Final = 1e9
QUARTERS: Final = DAYS * 96
USED: Final = 0.7
"""Of what is provisioned, as the template's scaling has it."""
LEAST: Final = 5
"""Units of reading that the table keeps."""
BLOCK: Final = 100
"""Units that are reserved together."""
ALARMS_OF_SCALING: Final = 4
"""That Application Auto Scaling makes for each policy."""
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


def provisioned(month: Month, prices: Prices = LIST) -> float:
    """Return what the syncs' writes cost if their units are provisioned and follow their use.

    The least units of reading and of the indexes, and the alarms by which Application Auto Scaling
    works, are part of it; what the clock reads of an index is in the line of reads.
    """
    units = max(needed(month), 1)
    ahead = units // BLOCK * BLOCK if month.habits.reserved else 0
    idle = (month.scaled // 2 - 1) * (prices.write_hour + prices.read_hour)
    each = (units - ahead) * prices.write_hour + ahead * prices.reserved_write_hour
    each += LEAST * prices.read_hour + idle
    return float(DAYS * 24 * each + month.scaled * ALARMS_OF_SCALING * prices.alarm)


def needed(month: Month) -> float:
    """Return how many write units are provisioned for the syncs' even load."""
    return _sync_units(month)[0] / (DAYS * 86_400) / USED


def on_demand(month: Month, prices: Prices = LIST) -> float:
    """Return what the syncs' writes cost as they are asked for."""
    return _sync_units(month)[0] * prices.write_unit


def worker_seconds(month: Month) -> float:
    """Return the GB-seconds of the worker, which has 1 GB."""
    held = month.times("held_back") * month.habits.cpu_of_sync / 2 / month.habits.cpu_share
    return month.batches * month.batch_seconds + held


def _sync_units(month: Month) -> tuple[float, float]:
    sync, run = month.counted["unchanged_sync"], month.counted["dispatch"]
    cold = month.counted["unchanged_sync_without_keys"]
    a_key = (cold["read_units"] - sync["read_units"]) / cold["requests"]["kms.Decrypt"]
    writes = month.syncs * sync["write_units"] + month.times("held_back")
    reads = month.syncs * (sync["read_units"] + run["read_units"]) + month.key_uses * a_key
    return writes + MINUTES, reads + 1.5 * MINUTES


def _functions(month: Month, prices: Prices) -> list[Part]:
    worker = worker_seconds(month)
    notices = month.times("digests") + month.times("stream_records")
    pages = month.times("attempts") * month.counted["attempt"]["invocations"]
    pages += month.habits.api_calls * month.connections
    others = 0.5 * (MINUTES * 0.3 + notices * month.habits.seconds_of_notice + QUARTERS)
    others += pages * month.habits.seconds_of_page
    requests = MINUTES + month.batches + notices + pages + 2 * QUARTERS
    free_seconds = min(worker + others, FREE.lambda_gb_seconds)
    taken = free_seconds * prices.lambda_gb_second
    of_worker = worker / (worker + others)
    return [
        Part("Lambda: the worker's time", worker * prices.lambda_gb_second, taken * of_worker),
        Part("Lambda: all other time", others * prices.lambda_gb_second, taken * (1 - of_worker)),
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
    told = month.times("mails") * month.asked("notice", "sqs")
    tried = month.times("attempts") * month.asked("attempt", "sqs")
    idle = month.queues * POLLERS * 3 * MINUTES
    requests = sent + taken + 3 * (told + tried) + idle
    free = min(requests, FREE.sqs_requests)
    return Part("SQS", requests * prices.sqs_request, free * prices.sqs_request)


def _tables(month: Month, prices: Prices) -> list[Part]:
    _, reads = _sync_units(month)
    other_writes = other_reads = 0.0
    for flow, times in (("notice", month.times("mails")), ("attempt", month.times("attempts"))):
        told = month.counted[flow]
        other_writes += times * (told["write_units"] + told["index_write_units"])
        other_reads += times * told["read_units"]
    other_reads += month.habits.api_calls * month.connections * 2 + QUARTERS * 40
    of_syncs = (provisioned if month.habits.provisioned else on_demand)(month, prices)
    size = month.connections * month.habits.bytes_of_connection / GB
    others = other_writes * prices.write_unit + other_reads * prices.read_unit
    return [
        Part("DynamoDB: writes of syncs", of_syncs),
        Part("DynamoDB: reads of syncs", reads * prices.read_unit),
        Part("DynamoDB: notices, attempts, API", others),
        Part(
            "DynamoDB: storage and backups",
            size * (prices.table_gb + prices.backup_gb),
            min(size, FREE.table_gb) * prices.table_gb,
        ),
    ]


def _keys(month: Month, prices: Prices) -> Part:
    requests = month.key_uses + month.times("attempts") * month.asked("attempt", "kms")
    secrets = month.times("attempts") * month.asked("attempt", "secretsmanager")
    secrets += month.workers * MINUTES / 5
    fixed = 2 * prices.kms_key + 3 * prices.secret
    dollars = requests * prices.kms_request + secrets * prices.secret_request + fixed
    return Part("KMS and secrets", dollars, min(requests, FREE.kms_requests) * prices.kms_request)


def _mails(month: Month, prices: Prices) -> Part:
    return Part("SES", month.times("mails") * prices.mail)


def _watching(month: Month, prices: Prices) -> Part:
    lines = month.syncs * month.counted["unchanged_sync"]["log_bytes"]
    lines += month.syncs * month.counted["dispatch"]["log_bytes"]
    lines += month.times("mails") * month.counted["notice"]["log_bytes"]
    lines += month.times("attempts") * month.counted["attempt"]["log_bytes"]
    lines += (month.times("failures") + month.times("reds") * 2) * 400
    lines += month.habits.api_calls * month.connections * 300
    fixed = month.metrics * prices.metric + month.alarms * prices.alarm
    free = min(lines / GB, FREE.log_gb) * prices.log_gb + min(month.metrics, FREE.metrics) * (
        prices.metric
    )
    free += min(month.alarms, FREE.alarms) * prices.alarm
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
