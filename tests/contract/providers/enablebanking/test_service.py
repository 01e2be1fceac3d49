"""The simulated service is as strict as the real one says it is."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import jwt
import pytest
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
)

if TYPE_CHECKING:
    from tests.contract.providers.enablebanking.stage import Stage


def token(stage: Stage, header: dict[str, Any] | None = None, **claims: Any) -> str:
    """Return a token with other claims than it should have."""
    app = stage.simulators.control("GET", "/enablebanking/app")
    now = stage.clock.now
    right = {
        "iss": "enablebanking.com",
        "aud": "api.enablebanking.com",
        "iat": now,
        "exp": now + 3_600,
    }
    return jwt.encode(
        {k: v for k, v in {**right, **claims}.items() if v is not None},
        app["private_key"],
        algorithm="RS256",
        headers={"kid": app["app_id"], **(header or {})},
    )


def test_a_right_token_is_taken(stage: Stage) -> None:
    """The tests below differ from it in one thing each."""
    assert 200 == stage.raw("GET", "/aspsps", token=token(stage)).status


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "somebody.example"},
        {"aud": "api.tilisy.example"},
        {"iat": None},
        {"exp": None},
        {"exp": 1},
        {"iat": 10**11},
        {"exp": 10**11},
        {"iat": "now"},
    ],
)
def test_a_wrong_claim_is_refused(stage: Stage, claims: dict[str, Any]) -> None:
    """Issuer, audience and times are checked."""
    answer = stage.raw("GET", "/aspsps", token=token(stage, **claims))

    assert (401, "UNAUTHORIZED_ACCESS") == (answer.status, answer.json()["error"])


@pytest.mark.parametrize("header", [{"kid": "nobody"}, {"typ": "JOSE"}])
def test_a_wrong_header_is_refused(stage: Stage, header: dict[str, str]) -> None:
    """Key id and type are checked."""
    assert 401 == stage.raw("GET", "/aspsps", token=token(stage, header)).status


def test_another_signature_is_refused(stage: Stage) -> None:
    """Neither a changed one, nor one by another method."""
    right = token(stage)
    app = stage.simulators.control("GET", "/enablebanking/app")
    plain = jwt.encode({"iss": "enablebanking.com"}, "x" * 32, headers={"kid": app["app_id"]})
    for wrong in (right[:-6] + "AAAAAA", plain, "a.b.c"):
        assert 401 == stage.raw("GET", "/aspsps", token=wrong).status
    assert "AUTHORIZATION_NOT_PROVIDED" == stage.raw("GET", "/aspsps").json()["error"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"aspsp": {"name": "Nobody", "country": "ES"}}, "WRONG_ASPSP_PROVIDED"),
        ({"redirect_url": "https://elsewhere.example/"}, "REDIRECT_URI_NOT_ALLOWED"),
        ({"state": None}, "WRONG_REQUEST_PARAMETERS"),
        ({"psu_type": "robot"}, "WRONG_REQUEST_PARAMETERS"),
        ({"credentials": {"companyId": "1"}}, "WRONG_REQUEST_PARAMETERS"),
        ({"access": {"valid_until": "2100-01-01T00:00:00+00:00"}}, "WRONG_REQUEST_PARAMETERS"),
        ({"access": {"valid_until": "2026-12-01T00:00:00"}}, "WRONG_REQUEST_PARAMETERS"),
        ({"extra": 1}, "WRONG_REQUEST_PARAMETERS"),
    ],
)
def test_a_wrong_request_for_consent_is_refused(
    stage: Stage, change: dict[str, Any], code: str
) -> None:
    """What the description requires is required."""
    right = {
        "access": {"valid_until": "2026-12-01T00:00:00+00:00"},
        "aspsp": {"name": "Caja Solana", "country": "ES"},
        "state": "s",
        "redirect_url": "http://127.0.0.1:1/back",
        "psu_type": "business",
    }
    body = json.dumps({**right, **change}).encode()
    answer = stage.raw("POST", "/auth", body, token(stage))

    assert code == answer.json()["error"]
    good = stage.raw("POST", "/auth", json.dumps(right).encode(), token(stage))
    assert 200 == good.status


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("?date_to=2026-10-01", "DATE_TO_WITHOUT_DATE_FROM"),
        ("?date_from=2100-01-01", "DATE_FROM_IN_FUTURE"),
        ("?date_from=2026-10-02&date_to=2026-10-01", "WRONG_DATE_INTERVAL"),
        ("?date_from=yesterday", "WRONG_REQUEST_PARAMETERS"),
        ("?strategy=shortest", "WRONG_REQUEST_PARAMETERS"),
        ("?page=2", "WRONG_REQUEST_PARAMETERS"),
        ("?continuation_key=abc", "WRONG_CONTINUATION_KEY"),
        ("?date_from=2024-01-01", "WRONG_TRANSACTIONS_PERIOD"),
    ],
)
def test_a_wrong_request_for_movements_is_refused(stage: Stage, query: str, code: str) -> None:
    """Dates, strategy, keys and periods are checked."""
    stage.secret("fine.acme")
    uid = json.loads(json.loads(stage.kept[-1])["consent"])["accounts"][0]["uid"]
    path = f"/accounts/{uid}/transactions{query}"

    assert code == stage.raw("GET", path, token=token(stage)).json()["error"]


def test_another_application_sees_nothing_of_it(stage: Stage) -> None:
    """A session belongs to who asked for it."""
    stage.secret("fine.acme")
    session = json.loads(json.loads(stage.kept[-1])["consent"])["session_id"]
    app = stage.simulators.control("GET", "/enablebanking/app")
    public = load_pem_private_key(app["private_key"].encode(), None).public_key()
    text = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    other = {"app_id": "other", "public_key": text, "redirect_urls": ["https://other.example/"]}
    stage.simulators.control("POST", "/enablebanking/apps", **other)
    answer = stage.raw("GET", f"/sessions/{session}", token=token(stage, {"kid": "other"}))

    assert (404, "SESSION_DOES_NOT_EXIST") == (answer.status, answer.json()["error"])
