"""What an attempt owes its owner when AWS, the bank or another process gets in the way."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from relink.attempt import State
from relink.bank_accounts import Account, identity
from relink.failures import Temporary
from relink.items import encode
from relink.provider import Accepted, Ask, Field, Rejected, Secret, SyncResult
from relink.queues import AttemptMessage, to_body
from relink.reasons import Reason, Status
from sync.credentials.vault import ROTATED_AFTER
from tests.fakes import NOON, account
from tests.integration.sync.attempting import ACCEPTED, go_on, red, stored, submit
from tests.integration.sync.conftest import DEADLINE
from tests.integration.sync.in_between import answer, overtake, while_the_bank_thinks
from tests.stumbling import refusal, stumble, transaction_conflict

if TYPE_CHECKING:
    from tests.integration.sync.conftest import Bench

CODE = Ask((Field("code", "Code", "otp", transient=True),), "Enter the code", b"dialog")


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
    while_the_bank_thinks(bench, lambda: overtake(bench), ACCEPTED)
    record = {"messageId": "m", "body": to_body(AttemptMessage("att_1"))}

    assert bench.worker.handle([record], "run", DEADLINE) == []
    assert (bench.now().credentials_version, bench.now().status) == (1, Status.RED)


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


def test_accounts_that_share_an_identity_are_the_same_accounts(bench: Bench) -> None:
    """Two pockets of one IBAN: the login shows what we know, although not which is which."""

    def pocket(number: str) -> Account:
        return replace(account("Pocket", number), identities=(identity("iban", "ES00"),))

    bench.add(status=Status.RED, reason=Reason.CONSENT_EXPIRED, red_since=NOON)
    bench.ledger.store("con_1", SyncResult(accounts=(pocket("1"), pocket("2"))), NOON)
    submit(bench)
    bench.provider.logins.append(Accepted(Secret(b"new"), (pocket("8"), pocket("9"))))

    assert go_on(bench) is State.DONE


def test_answers_that_were_verified_are_in_no_item(bench: Bench) -> None:
    """Law 10: what was typed leaves the store before the bank is called."""
    red(bench)
    submit(bench)
    kept: list[object] = []
    while_the_bank_thinks(bench, lambda: kept.append(stored(bench).answers), ACCEPTED)
    go_on(bench)

    assert kept == [None]
    assert (stored(bench).answers, stored(bench).continuation) == (None, None)
