"""The local HTTP API behaves like API Gateway's."""

from __future__ import annotations

import base64
import json
import time
from typing import TYPE_CHECKING, Any

import jwt
import pytest
import urllib3
from cryptography.hazmat.primitives.asymmetric import rsa

if TYPE_CHECKING:
    from infra.local.stack import Stack


def call(stack: Stack, method: str, path: str, **more: Any) -> urllib3.BaseHTTPResponse:
    """Ask the API."""
    return urllib3.request(method, stack.api.url + path, retries=False, **more)


def behave(stack: Stack, **wish: object) -> urllib3.BaseHTTPResponse:
    """Have the function do something."""
    return call(stack, "POST", "/behave", body=json.dumps(wish))


def echoed(reply: urllib3.BaseHTTPResponse) -> dict[str, Any]:
    """Return the event that the function saw."""
    assert 200 == reply.status
    event: dict[str, Any] = reply.json()["event"]
    return event


def test_event_has_the_shape_of_payload_format_two(stack: Stack) -> None:
    """Paths are decoded, cookies apart, headers in lower case, repeated fields joined."""
    event = echoed(
        call(
            stack,
            "GET",
            "/echo/a%20b?x=1&x=2&y=",
            headers={"Cookie": "one=1; two=2", "X-Mixed": "Case", "User-Agent": "probe"},
        )
    )
    assert ("2.0", "ANY /echo/{name}", "/echo/a b") == tuple(
        event[name] for name in ("version", "routeKey", "rawPath")
    )
    assert {"name": "a b"} == event["pathParameters"]
    assert {"x": "1,2", "y": ""} == event["queryStringParameters"]
    assert "x=1&x=2&y=" == event["rawQueryString"]
    assert ["one=1", "two=2"] == event["cookies"]
    assert "cookie" not in event["headers"]
    assert "Case" == event["headers"]["x-mixed"]
    http = event["requestContext"]["http"]
    assert ("GET", "127.0.0.1", "probe") == (http["method"], http["sourceIp"], http["userAgent"])


def test_most_specific_route_wins(stack: Stack) -> None:
    """A literal segment beats a variable, another method falls back to the variable."""
    assert "GET /echo/itself" == echoed(call(stack, "GET", "/echo/itself"))["routeKey"]
    assert "ANY /echo/{name}" == echoed(call(stack, "PUT", "/echo/itself"))["routeKey"]


def test_json_is_text_and_a_form_is_base64(stack: Stack) -> None:
    """API Gateway hands a function forms and bytes as base64."""
    plain = echoed(
        call(stack, "POST", "/echo/x", body=b"{}", headers={"Content-Type": "application/json"})
    )
    assert ("{}", False) == (plain["body"], plain["isBase64Encoded"])
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    form = echoed(call(stack, "POST", "/echo/x", body=b"a=1", headers=kind))
    assert (b"a=1", True) == (base64.b64decode(form["body"]), form["isBase64Encoded"])


def test_chunked_body_arrives_whole(stack: Stack) -> None:
    """A body without Content-Length is no different."""
    with urllib3.PoolManager() as http:
        address = f"{stack.api.url}/echo/x"
        reply = http.urlopen("POST", address, body=iter([b"ab", b"cd"]), chunked=True)
    assert "abcd" == echoed(reply)["body"]


def test_reply_keeps_headers_cookies_and_bytes(stack: Stack) -> None:
    """Cookies become headers of their own, base64 becomes bytes."""
    reply = call(stack, "GET", "/echo/x")
    assert ["a=1; Path=/", "b=2"] == reply.headers.getlist("set-cookie")
    assert ("application/json", "2") == (reply.headers["content-type"], reply.headers["x-two"])
    assert b"raw" == behave(stack, bytes="raw").data


def test_answer_without_status_is_taken_for_json(stack: Stack) -> None:
    """API Gateway infers a 200 from a bare value."""
    reply = behave(stack, **{"return": {"a": 1}})
    assert (200, {"a": 1}) == (reply.status, reply.json())


@pytest.mark.parametrize(("method", "path"), [("GET", "/nowhere"), ("HEAD", "/echo/itself/x")])
def test_unknown_route_is_not_found(stack: Stack, method: str, path: str) -> None:
    """The answer is API Gateway's own."""
    reply = call(stack, method, path)
    assert 404 == reply.status
    assert (b"" if method == "HEAD" else b'{"message": "Not Found"}') == reply.data


@pytest.mark.parametrize(
    "wish",
    [{"raise": "secret-words"}, {"sleep": 3}, {"exit": 3}, {"return": {"statusCode": "x"}}],
    ids=["raises", "times out", "dies", "answers nonsense"],
)
def test_failed_function_is_a_bare_500_and_the_next_call_works(
    stack: Stack, wish: dict[str, object]
) -> None:
    """The caller learns nothing of the cause, and the function is there again."""
    reply = behave(stack, **wish)
    assert (500, {"message": "Internal Server Error"}) == (reply.status, reply.json())
    assert 200 == behave(stack, **{"return": 1}).status


def test_logs_hold_output_traceback_and_timeout(stack: Stack) -> None:
    """What a function writes, and how it ended, can be searched."""
    behave(stack, **{"raise": "searchable"})
    behave(stack, sleep=3)
    log = stack.logs("Web")
    assert "ValueError: searchable" in log
    assert "Traceback" in log
    assert "Task timed out after 1.00 seconds" in log


def test_too_large_body_is_refused(stack: Stack) -> None:
    """Ten megabytes are the limit of the API, six that of an invocation."""
    assert 413 == call(stack, "POST", "/echo/x", body=b"x" * 10_485_761).status
    assert 413 == call(stack, "POST", "/echo/x", body=b"x" * 7_000_000).status


def test_function_sees_the_template_and_nothing_of_this_machine(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The environment is Lambda's: the template's variables, no home, no profile, no proxy."""
    monkeypatch.setenv("AWS_PROFILE", "mine")
    monkeypatch.setenv("HTTPS_PROXY", "http://192.0.2.1:9")
    environment = behave(stack, environment=True).json()
    assert stack.attributes["Work"]["Ref"] == environment["WORK_URL"]
    assert "relink-Web" == environment["AWS_LAMBDA_FUNCTION_NAME"]
    assert not environment.keys() & {"HOME", "AWS_PROFILE", "HTTPS_PROXY", "PYTHONPATH"}


def test_good_token_reaches_the_function_as_strings(stack: Stack) -> None:
    """Claims are in the request context, each of them a string."""
    token = stack.issuer.token("user-1", "ws-1", "user@example.com", roles=["a", "b"], admin=True)
    reply = call(stack, "GET", "/mine", headers={"Authorization": f"Bearer {token}"})
    claims = echoed(reply)["requestContext"]["authorizer"]["jwt"]["claims"]
    assert ("user-1", "ws-1", "[a b]", "true") == tuple(
        claims[name] for name in ("sub", "workspace", "roles", "admin")
    )
    assert claims["exp"].isdigit()


@pytest.mark.parametrize(
    "claims",
    [
        {"exp": 1},
        {"exp": None},
        {"nbf": 4_102_444_800},
        {"iat": 4_102_444_800},
        {"aud": "another"},
        {"iss": "https://elsewhere.example"},
        {"iss": None},
    ],
    ids=str,
)
def test_token_with_wrong_claims_is_unauthorized(stack: Stack, claims: dict[str, object]) -> None:
    """Issuer, audience and times must all be right."""
    token = stack.issuer.token("u", "w", "u@example.com", **claims)
    assert_refused(stack, f"Bearer {token}")


def test_foreign_signature_is_unauthorized(stack: Stack) -> None:
    """A token counts only if the issuer's published key has signed it."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    claims = {"iss": stack.issuer.url, "aud": "relink", "exp": time.time() + 600}
    forged = jwt.encode(claims, key, algorithm="RS256", headers={"kid": "local-1"})
    unsigned = jwt.encode(claims, "", algorithm="none", headers={"kid": "local-1"})
    for header in ("", "Bearer", "Bearer x.y.z", f"Bearer {forged}", f"Bearer {unsigned}"):
        assert_refused(stack, header)


def assert_refused(stack: Stack, authorization: str) -> None:
    """Check that the API says no and does not ask the function."""
    before = stack.functions["Web"].invocations
    reply = call(stack, "GET", "/mine", headers={"Authorization": authorization})
    assert (401, {"message": "Unauthorized"}) == (reply.status, reply.json())
    assert before == stack.functions["Web"].invocations
