"""Logging in at the local issuer: as strict as the providers that it stands for."""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import jwt
import pytest
import urllib3

from infra.local.web.authorizer import JwtAuthorizer
from infra.local.web.code_flow import CODE_LIFE, Person
from infra.local.web.issuer import Issuer

if TYPE_CHECKING:
    from collections.abc import Iterator

BACK = "http://127.0.0.1:9/banks"
VERIFIER = "v" * 43
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=")
ASKED = {
    "response_type": "code",
    "client_id": "banks",
    "redirect_uri": BACK,
    "scope": "openid",
    "state": "state-1",
    "nonce": "nonce-1",
    "code_challenge": CHALLENGE.decode(),
    "code_challenge_method": "S256",
}


class At:
    """An issuer whose clock stands still, and its client."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0
        self.issuer = Issuer(lambda: self.now)
        self.issuer.people = lambda: [Person("owner-2", "workspace-2", "two@example.com")]
        self.issuer.flow.register("banks", BACK)

    def ask(self, **changes: str | None) -> urllib3.BaseHTTPResponse:
        """Ask for a login; None leaves a parameter out."""
        sent = {**ASKED, "login_hint": "owner-2", **changes}
        query = urlencode({name: value for name, value in sent.items() if value is not None})
        address = f"{self.issuer.url}/authorize?{query}"
        return urllib3.request("GET", address, redirect=False, retries=False)

    def code(self) -> str:
        """Log in and return the code."""
        return back(self.ask())["code"]

    def redeem(self, code: str, **changes: str) -> tuple[int, dict[str, Any]]:
        """Give a code back for tokens."""
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK}
        form |= {"client_id": "banks", "code_verifier": VERIFIER, **changes}
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        answer = urllib3.request(
            "POST", f"{self.issuer.url}/token", body=urlencode(form), headers=kind, retries=False
        )
        return answer.status, answer.json()


def back(answer: urllib3.BaseHTTPResponse) -> dict[str, str]:
    """Return what a client is told in the browser's address."""
    assert 302 == answer.status, answer.data
    there = urlsplit(answer.headers["Location"])
    assert BACK == there._replace(query="").geturl()
    return dict(parse_qsl(there.query))


@pytest.fixture
def at(socket_enabled: None) -> Iterator[At]:  # noqa: ARG001 - an issuer listens
    """Return an issuer."""
    made = At()
    yield made
    made.issuer.close()


def test_whoever_is_named_comes_back_with_a_code_for_tokens(at: At) -> None:
    """The access token opens the API; the other says for whom, to whom and for which request."""
    told = back(at.ask())
    status, given = at.redeem(told["code"])

    assert ("state-1", at.issuer.url) == (told["state"], told["iss"])
    assert (200, "Bearer", 3600) == (status, given["token_type"], given["expires_in"])
    authorizer = JwtAuthorizer(at.issuer.url, ["relink"], lambda: at.now)
    claims = authorizer.claims({"authorization": f"Bearer {given['access_token']}"})
    assert ("owner-2", "workspace-2") == (claims["sub"], claims["workspace"])
    who = jwt.decode(given["id_token"], options={"verify_signature": False})
    assert ("banks", "nonce-1", "owner-2") == (who["aud"], who["nonce"], who["sub"])


def test_nobody_named_is_asked_who_he_is(at: At) -> None:
    """Each known owner is a link that keeps what was asked."""
    for hint in (None, "a stranger"):
        page = at.ask(login_hint=hint)
        text = page.data.decode()
        assert 200 == page.status
        assert "two@example.com" in text
        assert "login_hint=owner-2" in text
        assert "state=state-1" in text


@pytest.mark.parametrize(
    "changes",
    [
        {"client_id": "other"},
        {"client_id": None},
        {"redirect_uri": f"{BACK}/"},
        {"redirect_uri": "https://evil.example/banks"},
        {"redirect_uri": None},
    ],
)
def test_no_browser_is_sent_to_an_address_that_is_not_registered(
    at: At, changes: dict[str, str | None]
) -> None:
    """Not even with an error."""
    answer = at.ask(**changes)

    assert (400, None) == (answer.status, answer.headers.get("Location"))


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"scope": "email"}, "invalid_scope"),
        ({"scope": "openid admin"}, "invalid_scope"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"code_challenge": None}, "invalid_request"),
        ({"nonce": None}, "invalid_request"),
        ({"state": None}, "invalid_request"),
    ],
)
def test_a_client_that_asks_carelessly_is_told_so(
    at: At, changes: dict[str, str | None], error: str
) -> None:
    """At its own address, with its state."""
    told = back(at.ask(**changes))

    assert error == told["error"]
    assert "code" not in told
    assert ("state-1" if "state" not in changes else None) == told.get("state")


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"code_verifier": "w" * 43}, "invalid_grant"),
        ({"code_verifier": ""}, "invalid_grant"),
        ({"client_id": "other"}, "invalid_grant"),
        ({"redirect_uri": f"{BACK}?x"}, "invalid_grant"),
        ({"code": "x"}, "invalid_grant"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
    ],
)
def test_a_code_is_good_for_whom_it_was_made_only(
    at: At, changes: dict[str, str], error: str
) -> None:
    """Another verifier, client or address gets nothing, and spends the code."""
    code = at.code()

    assert (400, error) == ((told := at.redeem(**{"code": code, **changes}))[0], told[1]["error"])
    spent = "code" not in changes and "grant_type" not in changes
    assert (400 if spent else 200) == at.redeem(code)[0]


def test_a_code_is_good_once_and_for_a_minute(at: At) -> None:
    """Whoever comes second, or late, gets nothing."""
    code, late = at.code(), at.code()
    assert [200, 400] == [at.redeem(code)[0], at.redeem(code)[0]]

    at.now += CODE_LIFE
    assert 400 == at.redeem(late)[0]


def test_tokens_are_given_to_forms_only(at: At) -> None:
    """Nothing of it may stand in an address, which is written down."""
    address = f"{at.issuer.url}/token?code={at.code()}"
    kind = {"Content-Type": "application/x-www-form-urlencoded"}

    assert 400 == urllib3.request("POST", address, headers=kind, retries=False).status
    assert 404 == urllib3.request("GET", address, retries=False).status
