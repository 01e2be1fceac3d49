"""The owner's API: his workspace's objects and no others, and an answer to every bad request."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from relink.bank_accounts import Account, identity
from relink.clock import DAY
from relink.ledger import Ledger
from relink.links import read
from relink.provider import SyncResult
from relink.reasons import Reason, Status
from relink.schedule import SLOTS, minute_of
from tests.fakes import NOON
from tests.integration.reconnect.bench import CLAIMS, PUBLIC_URL, Bench

FOREIGN = {"sub": "own_2", "workspace": "ws_2"}
COLLEAGUE = {"sub": "own_3", "workspace": "ws_1"}
IN_FIVE_MINUTES = (minute_of(NOON) + 5) % SLOTS
BANK = {
    "bank_id": "ria",
    "name": "Banco de la Ría",
    "country": "ES",
    "provider": "simplefin",
    "method": "token",
}


def test_a_connection_is_shown_with_all_that_its_owner_needs(bench: Bench) -> None:
    """Colour, reason with text and instruction, last and next sync, accounts with balances."""
    ledger = Ledger(bench.services._dynamodb, "LedgerTable")
    account = Account("1", (identity("iban", "ES1"),), "Current", "EUR", Decimal("1234.56"))
    ids = ledger.store("con_1", SyncResult((account,)), NOON)
    bench.add(
        status=Status.ORANGE,
        reason=Reason.BANK_UNAVAILABLE,
        red_since=None,
        provider_text="Wartung",
        slot=IN_FIVE_MINUTES,
        troubles={ids["1"]: "account_unavailable"},
    )

    [shown] = bench.api("GET", "/connections").json["connections"]

    assert BANK == shown["bank"]
    assert ("orange", "2025-12-31T12:00:00Z") == (shown["status"], shown["since"])
    assert {
        "code": "bank_unavailable",
        "status": "orange",
        "text": "The bank is not answering at the moment.",
        "instruction": "There is nothing to do: we try again automatically.",
        "bank_text": "Wartung",
    } == shown["reason"]
    assert "2025-11-04T15:06:40Z" == shown["last_success_at"]
    assert "2026-01-01T12:05:00Z" == shown["next_sync_at"]
    [current] = shown["accounts"]
    assert ("Current", "1234.56", "EUR") == (
        current["name"],
        current["balance"],
        current["currency"],
    )
    assert "account_unavailable" == current["trouble"]["code"]
    assert shown == bench.api("GET", "/connections/con_1").json


def test_texts_come_in_the_callers_language(bench: Bench) -> None:
    """His profile decides."""
    bench.add()
    bench.profile(language="es")

    [shown] = bench.api("GET", "/connections").json["connections"]

    assert shown["reason"]["text"].startswith("El banco ya no acepta")


def test_red_has_no_next_sync(bench: Bench) -> None:
    """No bank is called for a red connection."""
    bench.add()

    assert bench.api("GET", "/connections/con_1").json["next_sync_at"] is None


def test_what_waits_for_too_long_says_so_in_a_line(bench: Bench) -> None:
    """With its last success and its next try; it is never mailed, and red says more."""
    bench.profile(time_zone="Europe/Madrid")
    waiting = {"status": Status.ORANGE, "reason": Reason.BANK_UNAVAILABLE, "red_since": None}
    bench.add(**waiting, slot=IN_FIVE_MINUTES, last_success_at=NOON - 2 * DAY)
    assert bench.api("GET", "/connections/con_1").json["notice"] is None

    bench.clock.advance(60)
    told = bench.api("GET", "/connections/con_1").json

    last = "Last successful sync: 30 December 2025, 13:00 CET."
    assert f"{last} Next try: 1 January 2026, 13:05 CET." == told["notice"]
    assert told["stale"] is True
    bench.change(last_success_at=None, created_at=NOON - 3 * DAY)
    told = bench.api("GET", "/connections/con_1").json
    assert told["notice"].startswith("No successful sync yet. Next try: ")
    bench.change(status=Status.RED, reason=Reason.CONSENT_EXPIRED, red_since=NOON, slot=None)
    assert bench.api("GET", "/connections/con_1").json["notice"] is None


def test_a_stranger_sees_nothing(bench: Bench) -> None:
    """What belongs to another workspace is not there, whatever is done to it."""
    bench.add()

    assert [] == bench.api("GET", "/connections", claims=FOREIGN).json["connections"]
    for method, path in [
        ("GET", "/connections/con_1"),
        ("POST", "/connections/con_1/reconnect"),
        ("GET", "/connections/con_unknown"),
        ("GET", "/connections/" + "x" * 3000),
    ]:
        answer = bench.api(method, path, claims=FOREIGN)
        assert (404, "urn:relink:problem:not-found") == (answer.status, answer.json["type"])


def test_a_colleague_sees_the_workspaces_connections(bench: Bench) -> None:
    """Any user with access may mend a bank."""
    bench.add()

    assert 1 == len(bench.api("GET", "/connections", claims=COLLEAGUE).json["connections"])
    assert 200 == bench.api("POST", "/connections/con_1/reconnect", claims=COLLEAGUE).status


@pytest.mark.parametrize(
    "claims",
    [{}, {"sub": "own_1"}, {"workspace": "ws_1"}, {**CLAIMS, "sub": ""}, {**CLAIMS, "sub": "x\n"}],
)
def test_a_token_without_owner_or_workspace_opens_nothing(
    bench: Bench, claims: dict[str, Any]
) -> None:
    """Whose it is must be said."""
    for method, path in [
        ("GET", "/connections"),
        ("GET", "/connections/con_1"),
        ("POST", "/connections"),
        ("POST", "/connections/con_1/reconnect"),
        ("GET", "/notifications"),
        ("GET", "/profile"),
        ("PUT", "/profile"),
    ]:
        answer = bench.api(method, path, {}, claims)
        assert (403, "urn:relink:problem:forbidden") == (answer.status, answer.json["type"])


def test_connecting_gives_a_link_to_the_form(bench: Bench) -> None:
    """A connection that waits for its credentials, in no slot, and its owner can be reached."""
    made = bench.api("POST", "/connections", {"bank": BANK})

    stored = bench.stored(made.json["connection_id"])
    assert (201, f"/connections/{stored.connection_id}") == (made.status, made.headers["Location"])
    assert ("own_1", "ws_1", 0) == (
        stored.owner_id,
        stored.workspace_id,
        stored.credentials_version,
    )
    assert (Status.ORANGE, Reason.AWAITING_CREDENTIALS) == (stored.status, stored.reason)
    assert stored.slot is None
    url = made.json["connect_url"]
    assert url.startswith(f"{PUBLIC_URL}/reconnect/")
    assert "Connect Banco de la Ría" == bench.get(url.removeprefix(PUBLIC_URL)).title
    profile = bench.services.owners.profile("own_1")
    assert profile
    assert "own_1@example.com" == profile.email


def test_what_a_large_workspace_connects_is_spread(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first ones share their workspace's minute, the others have one each."""
    monkeypatch.setattr("reconnect.api.workspace_pages.TOGETHER", 2)
    bench.add(connection_id="con_other", workspace_id="ws_2")
    made = [bench.api("POST", "/connections", {"bank": BANK}) for _ in range(3)]

    spread = [bench.stored(m.json["connection_id"]).spread for m in made]
    assert [False, False, True] == spread


def test_an_address_that_nobody_verified_is_not_written_to(bench: Bench) -> None:
    """The mail's link opens a connection: it goes to no address that may be a stranger's."""
    bench.api("POST", "/connections", {"bank": BANK}, {**CLAIMS, "email_verified": "false"})

    profile = bench.services.owners.profile("own_1")
    assert profile
    assert "" == profile.email


def test_connecting_again_leaves_the_profile_alone(bench: Bench) -> None:
    """What the owner has said stands."""
    bench.profile(email="chosen@example.com", language="es")

    bench.api("POST", "/connections", {"bank": BANK})

    profile = bench.services.owners.profile("own_1")
    assert profile
    assert ("chosen@example.com", "es") == (profile.email, profile.language)


def test_the_button_gets_a_fresh_link(bench: Bench) -> None:
    """For the connection as it stands, good for two weeks."""
    made = bench.add()

    answer = bench.api("POST", "/connections/con_1/reconnect")

    token = answer.json["url"].removeprefix(f"{PUBLIC_URL}/reconnect/")
    link = read(token, bench.services.keys.keys())
    assert (made.connection_id, made.credentials_version) == (
        link.connection_id,
        link.credentials_version,
    )
    assert ("2026-01-15T12:00:00Z", "no-store") == (
        answer.json["expires_at"],
        answer.headers["Cache-Control"],
    )


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"provider": "carrier-pigeon"}, "#/bank/provider"),
        ({"country": "Spain"}, "#/bank/country"),
        ({"country": "ES\n"}, "#/bank/country"),
        ({"method": "magic"}, "#/bank/method"),
        ({"name": ""}, "#/bank/name"),
        ({"name": "x" * 101}, "#/bank/name"),
        ({"name": "a\x00b"}, "#/bank/name"),
        ({"bank_id": 7}, "#/bank/bank_id"),
        ({"colour": "red"}, "#/bank/colour"),
    ],
)
def test_a_bank_that_is_not_right_is_refused(
    bench: Bench, change: dict[str, Any], pointer: str
) -> None:
    """The problem says where and why, without repeating what was sent."""
    answer = bench.api("POST", "/connections", {"bank": {**BANK, **change}})

    assert (422, "urn:relink:problem:invalid") == (answer.status, answer.json["type"])
    assert [pointer] == [e["pointer"] for e in answer.json["errors"]]
    assert [] == bench.api("GET", "/connections").json["connections"]


@pytest.mark.parametrize("path", ["/connections", "/profile"])
@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("", 422),
        ("{", 422),
        ("[]", 422),
        ("null", 422),
        ("{}", 422),
        ("[" * 10_000, 422),
        ('{"a":"' + "x" * 17_000 + '"}', 413),
    ],
)
def test_a_body_that_is_no_such_document_is_refused(
    bench: Bench, path: str, body: str, status: int
) -> None:
    """Every body gets a problem, none gets a crash."""
    answer = bench.api("PUT" if path == "/profile" else "POST", path, body)

    assert status == answer.status
    assert "application/problem+json" == answer.headers["Content-Type"]


def test_a_form_is_no_json(bench: Bench) -> None:
    """Nor does a browser's form reach the API."""
    headers = {"content-type": "application/x-www-form-urlencoded"}

    answer = bench.call("POST", "/connections", "a=b", headers, CLAIMS)

    assert (415, "urn:relink:problem:unsupported-media-type") == (
        answer.status,
        answer.json["type"],
    )
