"""Green, orange, red, mail, link, green: each step is observed where its user would see it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import urllib3.exceptions
from botocore.exceptions import BotoCoreError, ClientError

from infra.demo import leftovers, loop, protocols
from infra.demo.cast import Cast
from infra.demo.narrator import Narrator, NotObservedError
from infra.local.engine import EngineFailedError
from infra.local.functions.warm_process import FunctionFailedError
from infra.local.simulators import SimulatorsFailedError
from infra.local.stack import Stack, StackOptions

if TYPE_CHECKING:
    from infra.local.engine import EngineName

CHAPTERS = (
    loop.connect,
    loop.sync,
    loop.wait,
    loop.redden,
    protocols.connect,
    loop.stay_silent,
    protocols.sync,
    loop.reconnect,
    protocols.expire,
    protocols.mend,
    leftovers.look_around,
)
PROBLEMS = (
    NotObservedError,
    EngineFailedError,
    FunctionFailedError,
    SimulatorsFailedError,
    BotoCoreError,
    ClientError,
    urllib3.exceptions.HTTPError,
)


def run(engine: EngineName, *, as_json: bool) -> int:
    """Tell the story on a stack of its own and return the exit status."""
    tell = Narrator(as_json)
    tell.begin(f"The stack of template.yaml starts on {engine}, on this machine's loopback")
    try:
        with Stack(StackOptions(engine=engine, parameters={"GatherSeconds": 60})) as stack:
            tell.tell(f"{len(stack.functions)} functions wait for their triggers", stack.api.url)
            cast = Cast(stack, tell)
            for chapter in CHAPTERS:
                chapter(cast)
    except PROBLEMS as problem:
        return tell.end(str(problem))
    return tell.end(None)
