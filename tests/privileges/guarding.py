"""Every AWS call that a function's code makes in a test is put to IAM first, as AWS would.

A call that the function's role does not allow ends the test. What is allowed must be among the
recorded uses, and a test that is named there must still make its uses: so neither the roles nor the
recording can be out of date unnoticed. `make privileges` records anew.
"""

from __future__ import annotations

import json
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from threading import local
from typing import TYPE_CHECKING, Any

import pytest
from botocore.client import BaseClient
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.kms.models import kms_backends

import relink
from tests.privileges.calls import requests
from tests.privileges.deployed import Grant, deployed
from tests.privileges.recording import USES, Use, recorded, use_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType


FUNCTIONS = str(Path(relink.__file__).parents[1]) + os.sep
TESTS = str(Path(__file__).parents[1]) + os.sep
GUARDED = (
    "tests/integration/notify/",
    "tests/integration/reconnect/",
    "tests/integration/sync/",
    "tests/privileges/",
)
SEE_THROUGH = ("guarding.py", "stumbling.py")  # hand calls on as they are
DISPATCH = {"sync/dispatch.py", "sync/slots.py", "sync/start_dispatch.py", "sync/watermark.py"}
ROLES = {"notify": "NotifyRole", "reconnect": "ReconnectRole", "sync": "WorkerRole"}
ENTRANCES = {
    "notify/digest.py:Digests.send",
    "notify/gathering.py:Gathering.apply",
    "notify/handler.py:lambda_handler",
    "notify/mail_events.py:apply",
    "notify/sweep.py:Sweep.run",
    "reconnect/handler.py:lambda_handler",
    "sync/dispatch.py:Dispatch.run",
    "sync/dispatch.py:lambda_handler",
    "sync/listing.py:Listing.renew",
    "sync/attempts/verifying.py:Verifier.go_on",
    "sync/worker.py:Worker.handle",
    "sync/worker.py:lambda_handler",
}
"""Handlers, and what they call with a whole event's work: what starts here is a function's doing,
and not a test's that arranges something."""


class Denied(BaseException):
    """AWS would refuse this call; no `except Exception` of ours shall make it look like success."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Whose call it is, and whether it came in where events do."""

    role: str
    entered: bool


@dataclass
class Guard:
    """What one test has used."""

    uses: set[Use] = field(default_factory=set)
    denied: list[str] = field(default_factory=list)

    def ask(self, caller: Caller, client: Any, operation: str, given: dict[str, Any]) -> None:
        """Raise `Denied` for a call that the caller's role does not allow."""
        service = client.meta.service_model.service_name
        role = deployed().arn(caller.role)
        for request in requests(deployed(), role, service, operation, _named(given)):
            if not deployed().allows(request, without=taken_away()):
                self.denied.append(str(request))
                raise Denied(f"no policy lets {caller.role} do this: {request}")
            if caller.entered:
                self.uses.add(use_of(request))


@cache
def taken_away() -> Grant | None:
    """Return the permission that this run is to do without (`tests.privileges.proving`)."""
    name = os.environ.get("TAKE_AWAY")
    return next((grant for grant in deployed().grants() if str(grant) == name), None)


def _named(given: dict[str, Any]) -> dict[str, Any]:
    """Return a call's parameters with the key's name in the template for its id."""
    if "KeyId" not in given:
        return given
    keys = kms_backends[DEFAULT_ACCOUNT_ID]["eu-west-1"].keys
    return {**given, "KeyId": keys[given["KeyId"].rpartition("/")[2]].description}


_carried = local()


def caller_of(frame: FrameType | None) -> Caller | None:
    """Return which function's code makes a call; None for what a test does itself.

    Where a test's own code is called by a function's, as a bank that changes something meanwhile,
    what that does is the test's, unless it calls the function's code back.
    """
    place, entrance, ended = "", "", False
    while frame is not None:
        name = frame.f_code.co_filename
        if name.startswith(FUNCTIONS):
            entrance = f"{name[len(FUNCTIONS) :]}:{frame.f_code.co_qualname}"
            if not ended and not entrance.startswith("relink/"):
                place = entrance
        elif name.startswith(TESTS) and not name.endswith(SEE_THROUGH):
            ended = True
        frame = frame.f_back
    carried: Caller | None = getattr(_carried, "caller", None)
    if carried is not None and not ended:
        return carried
    if not place:
        return None
    file, package = place.partition(":")[0], place.partition("/")[0]
    role = "DispatchRole" if file in DISPATCH else ROLES[package]
    return Caller(role, entrance in ENTRANCES or bool(carried and carried.entered))


@pytest.fixture(autouse=True)
def roles_suffice(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Guard | None]:
    """Let no function's code do in a test what its role would not let it do on AWS."""
    if not request.node.nodeid.startswith(GUARDED):
        yield None
        return
    guard = Guard()
    call, submit = BaseClient._make_api_call, ThreadPoolExecutor.submit  # type: ignore[attr-defined]

    def asked(client: Any, operation: str, given: dict[str, Any]) -> Any:
        if caller := caller_of(sys._getframe(1)):
            guard.ask(caller, client, operation, given)
        return call(client, operation, given)

    def carrying(pool: Any, work: Callable[..., Any], /, *values: Any, **named: Any) -> Any:
        caller = caller_of(sys._getframe(1))
        return submit(pool, _as(caller, work), *values, **named)

    monkeypatch.setattr(BaseClient, "_make_api_call", asked)
    monkeypatch.setattr(ThreadPoolExecutor, "submit", carrying)
    yield guard
    assert [] == guard.denied
    _compare(request.node.nodeid, guard.uses)


def _as(caller: Caller | None, work: Callable[..., Any]) -> Callable[..., Any]:
    """Return work for another thread, done in the name of who has it done."""

    def do(*values: Any, **named: Any) -> Any:
        _carried.caller = caller
        try:
            return work(*values, **named)
        finally:
            _carried.caller = None

    return do


def _compare(test: str, uses: set[Use]) -> None:
    """Hold a test's uses against the recorded ones, or record them."""
    if folder := os.environ.get("RECORD_PRIVILEGES"):
        line = json.dumps({"test": test, "uses": [use.as_json() for use in sorted(uses)]})
        with (Path(folder) / f"{os.getpid()}.jsonl").open("a") as file:
            file.write(f"{line}\n")
        return
    if not USES.exists():
        return
    known = recorded()
    new = uses - known.keys()
    assert not new, f"not recorded yet, run make privileges: {new}"
    gone = {use for use, witness in known.items() if witness == test} - uses
    assert not gone, f"this test needs these no more, run make privileges: {gone}"
