"""List prices in US dollars, and what of them is free each month.

Source: AWS's public price pages for us-east-1, arm64, on demand, without discounts, as known in
November 2026; they were not asked for by this program. In eu-west-1 DynamoDB and logs cost some
13 % more (`EUROPE`), the rest about the same. Whoever decides by these figures looks first.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

MILLION: Final = 1e6


@dataclass(frozen=True, slots=True, kw_only=True)
class Prices:
    """What one unit of each thing costs."""

    lambda_request: float = 0.20 / MILLION
    lambda_gb_second: float = 0.000_013_333_4
    snapshot: float = 0.000_001_504_6
    """A GB of memory kept as SnapStart's snapshot for a second; restoring it is next to nothing."""
    sqs_request: float = 0.40 / MILLION
    write_unit: float = 0.625 / MILLION
    read_unit: float = 0.125 / MILLION
    write_hour: float = 0.000_65
    """A provisioned unit of writing for an hour."""
    reserved_write_hour: float = 0.000_299
    """In blocks of 100, for a year: 150 dollars at once, and 0.0128 an hour."""
    read_hour: float = 0.000_13
    table_gb: float = 0.25
    backup_gb: float = 0.20
    kms_request: float = 0.03 / 10_000
    kms_key: float = 1.0
    secret: float = 0.40
    secret_request: float = 0.05 / 10_000
    schedule: float = 1.0 / MILLION
    event: float = 1.0 / MILLION
    """Put onto a bus by us, of 64 kB at most."""
    mail: float = 0.10 / 1_000
    log_gb: float = 0.50
    metric: float = 0.30
    alarm: float = 0.10
    """For each metric that it looks at."""
    dashboard: float = 3.0
    rule: float = 0.50
    """Of Contributor Insights."""
    http_request: float = 1.0 / MILLION
    sent_gb: float = 0.09
    """Out of AWS, to the internet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FreeTier:
    """What costs nothing each month, for good; what is free for a first year only is left out."""

    lambda_requests: float = 1e6
    lambda_gb_seconds: float = 400_000
    sqs_requests: float = 1e6
    table_gb: float = 25
    kms_requests: float = 20_000
    schedules: float = 14e6
    log_gb: float = 5
    metrics: float = 10
    alarms: float = 10
    dashboards: float = 3


LIST: Final = Prices()
EUROPE: Final = replace(
    LIST,
    write_unit=0.705 / MILLION,
    read_unit=0.141 / MILLION,
    write_hour=0.000_735,
    reserved_write_hour=0.000_339,
    read_hour=0.000_147,
    table_gb=0.283,
    backup_gb=0.226,
    log_gb=0.57,
    http_request=1.11 / MILLION,
)
FREE: Final = FreeTier()
