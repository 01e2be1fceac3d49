"""Tell the whole story, unattended: `python -m infra.demo`. Exits 0 only if all was observed."""

from __future__ import annotations

import argparse
import signal
import sys
from typing import TYPE_CHECKING

from infra.demo.story import run
from infra.local.engine import ENGINES

if TYPE_CHECKING:
    from types import FrameType


def main() -> int:
    """Tell the story and return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m infra.demo", description=__doc__)
    parser.add_argument("--engine", choices=ENGINES, default="ministack")
    parser.add_argument("--json", action="store_true", help="print the facts as JSON lines")
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        return run(arguments.engine, as_json=arguments.json)
    except KeyboardInterrupt:
        return 130


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
