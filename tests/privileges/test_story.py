"""The functions in the environment that the template gives them: their roles suffice for it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from infra.local.push.service import PushService
from infra.push_key import PushKey
from relink.connection import Bank, Method
from relink.owners import Owners, Profile
from relink.provider import Secret, SyncResult
from relink.queues import SyncMessage, to_body
from relink.reasons import Reason, Scope, Status
from relink.schedule import SLOTS, minute_of, next_run
from relink.subscriptions import Subscription, Subscriptions
from sync.credentials.vault import Vault
from tests.fakes import NOON, FakeProvider, account, connection
from tests.privileges.house import House, house

if TYPE_CHECKING:
    from collections.abc import Iterator

    from relink.connection import Connection

PAIR = PushKey.new()
BANK = Bank("ria", "Banco de la Ría", "ES", "simplefin", Method.TOKEN)


@pytest.fixture
def service() -> Iterator[PushService]:
    """Return a push service."""
    made = PushService(lambda: NOON)
    yield made
    made.close()


@pytest.fixture
def stack(aws: None, monkeypatch: pytest.MonkeyPatch, service: PushService) -> Iterator[House]:
    """Return the stack, with a bank that answers with one account."""
    del aws
    pushing = {"VapidPublicKey": PAIR.public, "VapidPrivateKey": PAIR.private}
    provider = FakeProvider()
    provider.syncs.append(SyncResult(accounts=(account(),), next_cursor="c1"))
    monkeypatch.setattr("sync.worker.load", lambda *_: provider)
    with house(monkeypatch, NOON, PushServices=service.url, **pushing) as made:
        yield made


def stored(stack: House, **facts: Any) -> Connection:
    """Store a green connection with credentials."""
    well = connection(bank=BANK, **{"status": Status.GREEN, "reason": None, **facts})
    made = replace(well, slot=well.home_slot)
    stack.add(made)
    vault = Vault(
        boto3.client("dynamodb"),
        boto3.client("kms"),
        key_id=stack.name("VaultKey"),
        state_table=stack.name("StateTable"),
        table=stack.name("CredentialsTable"),
        time=stack.clock,
    )
    written: Any = [vault.put(made, Secret(b"the old password"))]
    boto3.client("dynamodb").transact_write_items(TransactItems=written)
    return made


def test_the_clock_makes_the_dispatcher_queue_what_is_due(stack: House) -> None:
    """With no more than its index, its watermark and one queue."""
    stack.clock.now = next_run(stored(stack).home_slot, NOON)
    stack.run("DispatchFunction", {})

    assert ["con_1"] == [json.loads(b)["connection_id"] for b in stack.bodies("SyncQueue")]


def test_a_message_makes_the_worker_sync_and_tell_the_bus(stack: House) -> None:
    """From the queue to the bank and into the tables; the host app hears of it."""
    stored(stack)
    body = to_body(SyncMessage("con_1", minute_of(NOON) // SLOTS))
    record = {"eventSource": "aws:sqs", "messageId": "m-1", "body": body}
    answer = stack.run("WorkerFunction", {"Records": [record]})

    assert {"batchItemFailures": []} == answer
    assert ["account#"] == [i["sk"][:8] for i in stack.items("LedgerTable") if "currency" in i]


def test_a_red_connection_makes_notify_mail_push_and_tell_the_bus(
    stack: House, service: PushService
) -> None:
    """Through the configuration set, from the one address, with the push key of the stack."""
    made = stored(stack)
    owners = Owners(boto3.client("dynamodb"), stack.name("OwnersTable"))
    reached = {"email": "own_1@example.com", "quiet_from": "00:00", "quiet_until": "00:00"}
    owners.change_profile(Profile(owner_id="own_1", workspace_id="ws_1"), reached)
    browser = service.subscribe(PAIR.public, "own_1")
    keys = {"endpoint": browser.endpoint, **browser.subscription()["keys"]}
    subscriptions = Subscriptions(boto3.client("dynamodb"), stack.name("OwnersTable"))
    subscriptions.save(
        Subscription(**{"owner_id": "own_1", "created_at": NOON, "key": PAIR.public, **keys})
    )
    incident: dict[str, Any] = {"since": NOON, "red_since": NOON, "scope": Scope.CONNECTION}
    red = replace(
        made, status=Status.RED, reason=Reason.CREDENTIALS_REJECTED, slot=None, **incident
    )
    stack.connections.save(made, red, expect=["status"])

    assert {"batchItemFailures": []} == stack.tell()
    stack.clock.advance(60)
    stack.deliver("NotifyFunction", "NoticeQueue")
    assert 1 == len(service.pushes())


def test_the_owners_list_is_read_with_the_stacks_own_environment(stack: House) -> None:
    """The HTTP function, as the template wires it."""
    stored(stack)
    claims = {"sub": "own_1", "workspace": "ws_1", "email": "own_1@example.com"}
    http = {"method": "GET", "path": "/connections", "sourceIp": "192.0.2.7"}
    event = {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": "/connections",
        "rawQueryString": "",
        "headers": {"accept": "application/json"},
        "requestContext": {
            "domainName": "api.example.com",
            "http": http,
            "requestId": "request",
            "stage": "$default",
            "authorizer": {"jwt": {"claims": claims}},
        },
        "isBase64Encoded": False,
    }
    answer = stack.run("ReconnectFunction", event)

    assert 200 == answer["statusCode"]
    assert ["con_1"] == [c["connection_id"] for c in json.loads(answer["body"])["connections"]]
