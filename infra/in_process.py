"""The deployed functions within this process, as tests and benchmarks call them without Lambda."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Final

import notify.assembly
import reconnect.assembly
from notify.handler import lambda_handler as notify_handler
from reconnect.handler import lambda_handler as reconnect_handler
from sync import dispatch, worker

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

HANDLERS: Final[Mapping[str, Callable[..., Any]]] = {
    "DispatchFunction": dispatch.lambda_handler,
    "WorkerFunction": worker.lambda_handler,
    "NotifyFunction": notify_handler,
    "ReconnectFunction": reconnect_handler,
}
_deployed = worker.bootstrap
_MADE_ONCE: Final = (
    dispatch.bootstrap,
    _deployed,
    notify.assembly.bootstrap,
    notify.assembly.bootstrap_digests,
    notify.assembly.bootstrap_sweep,
    reconnect.assembly.bootstrap,
)


def forget() -> None:
    """End the process: what the functions had made and kept at hand is gone."""
    for made in (*_MADE_ONCE, worker.bootstrap):  # the last may stand in for the deployed one
        made.cache_clear()


def one_at_a_time() -> worker.Worker:
    """Return the worker calling one bank after the other: in the same order in each run."""
    made = _deployed()
    listing = replace(made.listing, width=1)
    return replace(made, batch=replace(made.batch, width=1), listing=listing)


def context(number: int = 0) -> SimpleNamespace:
    """Return what Lambda tells of an invocation, which has a name of its own."""
    return SimpleNamespace(
        aws_request_id=f"00000000-0000-4000-8000-{number:012d}",
        function_name="function",
        memory_limit_in_mb=1024,
        invoked_function_arn="arn:aws:lambda:eu-west-1:123456789012:function:function",
        get_remaining_time_in_millis=lambda: 60_000,
    )
