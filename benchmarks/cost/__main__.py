"""Compute what Relink costs, print it and write docs/cost.md: `python -m benchmarks.cost`.

Ends with 1 if a million connections cost more than the bar, provisioned, with nothing reserved.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

from benchmarks.cost.page import BAR, MILLION, PROVISIONED, a_thousand, section, within

PAGE: Final = Path(__file__).parents[2] / "docs" / "cost.md"


def main() -> int:
    """Write the page; return 1 if the bar is not held."""
    told = section()
    PAGE.write_text(within(PAGE.read_text(encoding="utf-8"), told), encoding="utf-8")
    print(told)
    return 0 if a_thousand(MILLION, PROVISIONED) <= BAR else 1


if __name__ == "__main__":
    sys.exit(main())
