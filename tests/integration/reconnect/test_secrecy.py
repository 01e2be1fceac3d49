"""What is typed, and the link itself, are found nowhere but where they belong."""

from __future__ import annotations

import gc
import json
from dataclasses import replace
from io import StringIO
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import boto3
import pytest
from botocore.exceptions import ClientError

from relink.attempt import State
from relink.backoff import Throttled
from relink.intake import Intake
from relink.repository import Connections
from tests.integration.reconnect.bench import BROWSER, TOKEN, Bench, queued
from tests.integration.reconnect.consent import CODE, sent_off
from tests.watching import watched

if TYPE_CHECKING:
    from collections.abc import Iterator

    from relink.connection import Bank
    from relink.provider import Field

CANARY = TOKEN


class Log(StringIO):
    """What the function wrote to its log."""

    @property
    def lines(self) -> list[dict[str, Any]]:
        """Return the lines, each of which is JSON."""
        return [json.loads(line) for line in self.getvalue().splitlines()]


@pytest.fixture
def log(bench: Bench) -> Iterator[Log]:
    """Catch the log; pytest's own capture comes too late for a handler that is made once."""
    handler: Any = bench.services.log.registered_handler
    before = handler.setStream(Log())
    yield handler.stream
    handler.setStream(before)


def test_a_canary_is_found_in_the_ciphertext_only(
    bench: Bench, log: Log, capfd: pytest.CaptureFixture[str]
) -> None:
    """Not in an item, a message, a page or a log line."""
    path = bench.link(bench.add())
    pages = [
        bench.get(path),
        bench.submit(path),
        bench.submit(path),
        bench.post(path, {"form": "x", "setup_token": CANARY, "canary": CANARY}),
        bench.get(f"{path}/status"),
        bench.post(path, f"setup_token={CANARY}&setup_token={CANARY}"),
        bench.post(path, f"setup_token={CANARY}", content_type="text/plain"),
    ]
    client = boto3.client("dynamodb")
    stored = str([client.scan(TableName=t)["Items"] for t in client.list_tables()["TableNames"]])

    printed = capfd.readouterr()
    assert {"setup_token": CANARY} == bench.opened(bench.attempt())
    assert log.lines
    for sink in (stored, str(queued()), str(pages), log.getvalue(), printed.out, printed.err):
        assert CANARY not in sink


def test_what_a_bank_sends_back_is_found_in_the_ciphertext_only(
    bench: Bench, log: Log, capfd: pytest.CaptureFixture[str]
) -> None:
    """A code opens the bank as a password does; the state that comes with it is no better known."""
    path = sent_off(bench)
    state = bench.state_of(bench.attempt())
    pages = [
        bench.get(f"{path}/status"),
        bench.come_back(code=CODE),
        bench.come_back(code=CODE),
        bench.come_back(code=CODE, state=state[:-1]),
        bench.get(f"/reconnect/callback?code={CODE}&code={CODE}&state={state}"),
        bench.get(f"{path}/status"),
    ]
    client = boto3.client("dynamodb")
    stored = str([client.scan(TableName=t)["Items"] for t in client.list_tables()["TableNames"]])

    printed = capfd.readouterr()
    assert CODE == bench.opened(bench.attempt())["code"]
    assert "back from the bank" in log.getvalue()
    for sink in (stored, str(queued()), str(pages), log.getvalue(), printed.out, printed.err):
        assert CODE not in sink
    for sink in (str(queued()), str(pages), log.getvalue(), printed.out, printed.err):
        assert state not in sink


def test_logs_name_the_attempt_and_never_the_link(bench: Bench, log: Log) -> None:
    """One line a submission; the path holds the token and is not in it."""
    path = bench.link(bench.add())
    for page in (path, f"{path}/status", "/reconnect/nonsense"):
        bench.get(page)
    bench.submit(path)
    bench.post(f"{path}/fresh")

    assert ["attempt submitted", "fresh link asked for"] == [line["message"] for line in log.lines]
    assert bench.attempt().attempt_id == log.lines[0]["attempt_id"]
    assert path.removeprefix("/reconnect/")[:40] not in log.getvalue()


def test_when_aws_fails_the_owner_is_told_and_the_log_has_the_cause(
    bench: Bench, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page that says try again, and a line with the code, not with the error's text."""
    path = bench.link(bench.add())
    refusal = {"Error": {"Code": "AccessDeniedException", "Message": f"no right to {CANARY}"}}

    def refuse(*_: object) -> bytes:
        raise ClientError(refusal, "Encrypt")  # type: ignore[arg-type]

    monkeypatch.setattr(Intake, "seal", refuse)
    page = bench.submit(path)

    [line] = log.lines
    assert (503, "5") == (page.status, page.headers["Retry-After"])
    assert "Something is not answering" == page.title
    assert ("AccessDeniedException", "Encrypt") == (line["aws_code"], line["operation"])
    assert CANARY not in json.dumps(line)


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (Throttled(CANARY), (503, "a call failed")),
        (KeyError(CANARY), (500, "fault of ours")),
    ],
)
def test_what_nobody_foresaw_is_told_without_its_words(
    bench: Bench,
    log: Log,
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
    expected: tuple[int, str],
) -> None:
    """On a page and as a problem; the log has its kind and its place, and no traceback."""
    status, message = expected
    path = bench.link(bench.add())

    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(Connections, "get", fail)
    page, told = bench.get(path), bench.api("GET", "/connections/con_1")

    assert (status, "Something is not answering") == (page.status, page.title)
    assert (status, status) == (told.status, told.json["status"])
    for line in log.lines:
        assert (message, type(error).__name__) == (line["message"], line["error"])
        assert "fail:" in line["at"]
    assert 2 == len(log.lines)
    for sink in (page.body, told.body, log.getvalue()):
        assert CANARY not in sink


def test_answers_too_large_for_the_key_come_back_as_a_form(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What KMS would refuse is refused before it is asked."""
    path = bench.link(bench.add())
    fields_of = bench.services.fields_of

    def wide(bank: Bank) -> tuple[Field, ...]:
        return tuple(replace(field, max_length=9000) for field in fields_of(bank))

    monkeypatch.setattr(bench.services, "fields_of", wide)
    page = bench.submit(path, setup_token="x" * 5000)

    assert 422 == page.status
    assert "This is too long." in page.body
    assert [] == bench.attempts()


def test_nothing_that_is_held_on_the_way_shows_what_was_typed(bench: Bench) -> None:
    """No object of ours, no error and nothing behind one: shown, formatted or pickled."""
    path = bench.link(bench.add())
    seen = {}
    with watched() as watch:
        seen["nowhere"] = bench.submit("/reconnect/nonsense").status
        seen["foreign"] = bench.post(
            path, {"setup_token": CANARY}, origin="https://a.example"
        ).status
        seen["unknown field"] = bench.post(path, {"form": "f" * 24, CANARY: CANARY}).status
        seen["no form"] = bench.post(path, CANARY).status
        seen["twice"] = bench.post(path, f"setup_token={CANARY}&setup_token={CANARY}").status
        seen["not ascii"] = bench.post(path, f"setup_token={CANARY}é").status
        seen["no text"] = bench.post(path, f"setup_token={CANARY}%ff").status
        seen["too much"] = bench.post(path, f"setup_token={CANARY * 500}").status
        seen["wrong type"] = bench.post(path, CANARY, content_type="text/plain").status
        seen["wrong"] = bench.submit(path, setup_token=f"{CANARY}?").status
        seen["right"] = bench.submit(path).status
        seen["again"] = bench.submit(path).status
        field = {"name": "code", "label": "Code", "kind": "otp", "pattern": r"\w+"}
        bench.worker(State.ASKING, fields=(field,))
        turn = bench.get(f"{path}/status").hidden("turn")
        seen["wrong code"] = bench.post(path, {"turn": turn, "code": f"{CANARY}?"}).status
        seen["code"] = bench.post(path, {"turn": turn, "code": CANARY}).status

    assert {303} == {seen.pop(name) for name in ("right", "again", "code")}
    assert all(400 <= status < 500 for status in seen.values()), seen
    assert {"Entered", "Submission", "Visit", "Malformed", "Faults", "Attempt"} <= watch.kinds
    assert any("Banco de la Ría" in text for text in watch.shown)
    assert [] == watch.shows(CANARY)
    assert [] == watch.keeps(CANARY)


def test_nothing_that_is_held_shows_the_code_or_the_state_of_a_return(bench: Bench) -> None:
    """Nor the link, which is as good as a key to the form."""
    path = sent_off(bench)
    state = bench.state_of(bench.attempt())
    with watched() as watch:
        bench.come_back(code=CODE)
        bench.get(f"/reconnect/callback?code={CODE}&code={CODE}&state={state}")
        bench.get(f"{path}/status")

    assert {"Callback", "Entered", "Attempt", "OpenedLink", "Malformed"} <= watch.kinds
    assert [] == watch.shows(CODE, state, path.removeprefix("/reconnect/"))


def test_memory_of_what_was_typed_ends_with_the_request(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process goes on to the next owner's request, or is frozen for hours."""
    path = bench.link(bench.add())
    monkeypatch.setattr(Intake, "seal", lambda *_: b"sealed")
    canary = f"kept-by-{len(path)}-letters"
    bodies = [{"x": canary}, {"form": "f" * 24, "setup_token": f"{canary}?"}, {canary: canary}]
    right = {"form": "f" * 24, "setup_token": canary}
    answers = [
        bench.call("POST", path, urlencode(body), BROWSER, encode=False)
        for body in (*bodies, {}, right)
    ]
    assert [422, 422, 422, 422, 303] == [answer.status for answer in answers]

    del bodies, right
    gc.collect()
    kept = [
        type(holder)
        for holder in gc.get_objects()
        for each in gc.get_referents(holder)
        if (isinstance(each, str) and canary in each and each is not canary)
        or (isinstance(each, bytes) and canary.encode() in each)
    ]
    assert [] == kept
