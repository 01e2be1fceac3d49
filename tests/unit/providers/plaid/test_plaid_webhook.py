"""Webhooks: only Plaid's own and fresh ones are believed."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import TYPE_CHECKING, Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from relink.failures import Temporary
from relink.providers.plaid import build
from relink.providers.plaid.webhook import (
    AGE,
    FETCHES,
    KEPT,
    Key,
    Keys,
    fetched,
    verified,
)
from relink.webhooks import Undecided, Unverified
from tests.unit.providers.plaid.fakes import NOW, error
from tests.unit.providers.playing import answer

if TYPE_CHECKING:
    from relink.providers.transport import Answer
    from tests.unit.providers.plaid.fakes import Bench

BODY = json.dumps({"webhook_type": "ITEM", "webhook_code": "ERROR"}, indent=2).encode()
PRIVATE = ec.generate_private_key(ec.SECP256R1())
KEY_ID = "bfbd5111-8e33-4643-8ced-b2e642a72f3c"


def encoded(number: int) -> str:
    """Return a coordinate as a JWK has it."""
    return base64.urlsafe_b64encode(number.to_bytes(32)).rstrip(b"=").decode()


def key(private: ec.EllipticCurvePrivateKey = PRIVATE, **changes: Any) -> Key:
    """Return a public key as Plaid tells it."""
    numbers = private.public_key().public_numbers()
    content = {
        "kid": KEY_ID,
        "alg": "ES256",
        "kty": "EC",
        "crv": "P-256",
        "use": "sig",
        "x": encoded(numbers.x),
        "y": encoded(numbers.y),
        "created_at": NOW - 86_400,
        "expired_at": None,
    }
    return Key.model_validate({**content, **changes})


def token(body: bytes = BODY, key_id: str = KEY_ID, **claims: Any) -> str:
    """Return the header's value for a body."""
    told = {"iat": NOW, "request_body_sha256": hashlib.sha256(body).hexdigest(), **claims}
    return jwt.encode(told, PRIVATE, "ES256", headers={"kid": key_id})


def forged(algorithm: str, secret: str) -> str:
    """Return a token that is signed in another way."""
    claims = {"iat": NOW, "request_body_sha256": hashlib.sha256(BODY).hexdigest()}
    return jwt.encode(claims, secret, algorithm, headers={"kid": KEY_ID})


def test_a_signed_webhook_is_plaids() -> None:
    """Its digest tells a repeated one."""
    assert verified(token(), BODY, key(), NOW) == hashlib.sha256(BODY).hexdigest()


@pytest.mark.parametrize("issued", [NOW - AGE - 1, NOW + 3600, "soon", None, True])
def test_an_old_webhook_is_refused(issued: object) -> None:
    """Five minutes: after that it may be a recording. One from the future is none of Plaid's."""
    with pytest.raises(Unverified):
        verified(token(iat=issued), BODY, key(), NOW)


@pytest.mark.parametrize("body", [BODY + b" ", b"", BODY.replace(b"ERROR", b"OTHER")])
def test_another_body_is_refused(body: bytes) -> None:
    """The signature is of one body, to the last space."""
    with pytest.raises(Unverified):
        verified(token(), body, key(), NOW)


def test_another_signature_is_refused() -> None:
    """Whoever signed it, it was not with this key."""
    stranger = ec.generate_private_key(ec.SECP256R1())
    with pytest.raises(Unverified):
        verified(token(), BODY, key(stranger), NOW)


@pytest.mark.parametrize(
    "changes",
    [
        {"alg": "RS256"},
        {"kty": "oct"},
        {"crv": "P-384"},
        {"kid": "another"},
        {"x": "AAAA"},
        {"x": "!"},
        {"expired_at": NOW},
    ],
)
def test_a_key_that_is_not_the_right_one_is_refused(changes: dict[str, Any]) -> None:
    """Another id, kind or curve, or an expired one."""
    with pytest.raises(Unverified):
        verified(token(), BODY, key(**changes), NOW)


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        "not.a.token",
        "a.b",
        forged("none", ""),
        forged("HS256", "x" * 64),
        token(key_id="k" * 300),
        jwt.encode({"iat": NOW}, PRIVATE, "ES256"),
    ],
)
def test_what_is_no_token_of_plaids_is_refused_before_any_key_is_fetched(wrong: str) -> None:
    """Only ES256 with a key id: no other algorithm can be smuggled in."""
    asked: list[str] = []

    def fetch(key_id: str, now: int) -> Key:
        asked.append(f"{key_id} {now}")
        return key()

    with pytest.raises(Unverified):
        Keys(fetch).verify(wrong, BODY, NOW)
    assert asked == []


def test_a_key_is_fetched_once_an_hour() -> None:
    """Long enough to be cheap, short enough to learn that it has expired."""
    asked: list[int] = []

    def fetch(key_id: str, now: int) -> Key:
        assert key_id == KEY_ID
        asked.append(now)
        return key()

    keys = Keys(fetch)
    for later in (0, 1, KEPT - 1, KEPT):
        keys.verify(token(iat=NOW + later), BODY, NOW + later)
    assert asked == [NOW, NOW + KEPT]


def test_strangers_cannot_make_us_ask_for_keys_without_end() -> None:
    """Unknown key ids are looked up a few times in a minute; a real one's turn comes later."""
    asked: list[str] = []

    def fetch(key_id: str, now: int) -> Key:
        del now
        asked.append(key_id)
        return key()

    times = [0.0]
    keys = Keys(fetch, clock=lambda: times[-1])
    for number in range(FETCHES):
        with pytest.raises(Unverified):
            keys.verify(token(key_id=f"k{number}"), BODY, NOW)
    with pytest.raises(Undecided):
        keys.verify(token(), BODY, NOW)
    assert len(asked) == FETCHES

    times.append(61.0)
    keys.verify(token(), BODY, NOW)


def test_the_key_comes_from_plaid(plaid: Bench) -> None:
    """By its id, which is in the header of the token."""
    found = key()
    content = {"key": found.model_dump(), "request_id": "r1"}
    plaid.wire.play("/webhook_verification_key/get", answer(content))
    assert fetched(plaid.adapter._client, KEY_ID, NOW) == found
    assert plaid.wire.last("/get") == {"key_id": KEY_ID}


def test_a_key_that_plaid_does_not_know_makes_a_webhook_nobodys(plaid: Bench) -> None:
    """A stranger can name any key; that is neither our trouble nor a reason to ask again."""
    refused = error("INVALID_WEBHOOK_VERIFICATION_KEY_ID", kind="INVALID_INPUT")
    plaid.wire.play("/webhook_verification_key/get", refused)
    with pytest.raises(Unverified):
        fetched(plaid.adapter._client, KEY_ID, NOW)


@pytest.mark.parametrize(
    "refused",
    [
        error("INVALID_FIELD", kind="INVALID_REQUEST"),
        error("TIDE_IS_OUT", kind="INVALID_INPUT"),
        error("INVALID_API_KEYS", kind="INVALID_INPUT"),
        answer({}, 400),
        answer({}, 404),
    ],
)
def test_what_plaid_will_not_answer_is_not_asked_again(plaid: Bench, refused: Answer) -> None:
    """Whatever it dislikes about an id that a stranger made up, it will dislike later, too."""
    plaid.wire.play("/webhook_verification_key/get", refused)
    with pytest.raises(Unverified):
        fetched(plaid.adapter._client, KEY_ID, NOW)


def test_without_an_account_with_plaid_nothing_is_plaids() -> None:
    """Nobody could have told it our address."""
    adapter = build({})
    with pytest.raises(Unverified):
        fetched(adapter._client, KEY_ID, NOW)


def test_plaid_may_be_asked_too_often(plaid: Bench) -> None:
    """That says nothing of the webhook: it is looked at later."""
    refused = error("RATE_LIMIT", 429, kind="RATE_LIMIT_EXCEEDED")
    plaid.wire.play("/webhook_verification_key/get", refused)
    with pytest.raises(Undecided):
        fetched(plaid.adapter._client, KEY_ID, NOW)


@pytest.mark.parametrize(
    "refused", [error("INTERNAL_SERVER_ERROR", 500, kind="API_ERROR"), answer({}, 502)]
)
def test_an_outage_of_plaids_is_waited_for(plaid: Bench, refused: Answer) -> None:
    """The webhook may be a real one."""
    plaid.wire.play("/webhook_verification_key/get", refused)
    with pytest.raises(Temporary):
        fetched(plaid.adapter._client, KEY_ID, NOW)
