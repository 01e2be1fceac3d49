"""Make four incidents on the local stack and mend them by the runbook; exits 0 if all were mended.

With --record, what was observed is written into docs/drills.md.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import sys
import time
from typing import TYPE_CHECKING

from infra.demo import loop
from infra.demo.cast import GATHERED, Cast, until_ten
from infra.demo.narrator import Narrator, NotObservedError
from infra.drills import bank_outage, leaked_key, lost_tables, poisoned_queue
from infra.local.engine import ENGINES
from infra.local.stack import Stack, StackOptions
from infra.marks import filled
from infra.sam.template import TEMPLATE

if TYPE_CHECKING:
    from collections.abc import Callable

DRILLS = {
    "Bank outage": bank_outage.drill,
    "Poisoned queue": poisoned_queue.drill,
    "Leaked link key": leaked_key.drill,
    "Lost tables": lost_tables.drill,
}
RECORD = TEMPLATE.parent / "docs" / "drills.md"


def main() -> int:
    """Do the drills and return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m infra.drills", description=__doc__)
    parser.add_argument("--engine", choices=ENGINES, default="ministack")
    parser.add_argument("--record", action="store_true", help="write docs/drills.md")
    parser.add_argument("--only", choices=DRILLS, help="one of them")
    told = parser.parse_args()
    chosen = {told.only: DRILLS[told.only]} if told.only else DRILLS
    problems = 0
    for name, drill in chosen.items():
        print(f"\n# {name}", flush=True)
        story, problem = do(drill, told.engine)
        print(story, flush=True)
        problems += problem
        if told.record and not problem:
            RECORD.write_text(recorded(RECORD.read_text(), name, story))
    return 1 if problems else 0


def do(drill: Callable[[Cast], None], engine: str) -> tuple[str, int]:
    """Do a drill on a stack of its own; return its story, and 0 if it went well."""
    out, tell = io.StringIO(), Narrator()
    options = StackOptions(
        engine=engine,  # type: ignore[arg-type] # argparse has looked
        parameters={"GatherSeconds": GATHERED - 1},
        ahead=until_ten(time.time()),
    )
    with contextlib.redirect_stdout(out), Stack(options) as stack:
        cast = Cast(stack, tell)
        try:
            loop.connect(cast)
            out.truncate(out.seek(0))
            tell.began, tell.observations = time.monotonic(), 0
            drill(cast)
        except NotObservedError as problem:
            tell.end(str(problem))
            return out.getvalue(), 1
        tell.end(None)
    return out.getvalue(), 0


def recorded(page: str, name: str, story: str) -> str:
    """Return the page with the story of a drill between its marks. Raises `ValueError`."""
    block = f"```text\n{story.strip()}\n```"
    return filled(page, f"<!-- {name} -->\n", "\n<!-- end -->", block)


if __name__ == "__main__":
    sys.exit(main())
