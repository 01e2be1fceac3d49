"""Green, orange, red, mail, link, green: each step is observed where its user would see it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import urllib3.exceptions
from botocore.exceptions import BotoCoreError, ClientError

from infra.demo import host_app, leftovers, loop, protocols, waiting
from infra.demo.cast import GATHERED, Cast, until_ten
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
    host_app.follow,
    protocols.connect,
    loop.stay_silent,
    protocols.sync,
    loop.reconnect,
    waiting.remind,
    waiting.bounce,
    protocols.foresee,
    protocols.expire,
    protocols.mend,
    waiting.fall_silent,
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
        with Stack(_options(engine)) as stack:
            tell.tell(f"{len(stack.functions)} functions wait for their triggers", stack.api.url)
            _told(Cast(stack, tell))
    except PROBLEMS as problem:
        return tell.end(str(problem))
    return tell.end(None)


def _told(cast: Cast) -> None:
    """Tell all chapters; what is not observed is told with the permissions that were lacking."""
    try:
        for chapter in CHAPTERS:
            chapter(cast)
    except NotObservedError as problem:
        lacking = (line for line in cast.stack.logs().splitlines() if "AccessDenied" in line)
        raise NotObservedError("\n".join([str(problem), *dict.fromkeys(lacking)])) from problem


def _options(engine: EngineName) -> StackOptions:
    """Return a stack in which a mail waits for others for a minute, and a day has begun."""
    gathering = {"GatherSeconds": GATHERED - 1}
    return StackOptions(engine=engine, parameters=gathering, ahead=until_ten(time.time()))
