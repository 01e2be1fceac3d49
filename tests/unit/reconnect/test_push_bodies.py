"""What a browser's subscription must look like before anything else is asked of it."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from reconnect.api.bodies import EndpointBody, SubscriptionBody, read
from reconnect.visit import Invalid

ENDPOINT = "https://updates.push.services.mozilla.com/wpush/v2/gAAAAABm_x-Y"
POINT = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
SECRET = "BTBZMqHH6r4Tts7J_aSIgg"
BROWSER = {"endpoint": ENDPOINT, "expirationTime": None, "keys": {"p256dh": POINT, "auth": SECRET}}
NULL_POINT = base64.urlsafe_b64encode(bytes(65)).decode()


def keys(**changed: Any) -> dict[str, Any]:
    """Return the browser's subscription with its keys changed."""
    return {**BROWSER, "keys": {"p256dh": POINT, "auth": SECRET, **changed}}


def test_what_browsers_give_is_read() -> None:
    """With the time at which it ends in seconds; padding is taken, though browsers use none."""
    ending = {**keys(p256dh=POINT + "=", auth=SECRET + "=="), "expirationTime": 1_800_000_000_500.5}

    assert read(SubscriptionBody, json.dumps(BROWSER).encode()).expires_at is None
    assert 1_800_000_000 == read(SubscriptionBody, json.dumps(ending).encode()).expires_at


@pytest.mark.parametrize(
    ("value", "pointer"),
    [
        ({**BROWSER, "endpoint": "ftp://updates.push.services.mozilla.com/x"}, "#/endpoint"),
        ({**BROWSER, "endpoint": "https://a@fcm.googleapis.com/x"}, "#/endpoint"),
        ({**BROWSER, "endpoint": "https://fcm.googleapis.com@127.0.0.1/x"}, "#/endpoint"),
        ({**BROWSER, "endpoint": "https://fcm.googleapis.com/" + "x" * 3000}, "#/endpoint"),
        ({**BROWSER, "endpoint": "https://fcm.googleapis.com/\u0000"}, "#/endpoint"),
        ({**BROWSER, "endpoint": ""}, "#/endpoint"),
        ({**BROWSER, "endpoint": None}, "#/endpoint"),
        ({**BROWSER, "endpoint": ["x"]}, "#/endpoint"),
        ({**BROWSER, "expirationTime": "soon"}, "#/expirationTime"),
        ({**BROWSER, "expirationTime": -1}, "#/expirationTime"),
        ({**BROWSER, "expirationTime": 1e300}, "#/expirationTime"),
        ({**BROWSER, "expirationTime": True}, "#/expirationTime"),
        (keys(p256dh=""), "#/keys/p256dh"),
        (keys(p256dh="*"), "#/keys/p256dh"),
        (keys(p256dh=POINT[:-2]), "#/keys/p256dh"),
        (keys(p256dh=POINT + "AA"), "#/keys/p256dh"),
        (keys(p256dh=NULL_POINT), "#/keys/p256dh"),
        (keys(p256dh="=" + POINT), "#/keys/p256dh"),
        (keys(p256dh=POINT.replace("-", "+")), "#/keys/p256dh"),
        (keys(p256dh=7), "#/keys/p256dh"),
        (keys(auth=""), "#/keys/auth"),
        (keys(auth=SECRET + "AA"), "#/keys/auth"),
        (keys(auth="A"), "#/keys/auth"),
        (keys(auth="\u00e9" * 22), "#/keys/auth"),
        (keys(private="x"), "#/keys/private"),
        ({**BROWSER, "keys": None}, "#/keys"),
        ({"endpoint": ENDPOINT}, "#/keys"),
        ({**BROWSER, "owner_id": "own_2"}, "#/owner_id"),
        ([], "#"),
        (None, "#"),
    ],
)
def test_nonsense_is_refused_where_it_stands(value: Any, pointer: str) -> None:
    """Each fault is named by its place, without its value."""
    with pytest.raises(Invalid) as caught:
        read(SubscriptionBody, json.dumps(value).encode())

    assert [pointer] == [e["pointer"] for e in caught.value.errors]
    assert "3000" not in str(caught.value.errors)


@pytest.mark.parametrize("value", [{}, {"endpoint": 1}, {"endpoint": "x"}, BROWSER, "", None])
def test_leaving_needs_an_endpoint_alone(value: Any) -> None:
    """What is no address of a push service cannot be one that we know."""
    with pytest.raises(Invalid):
        read(EndpointBody, json.dumps(value).encode())
