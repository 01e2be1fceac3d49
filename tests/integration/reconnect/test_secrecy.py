"""What is typed, and the link itself, are found nowhere but where they belong."""

from __future__ import annotations

import json
from dataclasses import replace
from io import StringIO
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError

from relink.intake import Intake
from tests.integration.reconnect.bench import TOKEN, Bench, queued
from tests.integration.reconnect.consent import CODE, sent_off

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
    state = bench.attempt().presence["state"]
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
    assert ("AccessDeniedException", "Encrypt") == (line["code"], line["operation"])
    assert CANARY not in json.dumps(line)


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
