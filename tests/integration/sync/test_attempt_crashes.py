"""What an attempt owes its owner when AWS, the bank or another process gets in the way."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from relink.attempts import State
from relink.bank_accounts import Account, identity
from relink.failures import NeedsOwner, Temporary
from relink.items import encode
from relink.provider import Accepted, Ask, Field, Rejected, Secret, SyncResult, WaitForApp
from relink.queues import AttemptMessage, to_body
from relink.reasons import Reason, Status
from sync.progress import Busy
from sync.vault import ROTATED_AFTER
from tests.fakes import NOON, account
from tests.integration.sync.conftest import DEADLINE
from tests.integration.sync.test_attempts import ACCEPTED, go_on, red, stored, submit
from tests.stumbling import refusal, stumble, transaction_conflict

if TYPE_CHECKING:
    from collections.abc import Callable

    from relink.connection import Connection
    from relink.provider import Login, Outcome
    from tests.integration.sync.conftest import Bench

CODE = Ask((Field("code", "Code", "otp", transient=True),), "Enter the code", b"dialog")


def while_the_bank_thinks(bench: Bench, deed: Callable[[], object], outcome: Outcome) -> None:
    """Let something happen between the bank's being asked and its answer."""

    def authenticate(connection: Connection, login: Login, now: int) -> Outcome:
        del connection, login, now
        deed()
        return outcome

    bench.provider.authenticate = authenticate  # type: ignore[method-assign]


def answer(bench: Bench, code: str = "123456") -> None:
    """Store the owner's answer to a challenge, as the HTTP side does."""
    asking = stored(bench)
    sealed = bench.intake.seal({"code": code}, bench.now(), asking.attempt_id)
    bench.attempts.advance(asking, replace(asking, state=State.ANSWERED, answers=sealed))


def test_a_yes_of_the_bank_survives_a_form_that_arrives_with_it(bench: Bench) -> None:
    """A password that was accepted is not lost because another transaction was in the way."""
    red(bench)
    submit(bench)
    bench.provider.logins.append(ACCEPTED)
    stumble(bench.client, "transact_write_items", None, *[transaction_conflict()] * 2)

    assert go_on(bench) is State.DONE
    assert bench.now().status is Status.GREEN


def test_a_verdict_is_recorded_although_a_transaction_is_in_the_way(bench: Bench) -> None:
    """A rejection reaches the owner as such, not as an interruption minutes later."""
    red(bench)
    submit(bench)
    bench.provider.logins.append(Rejected({"": "no"}))
    stumble(bench.client, "transact_write_items", None, transaction_conflict())

    assert go_on(bench) is State.REJECTED


@pytest.mark.parametrize("auto_sync", [True, False])
def test_a_switch_turned_while_the_bank_thinks_is_what_counts(
    bench: Bench,
    auto_sync: bool,  # noqa: FBT001 - a parameter of pytest's
) -> None:
    """The schedule takes a reconnected connection up exactly if its owner wants it to."""
    red(bench, auto_sync=not auto_sync)
    submit(bench)

    def turn() -> None:
        bench.client.update_item(
            TableName=bench.connections.table,
            Key=encode({"connection_id": "con_1"}),
            UpdateExpression="SET auto_sync = :on REMOVE slot",
            ExpressionAttributeValues=encode({":on": auto_sync}),
        )

    while_the_bank_thinks(bench, turn, ACCEPTED)

    assert go_on(bench) is State.DONE
    now = bench.now()
    assert (now.status, now.auto_sync) == (Status.GREEN, auto_sync)
    assert now.slot == (now.home_slot if auto_sync else None)


def test_an_attempt_overtaken_while_the_bank_thinks_swaps_nothing(bench: Bench) -> None:
    """Who is no longer the live attempt does not replace credentials, whatever the bank says."""
    red(bench)
    submit(bench)

    def overtake() -> None:
        bench.client.update_item(
            TableName=bench.connections.table,
            Key=encode({"connection_id": "con_1"}),
            UpdateExpression="SET live_attempt = :other",
            ExpressionAttributeValues=encode({":other": "att_2"}),
        )

    while_the_bank_thinks(bench, overtake, ACCEPTED)
    record = {"messageId": "m", "body": to_body(AttemptMessage("att_1"))}

    assert bench.worker.handle([record], "run", DEADLINE) == []
    assert (bench.now().credentials_version, bench.now().status) == (1, Status.RED)


def test_a_red_first_sync_is_not_made_again_by_redelivery(bench: Bench) -> None:
    """Law 4: the bank that refused the new credentials is not asked again without the owner."""
    red(bench)
    submit(bench)
    bench.provider.logins.append(ACCEPTED)
    bench.provider.syncs.clear()
    bench.provider.syncs.append(NeedsOwner(Reason.CREDENTIALS_REJECTED))
    stumble(
        bench.client,
        "transact_write_items",
        None,
        None,
        None,
        refusal("InternalServerError"),
    )
    with pytest.raises(Exception, match="InternalServerError"):
        go_on(bench)
    bench.clock.advance(200)

    assert go_on(bench, run="again") is State.DONE
    assert len(bench.provider.calls) == 1
    assert (stored(bench).reason, bench.now().status) == ("credentials_rejected", Status.RED)


def test_a_settled_first_sync_is_not_made_again_by_redelivery(bench: Bench) -> None:
    """One call is enough: what it met is in the connection."""
    red(bench)
    submit(bench)
    bench.provider.logins.append(ACCEPTED)
    bench.provider.syncs.clear()
    bench.provider.syncs.append(Temporary(Reason.BANK_UNAVAILABLE))
    stumble(
        bench.client,
        "transact_write_items",
        None,
        None,
        refusal("InternalServerError"),
    )
    with pytest.raises(Exception, match="InternalServerError"):
        go_on(bench)

    assert go_on(bench, run="again") is State.DONE
    assert len(bench.provider.calls) == 1
    assert stored(bench).reason == "bank_unavailable"


def test_a_try_that_the_bank_has_seen_is_not_given_back_later(bench: Bench) -> None:
    """The password was tried; that its code did not get through makes it no less a try."""
    red(bench)
    submit(bench)
    bench.provider.logins += [CODE, Temporary(Reason.NOT_REACHED, reached=False)]
    go_on(bench)
    answer(bench)

    assert go_on(bench) is State.UNAVAILABLE
    assert bench.now().tries_left(bench.clock()) == 2


def test_old_credentials_that_do_not_open_do_not_bar_the_way_to_new_ones(bench: Bench) -> None:
    """The cure for unreadable credentials is to enter them again."""
    red(bench)
    put: Any = bench.vault.put(replace(bench.now(), workspace_id="ws_2"), Secret(b"x"))["Put"]
    bench.client.put_item(**put)
    submit(bench)
    bench.provider.logins.append(ACCEPTED)

    assert go_on(bench) is State.DONE
    assert bench.provider.seen[0].secret is None


def test_answers_are_not_spent_before_everything_else_is_at_hand(bench: Bench) -> None:
    """AWS trouble before the bank was called costs the owner nothing: the message goes on."""
    red(bench)
    submit(bench)
    bench.provider.logins.append(ACCEPTED)
    working = bench.client.get_item

    def no_credentials(**arguments: Any) -> Any:
        if arguments["TableName"] == bench.vault.table:
            raise refusal("ThrottlingException")
        return working(**arguments)

    bench.client.get_item = no_credentials  # type: ignore[method-assign]
    with pytest.raises(Exception, match="ThrottlingException"):
        go_on(bench)
    bench.client.get_item = working  # type: ignore[method-assign]

    assert go_on(bench) is State.DONE


def test_what_the_bank_gives_is_sealed_without_asking_kms_first(bench: Bench) -> None:
    """The key is at hand before the bank is called: its yes is not lost to an outage of KMS."""
    red(bench)
    bench.clock.advance(ROTATED_AFTER)
    submit(bench)

    def kms_is_gone() -> None:
        stumble(bench.vault._kms, "decrypt", *[refusal("KMSInternalException")] * 5)

    while_the_bank_thinks(bench, kms_is_gone, ACCEPTED)

    assert go_on(bench) is State.DONE
    assert bench.now().credentials_version == 2


def test_an_adapter_that_does_not_load_ends_the_attempt_at_once(bench: Bench) -> None:
    """The owner is told that it is our trouble, and his try is given back: no bank was called."""
    red(bench)
    submit(bench)

    def missing(name: str) -> Any:
        raise LookupError(name)

    verifier = bench.worker.verifier
    syncer = replace(verifier.syncer, provider=missing)
    bench.worker = replace(bench.worker, verifier=replace(verifier, syncer=syncer))

    assert go_on(bench) is State.UNAVAILABLE
    assert (stored(bench).reason, bench.now().tries_left(NOON)) == ("internal", 3)


def test_an_adapter_whose_keys_cannot_be_read_now_is_waited_for(bench: Bench) -> None:
    """Passing trouble with AWS before the bank is called ends nothing."""
    red(bench)
    submit(bench)
    bench.provider.logins.append(ACCEPTED)
    answers: list[Any] = [refusal("ThrottlingException"), bench.provider, bench.provider]

    def load(_: str) -> Any:
        found = answers.pop(0)
        if isinstance(found, Exception):
            raise found
        return found

    verifier = bench.worker.verifier
    syncer = replace(verifier.syncer, provider=load)
    bench.worker = replace(bench.worker, verifier=replace(verifier, syncer=syncer))
    with pytest.raises(Exception, match="ThrottlingException"):
        go_on(bench)

    assert go_on(bench) is State.DONE


def test_a_first_sync_that_time_does_not_allow_is_made_by_the_next_run(bench: Bench) -> None:
    """A bank that took its time to say yes is not called without any time left."""
    red(bench)
    submit(bench)
    while_the_bank_thinks(bench, lambda: bench.clock.advance(110), ACCEPTED)
    verifier = bench.worker.verifier

    assert verifier.go_on("att_1", "run", NOON + 110) is State.ACCEPTED
    assert (bench.provider.calls, bench.queued(bench.attempt_queue_url)) == ([], 1)
    assert go_on(bench, run="next") is State.DONE


def test_a_bank_that_asks_for_long_patience_is_polled_as_late_as_the_queue_can(
    bench: Bench,
) -> None:
    """SQS waits fifteen minutes at most; a longer wish does not break the attempt."""
    red(bench)
    submit(bench)
    bench.provider.logins.append(WaitForApp("Open your app", 3600, b"dialog"))

    assert go_on(bench) is State.WAITING
    assert bench.queued(bench.attempt_queue_url) == 1


def test_a_second_message_does_not_double_the_questions_to_the_bank(bench: Bench) -> None:
    """A message handed over twice is one chain of looks, not two."""
    red(bench)
    submit(bench)
    wait = WaitForApp("Open your app", 30, b"dialog")
    bench.provider.logins += [wait, wait, ACCEPTED]
    go_on(bench)

    assert [go_on(bench) for _ in range(3)] == [State.WAITING] * 3
    assert (len(bench.provider.seen), bench.queued(bench.attempt_queue_url)) == (1, 1)
    bench.clock.advance(30)
    assert go_on(bench) is State.WAITING
    assert len(bench.provider.seen) == 2


def test_accounts_that_share_an_identity_are_the_same_accounts(bench: Bench) -> None:
    """Two pockets of one IBAN: the login shows what we know, although not which is which."""

    def pocket(number: str) -> Account:
        return replace(account("Pocket", number), identities=(identity("iban", "ES00"),))

    bench.add(status=Status.RED, reason=Reason.CONSENT_EXPIRED, red_since=NOON)
    bench.ledger.store("con_1", SyncResult(accounts=(pocket("1"), pocket("2"))), NOON)
    submit(bench)
    bench.provider.logins.append(Accepted(Secret(b"new"), (pocket("8"), pocket("9"))))

    assert go_on(bench) is State.DONE


def test_a_pending_message_of_a_live_attempt_comes_again(bench: Bench) -> None:
    """While another run verifies, the message waits its turn."""
    red(bench)
    submit(bench)
    seen: list[object] = []

    def deed() -> None:
        with pytest.raises(Busy):
            go_on(bench, run="second")
        seen.append(None)

    while_the_bank_thinks(bench, deed, ACCEPTED)

    assert go_on(bench) is State.DONE
    assert len(seen) == 1


def test_answers_that_were_verified_are_in_no_item(bench: Bench) -> None:
    """Law 10: what was typed leaves the store before the bank is called."""
    red(bench)
    submit(bench)
    kept: list[object] = []
    while_the_bank_thinks(bench, lambda: kept.append(stored(bench).answers), ACCEPTED)
    go_on(bench)

    assert kept == [None]
    assert (stored(bench).answers, stored(bench).continuation) == (None, None)
