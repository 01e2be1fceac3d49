"""A bank that renews a token while it is used: the new one is kept before it is used."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from relink.failures import NeedsOwner, Temporary
from relink.items import encode
from relink.provider import Secret, SyncResult
from relink.reasons import Reason, Status
from tests.fakes import account
from tests.stumbling import refusal, stumble, transaction_conflict

if TYPE_CHECKING:
    from relink.connection import Connection
    from relink.provider import Call
    from tests.integration.sync.conftest import Bench

CALM = SyncResult(accounts=(account(),), next_cursor="c1")


class Killed(BaseException):
    """The process ends here, as if its power were cut."""


class RotatingBank:
    """A bank that takes each token once and gives the next with its answer."""

    def __init__(self, bench: Bench) -> None:
        self.token = b"the old password"
        self.seen: list[bytes] = []
        self.after_keep: BaseException | None = None
        self.before_keep: BaseException | None = None
        bench.provider.sync = self.sync  # type: ignore[method-assign]

    def sync(self, connection: Connection, call: Call) -> SyncResult:
        """Take the present token, renew it, answer."""
        del connection
        self.seen.append(call.secret.reveal())
        if call.secret.reveal() != self.token:
            raise NeedsOwner(Reason.CREDENTIALS_REJECTED)
        if self.before_keep:
            raise self.before_keep
        self.token = b"token %d" % len(self.seen)
        call.keep(Secret(self.token))
        if self.after_keep:
            raise self.after_keep
        return CALM


def opened(bench: Bench) -> bytes:
    """Return the stored credentials in clear."""
    now = bench.now()
    stored = bench.vault.read(now)
    assert stored is not None
    assert stored.current(now)
    return bench.vault.open(now, stored.box).reveal()


def test_each_renewed_token_is_what_the_next_sync_brings(bench: Bench) -> None:
    """The connection's version stays, its rotation counts on."""
    bench.add()
    bank = RotatingBank(bench)
    for cycle in (1, 2, 3):
        bench.sync(cycle)
        bench.clock.advance(6 * 3600)

    assert bank.seen == [b"the old password", b"token 1", b"token 2"]
    assert (bench.now().status, bench.now().credentials_version) == (Status.GREEN, 1)
    assert (bench.now().rotation, opened(bench)) == (3, b"token 3")


def test_the_next_page_is_asked_for_with_the_new_token(bench: Bench) -> None:
    """A token renewed on one page is the one that opens the next."""
    bench.add()
    bank = RotatingBank(bench)
    first = SyncResult(accounts=(account(),), next_cursor="c0", has_more=True)
    answers = [first, CALM]

    def sync(connection: Connection, call: Call) -> SyncResult:
        bank.sync(connection, call)
        return answers.pop(0)

    bench.provider.sync = sync  # type: ignore[method-assign]
    bench.sync(1)

    assert bank.seen == [b"the old password", b"token 1"]
    assert (bench.now().status, opened(bench)) == (Status.GREEN, b"token 2")


def test_a_crash_after_the_new_token_was_kept_loses_nothing(bench: Bench) -> None:
    """The redelivered message goes on with the token that was kept."""
    bench.add()
    bank = RotatingBank(bench)
    bank.after_keep = Killed()
    with pytest.raises(Killed):
        bench.sync(1, run="killed")
    bank.after_keep = None
    bench.clock.advance(720)
    bench.sync(1)

    assert bank.seen == [b"the old password", b"token 1"]
    assert bench.now().status is Status.GREEN


def test_a_crash_before_the_bank_renewed_leaves_the_old_token(bench: Bench) -> None:
    """Nothing was given, nothing was kept: the old token is tried again."""
    bench.add()
    bank = RotatingBank(bench)
    bank.before_keep = Killed()
    with pytest.raises(Killed):
        bench.sync(1, run="killed")
    bank.before_keep = None
    bench.clock.advance(720)
    bench.sync(1)

    assert bank.seen == [b"the old password"] * 2
    assert bench.now().status is Status.GREEN


def test_a_failure_after_the_rotation_settles_with_the_new_token(bench: Bench) -> None:
    """The token is not rolled back by what goes wrong after it; the bank was reached."""
    bench.add()
    bank = RotatingBank(bench)
    bank.after_keep = Temporary(Reason.NOT_REACHED, reached=False)
    bench.sync(1)

    now = bench.now()
    assert (now.status, now.rotation, now.lease) == (Status.ORANGE, now.rotation, "")
    assert now.calls[0] == bench.clock()
    assert opened(bench) == bank.token


def test_a_token_is_kept_although_a_form_arrives_at_the_same_moment(bench: Bench) -> None:
    """What the bank gives once is stored, though another transaction is in the way."""
    bench.add()
    bank = RotatingBank(bench)
    stumble(bench.client, "transact_write_items", *[transaction_conflict()] * 2)
    bench.sync(1)

    assert (bench.now().status, opened(bench)) == (Status.GREEN, bank.token)


def test_a_run_that_lost_its_lease_keeps_no_token(bench: Bench) -> None:
    """Two runs would overwrite each other's tokens: the one without the lease stops."""
    bench.add()
    bank = RotatingBank(bench)
    real = bank.sync

    def overtaken(connection: Connection, call: Call) -> SyncResult:
        bench.client.update_item(
            TableName=bench.connections.table,
            Key=encode({"connection_id": "con_1"}),
            UpdateExpression="SET lease = :other",
            ExpressionAttributeValues=encode({":other": "other"}),
        )
        return real(connection, call)

    bench.provider.sync = overtaken  # type: ignore[method-assign]

    assert bench.sync(1) == []
    assert (bench.now().rotation, opened(bench)) == (0, b"the old password")


def test_a_vault_that_is_out_of_reach_sends_the_message_back(bench: Bench) -> None:
    """AWS trouble while keeping is no verdict on the connection."""
    bench.add()
    RotatingBank(bench)
    stumble(bench.client, "transact_write_items", refusal("InternalServerError"))

    assert bench.sync(1) == ["m0"]
    assert bench.now().status is Status.GREEN


def test_credentials_read_before_a_rotation_are_read_again(bench: Bench) -> None:
    """The batch's read may be a moment old: what the claim saw decides."""
    made = bench.add()
    RotatingBank(bench)
    bench.sync(1)
    bench.clock.advance(6 * 3600)
    stale = bench.client.get_item(
        TableName=bench.vault.table,
        Key=encode({"connection_id": made.connection_id}),
    )["Item"]
    bench.sync(2)
    bench.clock.advance(6 * 3600)
    old = {"Responses": {bench.vault.table: [stale]}, "UnprocessedKeys": {}}
    stumble(bench.client, "batch_get_item", lambda *_: old)
    bench.sync(3)

    assert (bench.now().status, bench.now().rotation) == (Status.GREEN, 3)
