"""Access tokens that somebody has tampered with: all of them get a bare 401."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

import jwt
import pytest
import urllib3

if TYPE_CHECKING:
    from collections.abc import Iterator

    from infra.local.stack import Stack

CLAIMS = ("own_1", "ws_1", "own_1@example.com")


def status(stack: Stack, token: str) -> int:
    """Ask with a token."""
    headers = {"Authorization": f"Bearer {token}"}
    return urllib3.request("GET", f"{stack.api.url}/mine", headers=headers, retries=False).status


def sealed(value: object) -> str:
    """Return a part of a token."""
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def spoilt(good: str) -> Iterator[str]:
    """Yield a token cut and flipped at many places."""
    for end in range(0, len(good), 37):
        yield good[:end]
    for place in range(2, len(good) - 2, 41):
        if good[place] != ".":
            yield f"{good[:place]}{'A' if good[place] != 'A' else 'B'}{good[place + 1 :]}"


def test_a_spoilt_token_is_nobodys(stack: Stack) -> None:
    """The good one is let in."""
    good = stack.issuer.token(*CLAIMS)

    assert 200 == status(stack, good)
    assert {401} == {status(stack, token) for token in spoilt(good)}


def test_one_callers_signature_is_none_for_another(stack: Stack) -> None:
    """Another workspace, signed by nobody."""
    own, other = stack.issuer.token(*CLAIMS), stack.issuer.token("own_2", "ws_2", "b@example.com")
    head, _, signature = own.split(".")

    assert 401 == status(stack, f"{head}.{other.split('.')[1]}.{signature}")


@pytest.mark.parametrize("algorithm", ["none", "None", "HS256", "RS256"])
def test_a_token_says_nothing_of_how_it_is_to_be_verified(stack: Stack, algorithm: str) -> None:
    """No signature, or one made with the public key as if it were a secret."""
    _, payload, _ = stack.issuer.token(*CLAIMS).split(".")
    public = json.dumps(stack.issuer._public_key()).encode()
    key = jwt.utils.base64url_encode(public).decode()
    head = sealed({"alg": algorithm, "typ": "JWT", "kid": "local-1"})
    forged = jwt.encode({}, key, algorithm="HS256").split(".")[2]

    assert {401} == {status(stack, f"{head}.{payload}.{end}") for end in ("", forged)}


@pytest.mark.parametrize("claims", [{"exp": 1}, {"nbf": 2**40}, {"iat": 2**40}, {"exp": None}])
def test_a_token_of_another_time_is_refused(stack: Stack, claims: dict[str, Any]) -> None:
    """Expired, not valid yet, issued in the future, or for ever."""
    assert 401 == status(stack, stack.issuer.token(*CLAIMS, **claims))
