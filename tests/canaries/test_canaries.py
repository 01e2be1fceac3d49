"""What opens a bank, pushed through every provider, form and error: found in no sink at all."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from infra.simulators.exchange import Reply
from relink.provider import Accepted
from relink.reasons import Status
from tests.canaries.report import note
from tests.canaries.sinks import mails
from tests.contract.bench.situations import FAULTS, Absent

if TYPE_CHECKING:
    import pytest

    from infra.simulators.exchange import Request
    from tests.canaries.conftest import World

TABLES = ("Attempts", "Banks", "Connections", "Credentials", "Ledger", "Owners", "State")
EXPECTED = (
    *("answers", "crash dumps", "items", "locals in crash dumps", "log lines", "mails"),
    *("metrics", "sent to dynamodb", "sent to sqs", "stream records"),
)
QUEUES = ("AttemptQueue", "NoticeQueue", "SyncQueue", "WebhookQueue")
WORDS = ("password", "pin", "setup_token", "code")
ALL = bool(os.environ.get("ALL_CANARIES"))
SAMPLE = 12
"""Of what is alike, the suite tries one in so many; `make canaries` tries all."""
STOPS = 14


def test_what_opens_a_bank_is_found_in_no_sink(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Through good logins and bad ones, broken forms, every trouble of the bank, and crashes."""
    bench, owner = world.bench, world.owner
    entered = {value for name, value in bench.opening().items() if name in WORDS}
    broken_forms(world, entered)
    assert isinstance(bench.log_in(), Accepted)
    assert Status.GREEN is owner.stored.status, world.sinks.texts["log lines"]
    bench.refused()
    troubles(world)
    echoes(world, monkeypatch)
    stops(world)
    read_everything(world)
    owner.redden()
    owner.look()
    owner.api("DELETE", "/connections/con_1")
    owner.work()
    collect(world)

    canaries = bench.canaries | entered
    assert canaries
    assert set(EXPECTED) <= world.sinks.counts().keys()
    assert [] == world.sinks.found(canaries)
    if ALL:
        note(bench.name, len(canaries), world.sinks.counts())


def broken_forms(world: World, entered: set[str]) -> None:
    """Send what no page of ours sends, with what opens the bank in it."""
    owner, link = world.owner, world.owner.link()
    for word in sorted(entered):
        once = urlencode({"form": "f" * 24, "password": word})
        for body in (
            once,
            f"{once}&{once}",
            word,
            urlencode({word: word}),
            f"{once}%ff",
            f"{once}é",
        ):
            owner.request("POST", link, body)
        owner.request("POST", link, json.dumps({"pin": word}), content="application/json")
        owner.request("POST", "/reconnect/nonsense", once)
        owner.request("GET", f"/reconnect/callback?{urlencode({'state': word, 'code': word})}")
        owner.api("POST", "/connections", {"bank_id": word, "password": word})
        owner.api("PATCH", "/connections/con_1", {"auto_sync": word})
        owner.request("POST", f"/webhooks/{world.bench.name}", once)
    owner.work()


def troubles(world: World) -> None:
    """Sync once in every trouble that the provider's simulator can play."""
    bench, owner = world.bench, world.owner
    shared = [case for cases in FAULTS.values() for case in cases]
    known = (*bench.situations.values(), *bench.faults.values(), *shared)
    cases = [case for case in known if not isinstance(case, Absent)]
    for case in cases if ALL else cases[::SAMPLE]:
        bench.switch(case)
        owner.sync()
        bench.switch("fine")
        if ALL or case is cases[0]:
            owner.look()
        owner.mend()


def echoes(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sync and log in at a bank that repeats in its answer all that it was sent."""
    service: Any = next(s for s in world.server.services if s.prefix == f"/{world.bench.name}")
    for echo in (_as_json, _as_page, _as_text):
        with monkeypatch.context() as patch:
            patch.setattr(service, "answer", echo)
            world.owner.sync()
            world.owner.redden()
            world.owner.submit(world.bench.opening())
            world.owner.work()
        world.owner.mend()


def stops(world: World) -> None:
    """Stop the process at one AWS call after the other, of a login and of syncs."""
    for number in range(1, STOPS, 1 if ALL else SAMPLE):
        world.owner.redden()
        world.sinks.stop_in = number
        world.owner.submit(world.bench.opening())
        world.owner.work()
        world.owner.mend()
        world.sinks.stop_in = number
        world.owner.sync()
        world.sinks.stop_in = 0


def read_everything(world: World) -> None:
    """Look at all pages and answers that there are of the connection."""
    owner, path = world.owner, "/connections/con_1"
    for shown in ("", "/history", "/accounts", "/transactions"):
        owner.api("GET", f"{path}{shown}")
    for listed in ("/connections", "/notifications", "/profile"):
        owner.api("GET", listed)
    link = owner.link()
    owner.request("GET", link)
    owner.request("GET", f"{link}/status")


def collect(world: World) -> None:
    """Bring together what lies in tables, streams, queues and mailboxes."""
    house, sinks = world.house, world.sinks
    for table in TABLES:
        sinks.put("items", *house.items(f"{table}Table"))
    sinks.put("stream records", *house.records())
    sinks.put("mails", *mails())
    for queue in QUEUES:
        sinks.put("messages left", *house.bodies(queue))


def _told(request: Request) -> str:
    headers = "\n".join(f"{name}: {value}" for name, value in request.headers.items())
    return f"{request.path} {dict(request.query)} {headers} {request.body.decode('latin-1')}"


def _as_json(request: Request) -> Reply:
    told = _told(request)
    error = {"error": told, "error_code": told, "error_message": told, "message": told}
    return Reply.of_json({**error, "errors": [told], "code": told, "description": told}, 400)


def _as_page(request: Request) -> Reply:
    return Reply.of_html(
        f"<html><title>{_told(request)}</title><p>{_told(request)}</p></html>", 500
    )


def _as_text(request: Request) -> Reply:
    return Reply.of_text(_told(request), 403)
