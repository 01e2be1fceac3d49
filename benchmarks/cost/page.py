"""What stands between the markers of docs/cost.md."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from benchmarks.cost.load import SENT, Habits, month
from benchmarks.cost.parts import (
    bill,
    events,
    held_back,
    ledger,
    sent,
    worker_seconds,
)
from benchmarks.cost.prices import EUROPE, LIST
from benchmarks.cost.quotas import quotas, raised_at
from benchmarks.cost.tables import WRITES, on_demand, provisioned, provisioned_units
from infra.marks import filled

if TYPE_CHECKING:
    from collections.abc import Sequence

SIZES: Final = (10**3, 10**4, 10**5, 10**6, 10**7)
BEGIN: Final = "<!-- cost: begin (python -m benchmarks.cost) -->\n"
END: Final = "<!-- cost: end -->"
MILLION: Final = 10**6
PROVISIONED: Final = Habits(provisioned=True)
RESERVED: Final = Habits(provisioned=True, reserved=True)
BAR: Final = 0.20
"""Dollars for a thousand connections and month, at a million of them."""


def within(page: str, section: str) -> str:
    """Return a page with what stands between its markers replaced."""
    return filled(page, BEGIN, END, section)


def section() -> str:
    """Return the tables in Markdown."""
    parts = (_bill(), _rest(), _sent(), _levers(), _latency(), _quotas())
    return "\n".join(parts)


def a_thousand(
    connections: int = MILLION, habits: Habits | None = None, *, europe: bool = False
) -> float:
    """Return what a thousand connections cost a month, if there are so many."""
    prices = EUROPE if europe else LIST
    return sum(p.dollars for p in bill(month(connections, habits), prices)) / connections * 1000


def pays_from() -> int:
    """Return from how many connections on provisioned units cost less than requests."""
    low, high = 1, MILLION
    while high - low > max(low // 200, 1):
        middle = (low + high) // 2
        dear = a_thousand(middle, PROVISIONED) >= a_thousand(middle)
        low, high = (middle, high) if dear else (low, middle)
    return high


def _bill() -> str:
    bills = [bill(month(size)) for size in SIZES]
    rows = [
        (name, *(_d(b[i].dollars / n * 1000) for b, n in zip(bills, SIZES, strict=True)))
        for i, name in enumerate(part.name for part in bills[0])
    ]
    sums = [sum(p.dollars for p in b) for b in bills]
    free = [sum(p.free for p in b) for b in bills]
    per = [_d(s / n * 1000) for s, n in zip(sums, SIZES, strict=True)]
    rows += [
        ("**all, at list prices**", *(f"**{p}**" for p in per)),
        (
            "all, the monthly free tier taken off",
            *(_d((s - f) / n * 1000) for s, f, n in zip(sums, free, SIZES, strict=True)),
        ),
        ("all, eu-west-1", *(_d(a_thousand(n, europe=True)) for n in SIZES)),
        (
            "all, eu-west-1, with `ProvisionedCapacity`",
            *(_d(a_thousand(n, PROVISIONED, europe=True)) for n in SIZES),
        ),
        (
            "**all, at list prices, with `ProvisionedCapacity`**",
            *(f"**{_d(a_thousand(n, PROVISIONED))}**" for n in SIZES),
        ),
        (
            "… and the full hundreds of its units reserved for a year",
            *(_d(a_thousand(n, RESERVED)) for n in SIZES),
        ),
        ("the whole bill of a month", *(f"{s:,.0f}".replace(",", " ") for s in sums)),
    ]
    head = ("USD per 1 000 connections and month, with …", *(f"{_n(n)}" for n in SIZES))
    return _table(head, rows)


def _rest() -> str:
    at = month(MILLION)
    written, kept = ledger(at)
    rows = [
        ("the Ledger: storing what is new", _d(written / 1000)),
        ("the Ledger: more for each month of data that is kept", _d(kept / 1000)),
        ("events for the host app, none if `EventBusName` is empty", _d(events(at) / 1000)),
        ("of the bill above: turns that the rolling day holds back", _d(held_back(at) / 1000)),
        ("a sync, in millionths of a dollar", f"{a_thousand() * 1000 / at.syncs * MILLION:.2f}"),
        ("KMS requests a sync", f"{at.key_uses / at.syncs:.4f}"),
        ("`ProvisionedCapacity`: units of writing", f"{provisioned_units(at)[WRITES]:.0f}"),
        ("`ProvisionedCapacity` pays from so many connections on", _rounded(pays_from())),
    ]
    return _table(("at 1 000 000 connections, per 1 000", "USD"), rows)


def _sent() -> str:
    at = month(MILLION)
    rows = [(f"`{name}`", _n(size), _d(sent(at, size) / 1000)) for name, size in SENT.items()]
    head = ("sent to banks, apart: if all connections were of", "bytes of HTTP a sync", "USD")
    return _table(head, rows)


def road() -> list[tuple[str, float]]:
    """Return the levers, the largest first, and what each saves of a month's bill of a million."""
    at = month(MILLION)
    sent = at.counted["dispatch"]["requests"]["sqs.SendMessageBatch"]
    carried = at.syncs * (sent + 2 * at.received) * LIST.sqs_request
    levers = [
        (
            "`ProvisionedCapacity`: what every sync needs provisioned, as its load is even",
            on_demand(at) - provisioned(at),
        ),
        (
            "100 of these units of writing reserved for a year",
            provisioned(at) - provisioned(month(MILLION, RESERVED)),
        ),
        ("ten connections in a message of the queue", carried * 0.9),
    ]
    return sorted(levers, key=lambda lever: -lever[1])


def _levers() -> str:
    left = a_thousand()
    rows = [("as it is", "", _d(left))]
    for name, saved in road():
        left -= saved / 1000
        rows.append((name, _d(saved / 1000), _d(left)))
    rows.append(("the bar", "", _d(BAR)))
    head = ("the three largest levers, at 1 000 000 connections", "saves", "leaves")
    return _table(head, rows)


def _latency() -> str:
    rows = []
    for seconds in (0.3, 1.0, 3.0):
        at = month(MILLION, Habits(bank_seconds=seconds))
        whole = sum(p.dollars for p in bill(at)) / 1000
        provided = a_thousand(MILLION, Habits(bank_seconds=seconds, provisioned=True))
        worker = worker_seconds(at) * LIST.lambda_gb_second / 1000
        rows.append((f"{seconds:g} s", _d(whole), _d(provided), _d(worker)))
    head = ("banks take", "all", "with `ProvisionedCapacity`", "of it the worker's time")
    return _table(head, rows)


def _quotas() -> str:
    rows = []
    for quota in quotas():
        at = raised_at(quota)
        limit = f"{_n(int(quota.limit))} {quota.unit}"
        rows.append((quota.name, limit, _rounded(at) if at else "never", quota.remedy))
    return _table(("quota", "default", "reached at about", "then"), rows)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    ruled = ["---", *("---:" for _ in head[1:])] if head[0] != "quota" else ["---"] * len(head)
    return "".join(f"| {' | '.join(row)} |\n" for row in (head, ruled, *rows))


def _rounded(number: int) -> str:
    """Return a number to two digits: more would be pretence."""
    size = 10 ** max(len(str(number)) - 2, 0)
    return _n(round(number / size) * size)


def _d(dollars: float) -> str:
    return f"{dollars:.4f}" if dollars < 1 else f"{dollars:.2f}"


def _n(number: int) -> str:
    return f"{number:,}".replace(",", " ")
