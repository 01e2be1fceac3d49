"""What is shown of a simulation: charts, and the tables in docs/simulation.md."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from benchmarks.simulation.charts import Frame, bars, lines
from infra.marks import filled
from relink.clock import DAY, HOUR

if TYPE_CHECKING:
    from collections.abc import Mapping

MARKS: Final = {
    60: "1 min",
    600: "10 min",
    HOUR: "1 h",
    8 * HOUR: "8 h",
    DAY: "1 d",
    3 * DAY: "3 d",
    7 * DAY: "7 d",
    30 * DAY: "30 d",
    90 * DAY: "90 d",
}
BEGIN: Final = "<!-- figures: begin (python -m benchmarks.simulation) -->\n"
END: Final = "<!-- figures: end -->"


def within(page: str, section: str) -> str:
    """Return a page with what stands between its markers replaced."""
    return filled(page, BEGIN, END, section)


def section(told: Mapping[str, Any]) -> str:
    """Return the tables in Markdown."""
    world = told["assumptions"]
    head = (
        f"{_n(world['connections'])} connections of {_n(told['owners'])} owners at"
        f" {world['banks']} banks, {world['days']} days, seed {world['seed']}.\n"
    )
    tables = (_laws(told), _syncs(told), _reds(told), _mails(told))
    return head + "".join(f"\n{table}" for table in tables)


def charts(told: Mapping[str, Any]) -> dict[str, str]:
    """Return the charts by the names of their files."""
    return {
        "simulation-red.svg": _red_chart(told["reds"]),
        "simulation-mails.svg": _mail_chart(told),
        "simulation-age.svg": _age_chart(told["syncs"]),
    }


def _laws(told: Mapping[str, Any]) -> str:
    broken: Mapping[str, int] = told["violations"]
    rules = (
        "a fifth unattended call in 24 hours",
        "a red connection was called",
        "red although waiting was right",
        "a refused password was sent again",
        "a fourth refused password in 24 hours",
        "a notice was told twice",
        "a mail in quiet hours",
        "a fourth mail in 24 hours",
    )
    return _table(("must not happen", "times"), [(r, _n(broken.get(r, 0))) for r in rules])


def _syncs(told: Mapping[str, Any]) -> str:
    syncs, outages = told["syncs"], told["outages"]
    late, age, calls = syncs["lateness_seconds"], syncs["age_minutes"], syncs["calls_a_day"]
    there = (outages["there_were"], outages["seen"], outages["seen_where_none_was"])
    rows = [
        ("unattended calls that reached a bank", _n(syncs["calls"])),
        (
            "a connection's calls a day: mean, median, most",
            f"{calls['mean']:.2f}, {calls['p50']:.2f}, {calls['max']:.2f}",
        ),
        (
            "turns that the rolling day held back for a moment (one more write each)",
            _p(syncs["held_back_share"]),
        ),
        ("turns that it let go by", _p(syncs["skipped_share"])),
        (
            "a sync begins after its minute: median, 99 %, latest",
            f"{late['p50']:.0f} s, {late['p99']:.0f} s, {_t(late['max'])}",
        ),
        (
            "age of the data that a sync replaces: median, 99 %, 99.9 %",
            ", ".join(_t(60 * age[name]) for name in ("p50", "p99", "p999")),
        ),
        (
            "outages that there were; that the breaker saw; that it saw where none was",
            "; ".join(map(_n, there)),
        ),
        (
            "of those of half an hour or more at a tenth of the banks, the largest: seen; after",
            _noticed(outages["of_large_banks"]),
        ),
        ("calls spared by it", _n(outages["spared_calls"])),
        ("connections told of to operators after 48 h of orange", _n(syncs["long_oranges"])),
    ]
    return _table(("syncs", ""), rows)


def _noticed(told: Mapping[str, Any]) -> str:
    """Return how many outages were seen, and after how long: the median and nine in ten."""
    took = told["seconds"]
    share = f"{_n(told['seen'])} of {_n(told['there_were'])}"
    return f"{share}; {_t(took['p50'])}, {_t(took['p90'])}" if took else share


def _reds(told: Mapping[str, Any]) -> str:
    reds, tries = told["reds"], told["attempts"]
    causes = ", ".join(f"{cause} {_n(n)}" for cause, n in reds["causes"].items())
    rows = [
        ("incidents", f"{_n(reds['incidents'])} ({causes})"),
        ("of them painted by an outage", _n(reds["painted_by_outages"])),
        ("over at the end", _n(reds["over"])),
        ("from the break to red", _quantiles(reds["noticed_after"])),
        ("from red to the first mail", _quantiles(reds["until_mail"])),
        ("from the mail to the owner's act (his own time)", _quantiles(reds["reaction"])),
        ("from the page to green", _quantiles(reds["from_page_to_green"])),
        ("reconnects; passwords that were wrong", _both(tries, "accepted", "rejected")),
        ("accesses that a bank locked for them", _n(told["locked_by_typing"])),
        ("red in all, of those that are over", _quantiles(reds["lasted"])),
    ]
    return _table(("red", "median, 90 %, 99 %"), rows)


def _mails(told: Mapping[str, Any]) -> str:
    mails = told["mails"]
    sent = ", ".join(f"{kind.replace('_', ' ')} {_n(n)}" for kind, n in mails["sent"].items())
    his = mails["of_an_owner"]
    rows = [
        ("sent", sent),
        (
            f"an owner's in {told['assumptions']['days']} days: mean, median, 99 %, most",
            f"{his['mean']:.2f}, {his['p50']:.0f}, {his['p99']:.0f}, {his['max']:.0f}",
        ),
        ("most in one calendar day (UTC) to one reader", str(mails["most_on_a_day"])),
        ("banks in a mail", f"{mails['banks_a_mail']:.2f}"),
    ]
    return _table(("mails", ""), rows)


def _red_chart(reds: Mapping[str, Any]) -> str:
    def curve(name: str) -> dict[int, float]:
        return {int(rung): share for rung, share in reds[name]["shares"].items()}

    frame = Frame(
        "How long red lasts, and whose time it is",
        "Cumulative shares over time: red in all, from red to the first mail, and from the mail to"
        " the owner's act. Red lasts as long as its owner takes.",
        "no longer than",
    )
    curves = {
        "red, of all incidents": curve("lasted"),
        "the owner's: mail to act": curve("reaction"),
        "ours: red to mail (nights kept)": curve("until_mail"),
    }
    return lines(frame, curves, MARKS)


def _mail_chart(told: Mapping[str, Any]) -> str:
    owners, days = told["owners"], told["assumptions"]["days"]
    counts = {int(n): c for n, c in told["mails"]["owners_by_mails"].items()}
    last = max(counts)
    names = {n: f"{n}+" if n == last and n >= 20 else str(n) for n in range(last + 1)}  # noqa: PLR2004
    frame = Frame(
        f"Mails that an owner gets in {days} days",
        "Shares of owners by the number of mails that they got.",
        "mails",
    )
    return bars(frame, {name: counts.get(n, 0) / owners for n, name in names.items()})


def _age_chart(syncs: Mapping[str, Any]) -> str:
    shares = {f"{h} h" if h != "48" else "48 h +": s for h, s in syncs["age_hours_shares"].items()}
    frame = Frame(
        "How old the data are that a sync replaces",
        "Shares of the syncs that worked, by hours since the last one that did.",
        "up to",
    )
    return bars(frame, shares)


def _table(head: tuple[str, str], rows: list[tuple[str, str]]) -> str:
    lines_ = [head, ("---", "---"), *rows]
    return "".join(f"| {name} | {value} |\n" for name, value in lines_)


def _both(counts: Mapping[str, int], *names: str) -> str:
    return "; ".join(_n(counts.get(name, 0)) for name in names)


def _quantiles(ladder: Mapping[str, Any]) -> str:
    seconds = ladder["seconds"]
    return ", ".join(_t(seconds[name]) for name in ("p50", "p90", "p99")) if seconds else "none"


def _t(seconds: float) -> str:
    """Return a duration in its own size."""
    for size, unit in ((DAY, "d"), (HOUR, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds / size:.1f} {unit}"
    return f"{seconds:.0f} s"


def _n(number: int) -> str:
    return f"{number:,}".replace(",", " ")


def _p(share: float) -> str:
    return f"{share * 100:.2f} %"
