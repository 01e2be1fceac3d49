"""The figures of a simulation: plain numbers that can be stored, shown and drawn."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import asdict
from itertools import accumulate
from typing import TYPE_CHECKING, Any, Final

from benchmarks.simulation.troubles import Trouble
from relink.clock import DAY, HOUR
from relink.outages import places
from sync.visits.claiming import Obstacle

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from benchmarks.simulation.stage import Stage
    from benchmarks.simulation.tally import Incident

MONTH: Final = 30.4
LADDER: Final = (
    *(60, 120, 300, 600, 1800),
    *(HOUR, 2 * HOUR, 4 * HOUR, 8 * HOUR, 12 * HOUR),
    *(DAY, 2 * DAY, 3 * DAY, 4 * DAY, 7 * DAY, 14 * DAY, 30 * DAY, 60 * DAY, 90 * DAY),
)
"""Durations at which shares are told."""
MOST_MAILS: Final = 20


def figures(stage: Stage) -> dict[str, Any]:
    """Return all figures of a simulation."""
    told, tally = stage.told, stage.tally
    return {
        "assumptions": asdict(told),
        "owners": len(stage.people.owners),
        "violations": _violations(stage),
        "syncs": _syncs(stage),
        "outages": _outages(stage),
        "reds": _reds(tally.incidents),
        "attempts": dict(sorted(tally.attempts.items())),
        "locked_by_typing": stage.truth.locked_by_typing,
        "mails": _mails(stage),
        "per_connection_month": _monthly(stage),
    }


def _violations(stage: Stage) -> dict[str, int]:
    """Return how often a law was broken; none of them is there that held."""
    fourth = {"a fourth refused password in 24 hours": stage.truth.fourth_refusals}
    found = stage.tally.violations + Counter(fourth)
    return dict(sorted(found.items()))


def _syncs(stage: Stage) -> dict[str, Any]:
    tally, told = stage.tally, stage.told
    days = told.days
    a_day = Counter(round(n / days, 1) for n in tally.calls_a_connection)
    turns = tally.calls + tally.skipped + sum(tally.refused.values())
    return {
        "calls": tally.calls,
        "worked": tally.worked,
        "calls_a_day": _spread(Counter(tally.calls_a_connection), 1 / days),
        "connections_by_calls_a_day": {str(k): v for k, v in sorted(a_day.items())},
        "held_back_share": _share(tally.held + tally.refused[Obstacle.BUDGET], turns),
        "skipped_share": _share(tally.skipped, turns),
        "refused": {o.name.lower(): n for o, n in sorted(tally.refused.items())},
        "failures": {r.value: n for r, n in sorted(tally.failures.items())},
        "lateness_seconds": _spread(tally.lateness),
        "age_minutes": _spread(tally.ages),
        "age_hours_shares": _ages(tally.ages),
        "long_oranges": tally.long_oranges,
    }


def _ages(ages: Mapping[int, int]) -> dict[str, float]:
    """Return how old the last data were when a sync replaced them, in shares by hours."""
    classes: Counter[int] = Counter()
    for minutes, count in ages.items():
        classes[min(-(-(minutes - 20) // 360) * 6, 48)] += count
    total = sum(classes.values())
    return {str(hours): _share(n, total) for hours, n in sorted(classes.items()) if hours > 0}


def _outages(stage: Stage) -> dict[str, Any]:
    """Return what the breaker made of the outages that there were, and of those that were none."""
    true: dict[str, list[tuple[int, int]]] = {}
    for bank, weather in zip(stage.world.banks, stage.world.weathers, strict=True):
        own, provider = places(bank)
        for outage in weather.all:
            place = provider if outage.trouble is Trouble.PROVIDER_DOWN else own
            true.setdefault(place, []).append((outage.begins, outage.ends + 120))
    seen = stage.tally.outages
    false = [
        (begins, ends)
        for place, begins, ends in seen
        if not any(a <= begins < b for a, b in true.get(place, ()))
    ]
    return {
        "there_were": sum(map(len, true.values())),
        "seen": len(seen),
        "seen_where_none_was": len(false),
        "hours_of_those": round(sum(b - a for a, b in false) / HOUR, 1),
        "of_large_banks": _noticed(stage),
        "spared_calls": stage.tally.refused[Obstacle.BANK_DOWN],
    }


def _noticed(stage: Stage) -> dict[str, Any]:
    """Return how soon outages of large banks are seen: the first tenth, half an hour at least."""
    seen: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for place, begins, ends in stage.tally.outages:
        seen[place].append((begins, ends))
    large = len(stage.world.banks) // 10
    there, after = 0, []
    for bank, weather in zip(stage.world.banks[:large], stage.world.weathers, strict=False):
        for outage in weather.all:
            if outage.ends - outage.begins < HOUR // 2:
                continue
            there += 1
            found = [
                max(begins - outage.begins, 0)
                for place in places(bank)
                for begins, ends in seen[place]
                if begins < outage.ends and ends > outage.begins
            ]
            after += [min(found)] if found else []
    return {"there_were": there, "seen": len(after), "seconds": _spread(Counter(after))}


def _reds(incidents: list[Incident]) -> dict[str, Any]:
    """Return how long red lasted, and whose time that was."""
    over = [(i, i.mended_at) for i in incidents if i.mended_at is not None]
    mailed = [(i, i.mailed_at) for i in incidents if i.mailed_at is not None]
    acted = [
        (i.acted_at, i.mailed_at)
        for i in incidents
        if i.mailed_at is not None and i.acted_at is not None and i.acted_at >= i.mailed_at
    ]
    green = [(i.acted_at, i.green_at) for i in incidents if i.acted_at and i.green_at]
    causes = Counter(i.trouble.value if i.trouble else "none" for i in incidents)
    return {
        "incidents": len(incidents),
        "causes": dict(sorted(causes.items())),
        "painted_by_outages": causes["none"],
        "over": len(over),
        "without_mail": len(incidents) - len(mailed),
        "noticed_after": _ladder(i.since - i.broke_at for i in incidents),
        "lasted": _ladder((end - i.since for i, end in over), len(incidents)),
        "until_mail": _ladder(at - i.since for i, at in mailed),
        "reaction": _ladder(at - mail for at, mail in acted),
        "from_page_to_green": _ladder(end - at for at, end in green),
    }


def _mails(stage: Stage) -> dict[str, Any]:
    tally, owners = stage.tally, len(stage.people.owners)
    counts = Counter(min(n, MOST_MAILS) for n in tally.mails_of.values())
    counts[0] = owners - len(tally.mails_of)
    exact = Counter(tally.mails_of.values()) + Counter({0: owners - len(tally.mails_of)})
    return {
        "sent": {kind.value: n for kind, n in sorted(tally.mails.items())},
        "of_an_owner": _spread(exact),
        "owners_by_mails": {str(n): c for n, c in sorted(counts.items())},
        "most_on_a_day": max(tally.mails_on.values(), default=0),
        "days_with_mails_by_number": {
            str(n): c for n, c in sorted(Counter(tally.mails_on.values()).items())
        },
        "banks_a_mail": round(tally.banks_in_mails / max(sum(tally.mails.values()), 1), 2),
    }


def _monthly(stage: Stage) -> dict[str, float]:
    """Return how often what happens to a connection in a month: what a cost is made of."""
    tally, told = stage.tally, stage.told
    months = told.connections * told.days / MONTH
    counts = {
        "syncs": tally.calls,
        "held_back": tally.held + tally.refused[Obstacle.BUDGET],
        "failures": sum(tally.failures.values()),
        "reds": len(tally.incidents),
        "mails": sum(tally.mails.values()),
        "digests": tally.digests,
        "stream_records": tally.stream_records,
        "reconnects": tally.attempts["accepted"],
        "attempts": sum(n for how, n in tally.attempts.items() if not how.startswith("link ")),
    }
    return {name: round(count / months, 5) for name, count in counts.items()}


def _spread(counts: Mapping[int, int], unit: float = 1) -> dict[str, float]:
    """Return the usual quantiles of what was counted by value."""
    total, values = sum(counts.values()), sorted(counts)
    if not total:
        return {}
    summed = list(accumulate(counts[v] for v in values))
    marks = {"p50": 0.5, "p90": 0.9, "p99": 0.99, "p999": 0.999, "max": 1.0}
    at = {
        name: next(v for v, n in zip(values, summed, strict=True) if n >= total * mark)
        for name, mark in marks.items()
    }
    mean = sum(v * n for v, n in counts.items()) / total
    return {"mean": round(mean * unit, 3), **{n: round(v * unit, 3) for n, v in at.items()}}


def _ladder(durations: Iterable[int], of: int | None = None) -> dict[str, Any]:
    """Return the shares that took no longer than each rung, and the quantiles in seconds."""
    known = list(durations)
    total = of or len(known)
    shares = {str(rung): _share(sum(d <= rung for d in known), total) for rung in LADDER}
    return {"shares": shares, "seconds": _spread(Counter(known))}


def _share(part: float, whole: float) -> float:
    return round(part / whole, 5) if whole else 0.0
