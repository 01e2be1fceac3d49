"""A connection's item: small, tolerant of its age, and written only as far as it has changed."""

from __future__ import annotations

from collections import deque
from dataclasses import fields, replace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from relink import backoff
from relink.backoff import TRIES
from relink.connection import Bank, Connection, Method
from relink.failures import NeedsOwner, Temporary
from relink.items import encode
from relink.reasons import Reason, Scope, Status
from relink.repository import Conflict, change, from_item, raise_conflict, to_item, transact
from relink.schedule import slot_of
from relink.transitions import Synced, failed, synced
from tests.fakes import NOON, connection
from tests.stumbling import refusal, transaction_conflict

UUID = "0191f0a3-7c1e-7cc2-9d0f-3a52f4a1b6c7"
KILOBYTE = 1024
SICK = "acc_" + "2" * 20
TROUBLES = {"acc_" + "1" * 20: "account_unavailable", SICK: "access_not_granted"}


def size(value: Any) -> int:
    """Return the bytes of a typed value, by the rules of the DynamoDB developer guide.

    A text counts its UTF-8, a number about half a byte a digit and one more, a list or map three
    and one for each entry.
    """
    ((kind, content),) = value.items()
    match kind:
        case "S":
            return len(str(content).encode())
        case "N":
            text = str(content)
            digits = text.lstrip("-").replace(".", "").strip("0")
            return (len(digits) + 1) // 2 + 1 + text.startswith("-")
        case "L":
            return 3 + sum(1 + size(v) for v in content)
        case "M":
            return 3 + sum(1 + len(k.encode()) + size(v) for k, v in content.items())
        case "BOOL":
            return 1
        case _:
            raise AssertionError(kind)


def item_size(made: Connection) -> int:
    """Return the size of a connection's item: its attributes' names and values."""
    return sum(len(name.encode()) + size(value) for name, value in to_item(made).items())


def loaded(**facts: Any) -> Connection:
    """Return a connection with a value in every attribute that can have one at the same time."""
    return connection(
        connection_id="con_" + "a" * 20,
        workspace_id=UUID,
        owner_id=UUID,
        bank=Bank(
            UUID,
            "Sparkasse Kölner Umland und Bergisches Land",
            "DE",
            "powens",
            Method.CONSENT,
        ),
        slot=slot_of(UUID),
        last_cycle=81_817,
        since=NOON + 1,
        last_success_at=NOON + 11,
        last_attempt_at=NOON + 21,
        calls=(NOON + 4, NOON + 3, NOON + 2, NOON + 1),
        tries=(NOON + 3, NOON + 2, NOON + 1),
        rate_limited_until=NOON + 7,
        consent_expires_at=NOON + 7_777_777,
        notice_day="2026-03-18",
        credentials_version=12,
        accepted_at=NOON + 3,
        rotation=345,
        provider_ref="r" * 12,
        login="e" * 12,
        lease=f"{UUID[-12:]}.49",
        lease_until=NOON + 181,
        live_attempt="att_" + "f" * 32,
        live_until=NOON + 601,
        retired=True,
        runs=2,
        untold=True,
        digest="d" * 24,
        **facts,
    )


def test_the_worst_red_item_costs_one_write_unit() -> None:
    """The bank's longest words, in letters of more bytes than one: still one kilobyte."""
    words = "Bitte bestätigen Sie die Geschäftsbedingungen übermäßig ausführlich. " * 3
    error = NeedsOwner(
        Reason.CREDENTIALS_REJECTED,
        provider_code="ASPSP_" + "UNAUTHORIZED_" * 20,
        provider_text=words[:200],
    )
    troubled = {f"acc_{n:020}": "account_unavailable" for n in range(40)}
    red = replace(
        failed(loaded(troubles=troubled), error, NOON + 5, counted=True),
        lease=f"{UUID[-12:]}.49",
        lease_until=NOON + 181,
    )

    assert item_size(red) <= KILOBYTE
    assert red.provider_text.startswith("Bitte bestätigen Sie")


def test_a_green_item_with_some_accounts_in_trouble_costs_one_write_unit() -> None:
    """A handful of accounts in trouble is what a bank has at its worst."""
    troubles = {f"acc_{n:020}": "account_unavailable" for n in range(5)}
    green = synced(loaded(), Synced("d" * 24, troubles=troubles), NOON + 5)

    assert item_size(replace(green, lease=f"{UUID[-12:]}.49", lease_until=NOON)) <= KILOBYTE


def test_a_quiet_item_is_far_below_that() -> None:
    """The rule: green, nothing under way."""
    quiet = synced(connection(), Synced("d" * 24), NOON)

    assert item_size(quiet) < 512


def test_a_banks_code_without_end_still_fits_an_item() -> None:
    """What a bank sends is cut, between letters, before it is stored."""
    error = NeedsOwner(
        Reason.ACTION_AT_BANK,
        provider_code="漢" * 500_000,
        provider_text="\ud800" + "é" * 500_000,
    )
    red = failed(connection(), error, NOON, counted=True)

    assert item_size(red) <= KILOBYTE
    assert set(red.provider_code) == {"漢"}
    assert from_item(to_item(red)) == red


def test_the_worst_orange_item_costs_one_write_unit() -> None:
    """An outage, its words, and an account whose own incident goes on."""
    error = Temporary(
        Reason.PROVIDER_UNAVAILABLE,
        provider_code="X" * 99,
        provider_text="y" * 200,
        scope=Scope.CONNECTION,
    )
    sick = synced(loaded(), Synced("d" * 24, troubles=TROUBLES), NOON + 5)
    orange = replace(
        failed(sick, error, NOON + 6, counted=True),
        tries=loaded().tries,
        rate_limited_until=NOON + 7,
        lease=f"{UUID[-12:]}.49",
        lease_until=NOON + 187,
    )

    assert item_size(orange) <= KILOBYTE


def test_an_outage_does_not_end_an_accounts_incident() -> None:
    """Law 9: the same trouble before and after is one incident, told once."""
    sick = synced(connection(), Synced("d", troubles=TROUBLES), NOON)
    ill = failed(sick, Temporary(Reason.BANK_UNAVAILABLE), NOON + 60, counted=False)
    again = synced(ill, Synced("e", troubles=TROUBLES), NOON + 120)

    assert (sick.incident_since, ill.incident_since, again.incident_since) == (NOON, NOON, NOON)
    assert dict(ill.troubles) == {SICK: "access_not_granted"}


def test_an_incident_of_the_connection_takes_the_place_of_its_accounts() -> None:
    """They are all in trouble together then; a success tells them anew."""
    sick = synced(connection(), Synced("d", troubles=TROUBLES), NOON)
    ill = failed(sick, NeedsOwner(Reason.CONSENT_EXPIRED), NOON + 60, counted=False)

    assert (ill.incident_since, dict(ill.troubles)) == (NOON + 60, {})


def test_an_item_of_a_later_version_can_be_read() -> None:
    """Attributes that this version does not know are left alone."""
    item = to_item(connection()) | encode({"of_tomorrow": {"a": [1]}})

    assert from_item(item) == connection()


def test_an_item_of_an_earlier_version_can_be_read() -> None:
    """What it lacks takes its default; only what has none must be there."""
    needed = {
        *("connection_id", "workspace_id", "owner_id", "created_at", "since", "status"),
        *("bank_id", "bank_name", "bank_country", "provider", "method"),
    }
    old = {k: v for k, v in to_item(loaded()).items() if k in needed}
    read = from_item(old)

    assert (read.status, read.calls, read.auto_sync) == (Status.ORANGE, (0, 0, 0, 0), True)


def test_a_change_names_only_what_differs() -> None:
    """What others write meanwhile survives; what is empty leaves the item."""
    before = loaded(status=Status.ORANGE, reason=Reason.BANK_UNAVAILABLE, scope=Scope.PROVIDER)
    after = synced(before, Synced("d" * 24), NOON + 99)
    written = change(before, after, expect=("lease", "status"))

    assert set(written.values) == {"status", "since", "last_success_at"}
    assert set(written.removed) == {
        *("reason", "scope", "lease", "lease_until", "rate_limited_until", "accepted_at"),
        "runs",
    }
    assert dict(written.expected) == {"lease": f"{UUID[-12:]}.49", "status": "orange"}


def test_a_change_is_an_update_that_dynamodb_takes() -> None:
    """Every name and value that is declared is used, and nothing is undeclared."""
    before = loaded()
    update = change(before, replace(before, lease="", digest="x"), expect=("lease", "red_since"))
    arguments = update.arguments("T")
    text = arguments["UpdateExpression"] + arguments["ConditionExpression"]

    assert "attribute_exists(connection_id)" in text
    assert "attribute_not_exists(#red_since)" in text
    for kind in ("Names", "Values"):
        for name in arguments[f"ExpressionAttribute{kind}"]:
            assert f"{name} " in f"{text} ".replace(",", " ").replace(")", " ")


def test_a_change_that_only_removes_declares_no_values() -> None:
    """DynamoDB refuses an empty map of values."""
    before = connection(digest="x")
    arguments = change(before, replace(before, digest=""), expect=()).arguments("T")

    assert arguments["UpdateExpression"] == "REMOVE #digest"
    assert "ExpressionAttributeValues" not in arguments


def test_every_field_of_a_connection_is_stored() -> None:
    """A field that somebody adds and forgets here would vanish with the next read."""
    full = loaded(
        status=Status.RED,
        reason=Reason.CONSENT_EXPIRED,
        scope=Scope.CONNECTION,
        provider_code="c",
        provider_text="t",
        red_since=NOON,
        troubles={"a": "b"},
        accounts_red_since=NOON,
        auto_sync=False,
        disconnected_at=NOON,
        ending="keep",
        spread=True,
    )
    stored = to_item(full).keys()

    assert {f.name for f in fields(Connection)} - {"bank"} <= stored
    assert from_item(to_item(full)) == full


@pytest.mark.parametrize(
    "error",
    [
        refusal("ConditionalCheckFailedException"),
        refusal("TransactionConflictException"),
        transaction_conflict("ConditionalCheckFailed", "None"),
        transaction_conflict("None", "TransactionConflict"),
    ],
)
def test_who_was_overtaken_decides_anew(error: ClientError) -> None:
    """A failed condition and a transaction under way are outcomes, not faults."""
    with pytest.raises(Conflict):
        raise_conflict(error)


@pytest.mark.parametrize(
    "error",
    [refusal("ThrottlingException"), transaction_conflict("ThrottlingError", "None")],
)
def test_what_is_no_conflict_stays_what_it_is(error: ClientError) -> None:
    """AWS's trouble is not the connection's."""
    with pytest.raises(ClientError):
        raise_conflict(error)


class FakeTable:
    """A client that answers transactions as it is told."""

    def __init__(self, *answers: ClientError | None) -> None:
        self.answers = deque(answers)
        self.calls = 0

    def transact_write_items(self, **arguments: Any) -> None:
        """Play the next answer."""
        assert arguments["TransactItems"]
        self.calls += 1
        answer = self.answers.popleft()
        if answer is not None:
            raise answer


def play(*answers: ClientError | None) -> FakeTable:
    """Make a transaction that is answered like this."""
    table = FakeTable(*answers)
    transact(table, [{"Put": {}}])  # type: ignore[arg-type]
    return table


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let pauses take no time."""
    monkeypatch.setattr(backoff, "FIRST", 0)


@pytest.mark.parametrize(
    "reason",
    ["TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"],
)
def test_a_transaction_that_was_in_the_way_of_another_is_made_again(reason: str) -> None:
    """What is to be stored may have been given only once."""
    assert play(*[transaction_conflict("None", reason)] * 3, None).calls == 4


def test_a_transaction_that_was_throttled_as_a_whole_is_made_again() -> None:
    """A mail that SES has taken must be written down: it would go out twice."""
    busy = [refusal("ThrottlingException"), refusal("ProvisionedThroughputExceededException")]
    assert play(*busy, None).calls == 3


def test_a_failed_condition_is_told_at_once() -> None:
    """Trying again would not make it true; nor if another item met a conflict."""
    for reasons in (("ConditionalCheckFailed",), ("ConditionalCheckFailed", "TransactionConflict")):
        table = FakeTable(transaction_conflict(*reasons))
        with pytest.raises(Conflict):
            transact(table, [{}])  # type: ignore[arg-type]
        assert table.calls == 1


def test_a_transaction_is_not_tried_for_ever() -> None:
    """After seven tries it is what it was at last."""
    with pytest.raises(Conflict):
        play(*[transaction_conflict()] * TRIES)
    with pytest.raises(ClientError):
        play(*[transaction_conflict("ThrottlingError")] * TRIES)


def test_another_error_is_told_at_once() -> None:
    """What is no matter of moments is not tried again here."""
    with pytest.raises(ClientError):
        play(refusal("AccessDeniedException"))
    with pytest.raises(ClientError):
        play(transaction_conflict("ValidationError"))
