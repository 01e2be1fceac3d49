"""What Powens' signed webhooks mean for a connection."""

from __future__ import annotations

import json
from typing import Any

import pytest

from relink.providers.powens import adapter
from relink.reasons import Reason
from relink.webhooks import News, Unreadable, Unverified, Webhook, Word
from tests.unit.providers.powens.fakes import KEYS, NOW, SIX, recorded
from tests.unit.providers.powens.test_powens_webhook import KEY, signed, told

OLD_KEY = b"another-secret"
POWENS = adapter.build({**KEYS, "POWENS_WEBHOOK_SECRET": "another-secret a-secret"})


def hook(event: str, content: Any, key: bytes = b"a-secret", at: str | None = None) -> Webhook:
    """Return a webhook as it comes to the address of its event."""
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    path = f"/webhooks/powens/{event}"
    return Webhook(path, signed(at or path, body, key=key), body, NOW)


def test_a_good_state_tells_since_when() -> None:
    """When the bank was read: an incident that has begun since is another."""
    heard = POWENS.hear(hook("CONNECTION_SYNCED", told(None)))

    assert (Word.MENDED, "301", SIX) == (heard.word, heard.reference, heard.at)
    assert heard.mends > {"wrongpass", "SCARequired", "webauthRequired"}
    assert "error:noAccount" not in heard.mends


@pytest.mark.parametrize("key", [b"a-secret", OLD_KEY])
def test_both_secrets_count_while_one_is_replaced(key: bytes) -> None:
    """No webhook is lost in between."""
    assert Word.MENDED is POWENS.hear(hook("CONNECTION_SYNCED", told(None), key)).word


@pytest.mark.parametrize("event", ["CONNECTION_SYNCED", "ACCOUNTS_FETCHED"])
def test_a_bad_state_is_a_reason_to_look(event: str) -> None:
    """It does not tell since when it is so."""
    heard = POWENS.hear(hook(event, told("wrongpass")))

    assert (Word.BROKEN, "301", False) == (heard.word, heard.reference, heard.final)
    assert heard.error is not None
    assert Reason.CREDENTIALS_REJECTED is heard.error.reason


@pytest.mark.parametrize(
    ("event", "content"),
    [
        ("CONNECTION_SYNCED", told("validating")),
        ("ACCOUNTS_FETCHED", told(None)),
        ("ACCOUNT_SYNCED", told("wrongpass")),
        ("USER_DELETED", {"id": 17}),
    ],
)
def test_what_is_under_way_or_concerns_nobody_is_nothing(event: str, content: Any) -> None:
    """A bank that is being read may yet refuse; of accounts and users we know by syncing."""
    assert Word.NOTHING is POWENS.hear(hook(event, content)).word


def test_a_deleted_connection_is_gone_for_good() -> None:
    """Its id is never given again."""
    heard = POWENS.hear(hook("CONNECTION_DELETED", recorded("connection")))

    assert (Word.BROKEN, "301", True) == (heard.word, heard.reference, heard.final)
    assert heard.error is not None
    assert Reason.CONNECTION_GONE is heard.error.reason


GOOD = told(None)


@pytest.mark.parametrize(
    "forgery",
    [
        hook("CONNECTION_SYNCED", GOOD, KEY),
        hook("CONNECTION_DELETED", GOOD, at="/webhooks/powens/CONNECTION_SYNCED"),
        Webhook("/webhooks/powens/CONNECTION_SYNCED", {}, b"{}", NOW),
    ],
    ids=["another key", "another event", "unsigned"],
)
def test_what_powens_did_not_sign_is_nobodys(forgery: Webhook) -> None:
    """The event is in the address, and the address is signed."""
    with pytest.raises(Unverified):
        POWENS.hear(forgery)


def test_without_a_secret_nothing_is_believed() -> None:
    """Not even what is signed with an empty one."""
    with pytest.raises(Unverified):
        adapter.build(KEYS).hear(hook("CONNECTION_SYNCED", GOOD, b""))


@pytest.mark.parametrize("content", [b"", b"{", b"null", b"[" * 200_000])
def test_what_powens_signed_and_we_cannot_read_has_a_name(content: bytes) -> None:
    """An operator should look."""
    with pytest.raises(Unreadable):
        POWENS.hear(hook("CONNECTION_SYNCED", content))


def test_nothing_tells_the_secret() -> None:
    """The adapter's own words are shown by loggers and debuggers."""
    assert "a-secret" not in repr(POWENS)
    assert News(Word.NOTHING) == POWENS.hear(hook("OTHER", GOOD))
