"""A connection's item: tolerant of its age, and written only as far as it has changed."""

from __future__ import annotations

from dataclasses import fields, replace

from relink.connection import Connection
from relink.failures import NeedsOwner, Temporary
from relink.items import encode
from relink.reasons import Reason, Scope, Status
from relink.repository import change, from_item, to_item
from relink.transitions import Synced, failed, synced
from tests.fakes import NOON, connection
from tests.unit.relink.stored_items import SICK, TROUBLES, UUID, loaded


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
