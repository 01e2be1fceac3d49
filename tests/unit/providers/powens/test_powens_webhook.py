"""A webhook counts if Powens signed it, for this address, with this body, just now."""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import Any

import pytest

from relink.failures import Temporary
from relink.providers.powens.webhook import Event, Happening, happening, verified
from relink.reasons import Reason
from relink.webhooks import Unverified
from tests.unit.providers.powens.fakes import NOW, SIX, recorded

KEY = b"a webhook's secret"
PATH = "/hooks/powens/synced"
BODY = b'{"connection": {"id": 301}}'
DATE = "2026-11-22T11:58:52.577831Z"


def signed(
    path: str = PATH, body: bytes = BODY, date: str = DATE, key: bytes = KEY, method: str = "POST"
) -> dict[str, str]:
    """Return the headers of a webhook."""
    message = f"{method}.{path}.{date}.".encode() + body
    signature = base64.b64encode(hmac.new(key, message, hashlib.sha256).digest()).decode()
    return {"bi-signature-date": date, "bi-signature": signature}


def test_a_signed_webhook_is_known_by_its_body() -> None:
    """A repetition has the same digest."""
    digest = verified(signed(), PATH, BODY, KEY, NOW)
    assert hashlib.sha256(BODY).hexdigest() == digest


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"bi-signature-date": DATE},
        {"bi-signature": signed()["bi-signature"]},
        {**signed(), "bi-signature": ""},
        {**signed(), "bi-signature": "not base64!"},
        {**signed(), "bi-signature": "ñ"},
        {**signed(), "bi-signature": "AAAA"},
        {**signed(), "bi-signature-date": "2026-11-22T11:58:53.577831Z"},
        signed(key=b"another"),
        signed(path="/hooks/powens/deleted"),
        signed(body=BODY + b" "),
        signed(method="GET"),
        signed(date="yesterday"),
        signed(date="2026-11-22T11:54:59Z"),
        signed(date="2026-11-22T12:01:01Z"),
        signed(date="2026-11-22T11:58:52+09:00"),
    ],
)
def test_any_other_is_refused(headers: dict[str, str]) -> None:
    """Unsigned, changed, of another address or method, too old, or from the future."""
    with pytest.raises(Unverified):
        verified(headers, PATH, BODY, KEY, NOW)


def test_without_a_secret_nothing_is_powens() -> None:
    """An empty one would sign whatever anybody sends."""
    with pytest.raises(Unverified):
        verified(signed(key=b""), PATH, BODY, b"", NOW)


def told(state: str | None) -> dict[str, Any]:
    """Return the body of a finished sync."""
    content = recorded("connection", state=state, error=state, accounts=[])
    return {"user": {"id": 17}, "connection": content, "id_webhook_data": 5}


@pytest.mark.parametrize("name", ["CONNECTION_SYNCED", "ACCOUNTS_FETCHED"])
def test_a_finished_sync_names_its_connection(name: str) -> None:
    """A good one tells when the bank was read, any other the error that its state means."""
    good = Happening(Event(name), "301", "17", read_at=SIX)
    assert good == happening(told(None), name, NOW)
    found = happening(told("wrongpass"), name, NOW)
    assert found.error is not None
    assert found.read_at is None
    assert happening(told("validating"), name, NOW) == Happening(Event(name), "301", "17")
    assert Reason.CREDENTIALS_REJECTED is found.error.reason


def test_deleted_ones_are_named() -> None:
    """A connection by both ids, a user by his own."""
    gone = happening(recorded("connection"), "CONNECTION_DELETED", NOW)
    assert Happening(Event.DELETED, "301", "17") == gone
    user = {"id": 17, "signin": None, "platform": "sharedAccess"}
    assert Happening(Event.USER_DELETED, "", "17") == happening(user, "USER_DELETED", NOW)


@pytest.mark.parametrize("name", ["USER_CREATED", "ACCOUNT_SYNCED", "", "connection_synced"])
def test_what_does_not_concern_us_is_other(name: str) -> None:
    """It is answered and forgotten."""
    assert Happening(Event.OTHER) == happening(told("wrongpass"), name, NOW)


@pytest.mark.parametrize("name", list(Event))
def test_an_event_of_another_shape_is_other(name: str) -> None:
    """A registration at the wrong address deletes nothing."""
    assert Happening(Event.OTHER) == happening({}, name, NOW)


@pytest.mark.parametrize("content", [None, [], "x", {"connection": "x"}, {"id": {}}])
def test_what_cannot_be_read_is_a_bad_answer(content: object) -> None:
    """Its content is in no error."""
    with pytest.raises(Temporary) as raised:
        happening(content, "CONNECTION_SYNCED", NOW)
    assert Reason.BAD_ANSWER is raised.value.reason


def test_nothing_of_the_secret_is_in_an_error() -> None:
    """Nor of the signature."""
    with pytest.raises(Unverified) as raised:
        verified(signed(key=b"another"), PATH, BODY, KEY, NOW)
    told = str(raised.value)
    assert not [s for s in (KEY.decode(), signed()["bi-signature"]) if s in told]
