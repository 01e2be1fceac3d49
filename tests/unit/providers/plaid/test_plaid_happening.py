"""Webhooks: what each says has happened."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from relink.failures import NeedsOwner, Temporary
from relink.providers.plaid.webhook import (
    Happening,
    Kind,
    happening,
)
from relink.reasons import Reason, Scope

if TYPE_CHECKING:
    from tests.unit.providers.plaid.fakes import Bench

BODY = json.dumps({"webhook_type": "ITEM", "webhook_code": "ERROR"}, indent=2).encode()
PRIVATE = ec.generate_private_key(ec.SECP256R1())
KEY_ID = "bfbd5111-8e33-4643-8ced-b2e642a72f3c"


def told(plaid: Bench, kind: str, code: str, **facts: Any) -> Happening:
    """Return what a webhook says."""
    content = {"webhook_type": kind, "webhook_code": code, "item_id": "i1", **facts}
    return happening({**content, "environment": "production"}, plaid.adapter._client)


def test_an_error_of_an_item_is_told_by_the_error_in_it(plaid: Bench) -> None:
    """`ERROR` alone means nothing; the reason in it makes it precise."""
    failure = {
        "error_type": "ITEM_ERROR",
        "error_code": "ITEM_LOGIN_REQUIRED",
        "error_code_reason": "OAUTH_CONSENT_EXPIRED",
        "error_message": "for developers",
        "display_message": "The consent has expired.",
        "status": 400,
    }
    found = told(plaid, "ITEM", "ERROR", error=failure)
    assert (found.kind, found.item_id) == (Kind.BROKEN, "i1")
    assert isinstance(found.error, NeedsOwner)
    assert found.error.reason is Reason.CONSENT_EXPIRED
    assert found.error.provider_text == "The consent has expired."


@pytest.mark.parametrize("failure", [None, {"error_code": "NO_AUTH_ACCOUNTS"}, {}])
def test_an_error_without_a_meaning_is_nothing(plaid: Bench, failure: object) -> None:
    """No connection changes its colour for it."""
    assert told(plaid, "ITEM", "ERROR", error=failure).kind is Kind.OTHER


def test_an_access_that_will_end_says_when(plaid: Bench) -> None:
    """Both kinds still work: a warning, not a failure."""
    soon = "2026-11-29T13:25:17.766Z"
    europe = told(plaid, "ITEM", "PENDING_EXPIRATION", consent_expiration_time=soon)
    america = told(
        plaid,
        "ITEM",
        "PENDING_DISCONNECT",
        reason="INSTITUTION_MIGRATION",
        disconnect_time=soon,
    )
    for found in (europe, america):
        assert found.kind is Kind.EXPIRING
        assert found.error is None
        assert found.at == 1_795_958_717


def test_a_withdrawn_permission_is_the_owners(plaid: Bench) -> None:
    """Of the whole connection, or of one account."""
    whole = told(plaid, "ITEM", "USER_PERMISSION_REVOKED", error=None)
    single = told(plaid, "ITEM", "USER_ACCOUNT_REVOKED", account_id="a1")
    assert (whole.kind, single.kind) == (Kind.REVOKED, Kind.ACCOUNT_REVOKED)
    assert isinstance(whole.error, NeedsOwner)
    assert isinstance(single.error, NeedsOwner)
    assert (single.error.scope, single.account_id) == (Scope.ACCOUNT, "a1")


@pytest.mark.parametrize(
    ("kind", "code", "expected"),
    [
        ("ITEM", "LOGIN_REPAIRED", Kind.REPAIRED),
        ("ITEM", "NEW_ACCOUNTS_AVAILABLE", Kind.NEW_ACCOUNTS),
        ("ITEM", "WEBHOOK_UPDATE_ACKNOWLEDGED", Kind.OTHER),
        ("TRANSACTIONS", "SYNC_UPDATES_AVAILABLE", Kind.NEW_DATA),
        ("TRANSACTIONS", "DEFAULT_UPDATE", Kind.OTHER),
        ("ASSETS", "ERROR", Kind.OTHER),
        ("TOMORROW", "SOMETHING_NEW", Kind.OTHER),
    ],
)
def test_other_webhooks_are_told_by_type_and_code(
    plaid: Bench,
    kind: str,
    code: str,
    expected: Kind,
) -> None:
    """What is not known changes nothing."""
    found = told(plaid, kind, code)
    assert (found.kind, found.error) == (expected, None)


def test_a_finished_visit_names_its_link_token(plaid: Bench) -> None:
    """So that the attempt behind it can go on although the owner did not come back."""
    found = told(plaid, "LINK", "SESSION_FINISHED", link_token="link-sandbox-1", item_id=None)
    assert (found.kind, found.link_token) == (Kind.LINK_FINISHED, "link-sandbox-1")
    assert "link-sandbox-1" not in repr(found)


@pytest.mark.parametrize("content", [None, [], {}, {"webhook_type": "ITEM"}, {"webhook_code": 1}])
def test_what_is_no_webhook_is_a_bad_answer(plaid: Bench, content: object) -> None:
    """Bounded, and nobody's colour changes."""
    with pytest.raises(Temporary):
        happening(content, plaid.adapter._client)
