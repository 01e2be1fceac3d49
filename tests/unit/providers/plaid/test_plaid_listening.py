"""What Plaid's signed webhooks mean for a connection."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from relink.failures import Temporary
from relink.reasons import Reason, Scope
from relink.webhooks import News, Unreadable, Unverified, Webhook, Word
from tests.unit.providers.plaid.fakes import NOW, error
from tests.unit.providers.plaid.test_plaid_webhook import KEY_ID, forged, key, token
from tests.unit.providers.playing import answer

if TYPE_CHECKING:
    from tests.unit.providers.plaid.fakes import Bench

ITEM = "Kj3LmN9pQrStUvWxYz1a2B3c4D5e6F7g8H9iJ"


def hook(body: bytes, signature: str | None = None, received_at: int = NOW) -> Webhook:
    """Return a webhook with its signature."""
    signed = token(body) if signature is None else signature
    return Webhook("/webhooks/plaid", {"plaid-verification": signed}, body, received_at)


def body(code: str, kind: str = "ITEM", **facts: Any) -> bytes:
    """Return a webhook's body."""
    told = {"webhook_type": kind, "webhook_code": code, "item_id": ITEM, **facts}
    return json.dumps(told).encode()


@pytest.fixture
def listening(plaid: Bench) -> Bench:
    """Return the adapter, with Plaid's key behind it."""
    content = {"key": key().model_dump(), "request_id": "r1"}
    plaid.wire.play("/webhook_verification_key/get", answer(content))
    return plaid


def failure(code: str, **facts: Any) -> dict[str, Any]:
    """Return the error within a webhook."""
    return {"error_type": "ITEM_ERROR", "error_code": code, **facts}


def test_a_broken_login_is_told_but_not_final(listening: Bench) -> None:
    """It may have been mended by the time that it arrives."""
    told = listening.adapter.hear(hook(body("ERROR", error=failure("ITEM_LOGIN_REQUIRED"))))

    assert (Word.BROKEN, ITEM, False) == (told.word, told.reference, told.final)
    assert told.error is not None
    assert Reason.CREDENTIALS_REJECTED is told.error.reason


def test_a_permission_that_was_taken_back_is_final(listening: Bench) -> None:
    """Its owner makes a new item if he comes back: this one never works again."""
    told = listening.adapter.hear(hook(body("USER_PERMISSION_REVOKED", error=None)))

    assert (Word.BROKEN, True) == (told.word, told.final)
    assert told.error is not None
    assert Reason.CONSENT_REVOKED is told.error.reason


def test_one_account_taken_back_is_that_accounts(listening: Bench) -> None:
    """The item goes on."""
    told = listening.adapter.hear(hook(body("USER_ACCOUNT_REVOKED", account_id="a1")))

    assert (Word.BROKEN, False) == (told.word, told.final)
    assert told.error is not None
    assert Scope.ACCOUNT is told.error.scope


def test_a_repaired_login_mends_what_was_wrong_with_it(listening: Bench) -> None:
    """Not what its owner has not granted, nor an item that is gone."""
    told = listening.adapter.hear(hook(body("LOGIN_REPAIRED")))

    assert (Word.MENDED, ITEM) == (told.word, told.reference)
    assert told.mends > {"ITEM_LOGIN_REQUIRED", "ITEM_LOCKED", "PASSWORD_RESET_REQUIRED"}
    assert not told.mends & {"USER_PERMISSION_REVOKED", "ITEM_NOT_FOUND", "NO_ACCOUNTS"}


@pytest.mark.parametrize(
    ("code", "facts"),
    [
        ("PENDING_EXPIRATION", {"consent_expiration_time": "2026-11-29T12:00:00Z"}),
        ("PENDING_DISCONNECT", {"disconnect_time": "2026-11-29T12:00:00Z", "reason": "X"}),
    ],
)
def test_an_end_ahead_is_told_with_its_time(
    listening: Bench, code: str, facts: dict[str, Any]
) -> None:
    """In Europe the consent ends, in America the institution moves."""
    expected = News(Word.EXPIRING, ITEM, expires_at=NOW + 7 * 86_400)
    assert expected == listening.adapter.hear(hook(body(code, **facts)))


def test_new_movements_are_told(listening: Bench) -> None:
    """The other webhooks of transactions are of endpoints that we do not use."""
    told = listening.adapter.hear(hook(body("SYNC_UPDATES_AVAILABLE", "TRANSACTIONS")))
    assert News(Word.NEW_DATA, ITEM) == told
    told = listening.adapter.hear(hook(body("DEFAULT_UPDATE", "TRANSACTIONS")))
    assert News(Word.NOTHING, ITEM) == told


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"{}", b"[" * 200_000, b'{"a": "\xff"}'])
def test_what_plaid_signed_and_we_cannot_read_has_a_name(listening: Bench, content: bytes) -> None:
    """An operator should look: Plaid has changed something."""
    with pytest.raises(Unreadable):
        listening.adapter.hear(hook(content))


GOOD = body("LOGIN_REPAIRED")


@pytest.mark.parametrize(
    "forgery",
    [
        hook(GOOD + b" ", token(GOOD)),
        hook(GOOD, token(GOOD, iat=NOW - 301)),
        hook(GOOD, forged("none", "")),
        hook(GOOD, forged("HS256", "x" * 64)),
        hook(GOOD, ""),
        hook(GOOD, received_at=NOW + 301),
        Webhook("/webhooks/plaid", {}, GOOD, NOW),
    ],
    ids=["tampered", "old", "none", "symmetric", "empty", "received late", "unsigned"],
)
def test_what_plaid_did_not_sign_just_now_is_nobodys(listening: Bench, forgery: Webhook) -> None:
    """Its age counts from when it was received, however long it lay in the queue."""
    with pytest.raises(Unverified):
        listening.adapter.hear(forgery)


def test_plaids_own_trouble_is_no_forgery(plaid: Bench) -> None:
    """The webhook is heard again when Plaid tells its key; a stranger's key it does not know."""
    plaid.wire.play(
        "/webhook_verification_key/get",
        error("INTERNAL_SERVER_ERROR", 500, kind="API_ERROR"),
        error("INVALID_WEBHOOK_VERIFICATION_KEY_ID", kind="INVALID_INPUT"),
    )
    with pytest.raises(Temporary):
        plaid.adapter.hear(hook(GOOD))
    with pytest.raises(Unverified):
        plaid.adapter.hear(hook(GOOD))
    assert plaid.wire.last("/get") == {"key_id": KEY_ID}
