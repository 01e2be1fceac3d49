"""Browsers subscribe and leave by the owner's API; what they name is checked before it is kept."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from infra.push_key import PushKey
from reconnect.assembly import bootstrap
from relink.subscriptions import Subscription, Subscriptions
from tests.fakes import NOON
from tests.integration.reconnect.bench import CLAIMS

if TYPE_CHECKING:
    from tests.integration.reconnect.bench import Bench

KEY = PushKey.new().public
PATH = "/push-subscriptions"
ENDPOINT = "https://updates.push.services.mozilla.com/wpush/v2/gAAAAABm_x-Y"
SERVICES = "https://fcm.googleapis.com,https://*.push.services.mozilla.com"
POINT = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
SECRET = base64.urlsafe_b64encode(bytes(16)).decode().rstrip("=")
BROWSER = {
    "endpoint": ENDPOINT,
    "expirationTime": None,
    "keys": {"p256dh": POINT, "auth": SECRET},
}


@pytest.fixture(autouse=True)
def offered(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Offer Web Push, as a deployment with a key does."""
    del bench
    monkeypatch.setenv("VAPID_PUBLIC_KEY", KEY)
    monkeypatch.setenv("PUSH_SERVICES", SERVICES)
    bootstrap.cache_clear()


def stored(owner: str = "own_1") -> list[Subscription]:
    """Return an owner's subscriptions as the pusher finds them."""
    return Subscriptions(boto3.client("dynamodb"), "OwnersTable").of(owner)


def keys(**changed: Any) -> dict[str, Any]:
    """Return the browser's subscription with its keys changed."""
    return {**BROWSER, "keys": {**BROWSER["keys"], **changed}}  # type: ignore[dict-item]


def test_what_a_browser_gives_is_kept(bench: Bench) -> None:
    """Its `PushSubscription.toJSON()` goes in as it is; nothing comes back."""
    answer = bench.api("PUT", PATH, BROWSER)

    assert (204, "") == (answer.status, answer.body)
    assert [
        Subscription(
            owner_id="own_1",
            endpoint=ENDPOINT,
            p256dh=POINT,
            auth=SECRET,
            created_at=NOON,
            key=KEY,
            told=[],
        )
    ] == stored()


def test_the_same_browser_again_changes_nothing(bench: Bench) -> None:
    """The host app may send it whenever it starts."""
    for _ in range(2):
        assert 204 == bench.api("PUT", PATH, BROWSER).status

    assert 1 == len(stored())


def test_a_browser_is_asked_for_by_nobody_else(bench: Bench) -> None:
    """Who signs in there next gets it, and who has signed out is pushed to no more."""
    hers = {**CLAIMS, "sub": "own_2"}
    bench.api("PUT", PATH, BROWSER)
    assert 204 == bench.api("DELETE", PATH, {"endpoint": ENDPOINT}, hers).status
    assert 1 == len(stored())

    bench.api("PUT", PATH, BROWSER, hers)
    assert [] == stored()
    assert 1 == len(stored("own_2"))


def test_a_browser_leaves_and_may_be_unknown(bench: Bench) -> None:
    """It is gone afterwards, which is all that was asked for."""
    bench.api("PUT", PATH, BROWSER)
    for _ in range(2):
        assert 204 == bench.api("DELETE", PATH, {"endpoint": ENDPOINT}).status

    assert [] == stored()


def test_the_time_at_which_a_subscription_ends_is_kept(bench: Bench) -> None:
    """Browsers count milliseconds; one that is over is refused."""
    later, over = (NOON + 60) * 1000.5, NOON * 1000
    assert 204 == bench.api("PUT", PATH, {**BROWSER, "expirationTime": later}).status
    assert [int((NOON + 60) * 1.0005)] == [s.expires_at for s in stored()]

    answer = bench.api("PUT", PATH, {**BROWSER, "expirationTime": over})
    assert (422, "#/expirationTime") == (answer.status, answer.json["errors"][0]["pointer"])


def test_padded_keys_are_read_as_well(bench: Bench) -> None:
    """Some clients pad base64url, though browsers do not."""
    assert 204 == bench.api("PUT", PATH, keys(p256dh=POINT + "=", auth=SECRET + "==")).status


@pytest.mark.parametrize(
    ("value", "pointer"),
    [
        ({**BROWSER, "endpoint": "https://169.254.169.254/latest/meta-data"}, "#/endpoint"),
        ({**BROWSER, "endpoint": "https://fcm.googleapis.com:8443/x"}, "#/endpoint"),
        ({**BROWSER, "endpoint": "https://fcm.googleapis.com.attacker.example/x"}, "#/endpoint"),
        ({"endpoint": ENDPOINT}, "#/keys"),
        ("{", "#"),
    ],
)
def test_nonsense_is_refused_where_it_stands(bench: Bench, value: Any, pointer: str) -> None:
    """Nothing is kept, and what was sent is not repeated to the sender."""
    answer = bench.api("PUT", PATH, value)

    assert (422, pointer) == (answer.status, answer.json["errors"][0]["pointer"])
    assert "169.254" not in json.dumps(answer.json)
    assert [] == stored()


def test_only_who_is_signed_in_subscribes(bench: Bench) -> None:
    """A token without an owner or a workspace is none."""
    for claims in ({}, {"sub": "own_1"}, {"workspace": "ws_1"}):
        assert 403 == bench.api("PUT", PATH, BROWSER, claims).status
        assert 403 == bench.api("DELETE", PATH, {"endpoint": ENDPOINT}, claims).status


def test_where_push_is_not_offered_nobody_subscribes(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a key there is nothing to subscribe with; leaving is still possible."""
    bench.api("PUT", PATH, BROWSER)
    monkeypatch.setenv("VAPID_PUBLIC_KEY", "")
    bootstrap.cache_clear()

    assert 404 == bench.api("PUT", PATH, BROWSER).status
    assert 204 == bench.api("DELETE", PATH, {"endpoint": ENDPOINT}).status
    assert [] == stored()


def test_the_profile_tells_what_to_subscribe_with(bench: Bench) -> None:
    """The public key, and how many browsers there are."""
    bench.api("PUT", PATH, BROWSER)

    told = bench.api("GET", "/profile").json["web_push"]
    assert {"public_key": KEY, "subscriptions": 1} == told
