"""Where Lambda begins."""

from __future__ import annotations

import subprocess
import sys

import pytest

from infra.sam.template import load

STARTS = sorted({function.handler.rpartition(".")[0] for function in load().functions().values()})
SCRIPT = """
import gc, importlib, sys
looks = []
gc.callbacks.append(lambda phase, told: looks.append(phase))
began = importlib.import_module(sys.argv[1])
print(len(looks), gc.isenabled(), gc.get_freeze_count() > 10_000, began.lambda_handler.__name__)
"""


@pytest.mark.parametrize("start", STARTS)
def test_a_start_looks_for_no_garbage_but_what_follows_does(start: str) -> None:
    """A process that never looked would grow; one that looks at each import starts slower."""
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, start], capture_output=True, text=True, check=True
    )

    assert "0 True True lambda_handler\n" == done.stdout
