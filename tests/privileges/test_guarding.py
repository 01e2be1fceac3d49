"""The guard over AWS calls: it sees whose call it is, and lets nothing pass that a role may not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import boto3
import pytest

from relink.queues import SyncMessage, to_body
from tests.fakes import NOON
from tests.privileges.deployed import Deployed, deployed
from tests.privileges.guarding import Denied
from tests.privileges.house import House, house
from tests.privileges.recording import Use, chosen

if TYPE_CHECKING:
    from collections.abc import Iterator

A, B, C = (Use("WorkerRole", action, "x") for action in ("a:A", "b:B", "c:C"))


@pytest.fixture
def stack(aws: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    """Return the stack."""
    del aws
    with house(monkeypatch, NOON) as made:
        yield made


def test_a_call_that_a_role_does_not_allow_ends_the_test(
    stack: House, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    """The permission that a function lost is named, and no `except` of ours hides it."""
    monkeypatch.setattr(Deployed, "allows", lambda *_, **__: False)
    body = to_body(SyncMessage("con_1", 1))
    event = {"Records": [{"eventSource": "aws:sqs", "messageId": "m-1", "body": body}]}
    with pytest.raises(Denied, match=r"WorkerRole .*dynamodb:GetItem"):
        stack.run("WorkerFunction", event)
    request.getfixturevalue("roles_suffice").denied.clear()


def test_what_a_test_does_itself_is_its_own_business(
    stack: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Benches arrange what no function may."""
    monkeypatch.setattr(Deployed, "allows", lambda *_, **__: False)
    boto3.client("dynamodb").scan(TableName=stack.name("CredentialsTable"))
    assert None is stack.connections.get("con_1")


def test_former_witnesses_stay_and_new_uses_get_the_most_versatile() -> None:
    """So that a recording differs from the last one only where something has changed."""
    runs = [
        {"test": "few", "uses": [A.as_json()]},
        {"test": "many", "uses": [A.as_json(), B.as_json(), C.as_json()]},
        {"test": "some", "uses": [B.as_json(), C.as_json()]},
    ]

    assert {A: "many", B: "many", C: "many"} == chosen(runs, {})
    assert {A: "few", B: "many", C: "some"} == chosen(runs, {A: "few", B: "gone", C: "some"})


def test_names_of_all_kinds_lead_to_the_template() -> None:
    """Addresses of queues, ARNs of secrets, what a bench calls its own."""
    known = {
        "https://sqs.eu-west-1.amazonaws.com/123456789012/relink-SyncQueue": "SyncQueue",
        "arn:aws:secretsmanager:eu-west-1:1:secret:relink-LinkKeySecret-AbCdEf": "LinkKeySecret",
        "relink-StateTable": "StateTable",
        "attempts": "AttemptQueue",
    }

    assert known == {name: deployed().logical_id(name) for name in known}
