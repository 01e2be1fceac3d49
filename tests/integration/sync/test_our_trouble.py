"""Trouble of our own is no trouble of the connection."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from relink.items import encode
from relink.provider import Secret
from relink.reasons import Reason, Scope, Status
from tests.stumbling import refusal, stumble

if TYPE_CHECKING:
    from tests.integration.sync.conftest import Bench


def test_credentials_that_do_not_open_are_our_trouble(bench: Bench) -> None:
    """Law 2: orange with an alarm, never green in silence; the bank was not called."""
    for name in ("gone", "foreign", "of another version"):
        made = bench.add(connection_id=name)
        key = encode({"connection_id": name})
        bench.client.delete_item(TableName=bench.vault.table, Key=key)
        if name != "gone":
            version = made.credentials_version + (name != "foreign")
            other = replace(made, workspace_id="ws_2", credentials_version=version)
            put: Any = bench.vault.put(other, Secret(b"another's"))["Put"]
            bench.client.put_item(**put)

    assert bench.sync(1, "gone", "foreign", "of another version") == []
    for name in ("gone", "foreign", "of another version"):
        now = bench.now(name)
        assert (now.status, now.reason) == (Status.ORANGE, Reason.INTERNAL)
        assert (now.scope, now.lease, now.calls) == (Scope.OPERATOR, "", (0, 0, 0, 0))
    assert bench.provider.calls == []


def test_an_answer_that_our_store_cannot_hold_is_our_trouble(bench: Bench) -> None:
    """What DynamoDB refuses for good is no reason to come again, and never stays green."""
    bench.add()
    stumble(bench.client, "put_item", refusal("ValidationException"))

    assert bench.sync(1) == []
    assert (bench.now().status, bench.now().reason) == (Status.ORANGE, Reason.INTERNAL)


def test_trouble_with_aws_is_no_trouble_of_the_connection(bench: Bench) -> None:
    """The message comes back, the lease lapses, and the colour is what it was."""
    bench.add()
    stumble(bench.client, "put_item", refusal("ThrottlingException"))

    assert bench.sync(1) == ["m0"]
    assert bench.now().status is Status.GREEN
    bench.clock.advance(720)
    assert bench.sync(1, run="again") == []
    assert bench.now().last_success_at == bench.clock()


def test_an_adapter_that_does_not_load_is_our_trouble(bench: Bench) -> None:
    """A deployment without an adapter turns its connections orange, not silent."""

    def missing(name: str) -> Any:
        raise LookupError(name)

    bench.add()
    batch = bench.worker.batch
    syncer = replace(batch.syncer, provider=missing)
    bench.worker = replace(bench.worker, batch=replace(batch, syncer=syncer))

    assert bench.sync(1) == []
    assert (bench.now().reason, bench.now().calls) == (Reason.INTERNAL, (0, 0, 0, 0))
