"""The simulated Plaid takes what Plaid takes, and nothing else."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from infra.simulators.plaid.settings import CLIENT_ID, SECRET
from tests.contract.simulators.client import Answer, call

if TYPE_CHECKING:
    from tests.contract.simulators.client import Simulators

LINK = {
    "client_name": "A host",
    "language": "en",
    "country_codes": ["US"],
    "user": {"client_user_id": "u1"},
    "products": ["transactions"],
    "hosted_link": {},
}
KEYS = {"PLAID-CLIENT-ID": CLIENT_ID, "PLAID-SECRET": SECRET}
JSON = {"Content-Type": "application/json"}


def post(simulators: Simulators, path: str, content: Any, **headers: str) -> Answer:
    """Send a request with our keys in its headers."""
    named = {k.replace("_", "-"): v for k, v in headers.items()}
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    url = f"{simulators.base}/plaid{path}"
    return call("POST", url, body, headers={**JSON, **KEYS, **named})


def code(answer: Answer) -> tuple[int, str]:
    """Return the status and error code of an answer."""
    content = answer.json()
    assert set(content) >= {"error_type", "error_message", "display_message", "request_id"}
    return answer.status, content["error_code"]


def test_a_link_token_comes_with_an_address(simulators: Simulators) -> None:
    """If `hosted_link` is there, even empty."""
    with_page = post(simulators, "/link/token/create", LINK).json()
    without = {k: v for k, v in LINK.items() if k != "hosted_link"}
    assert with_page["hosted_link_url"].startswith(simulators.base)
    assert "hosted_link_url" not in post(simulators, "/link/token/create", without).json()


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"language": "xx"}, "INVALID_FIELD"),
        ({"country_codes": ["XX"]}, "INVALID_FIELD"),
        ({"country_codes": []}, "INVALID_FIELD"),
        ({"user": {}}, "MISSING_FIELDS"),
        ({"user": {"client_user_id": ""}}, "INVALID_FIELD"),
        ({"client_name": None}, "INVALID_FIELD"),
        ({"products": ["balance"]}, "INVALID_PRODUCT"),
        ({"products": []}, "INVALID_PRODUCT"),
        ({"transactions": {"days_requested": 731}}, "INVALID_FIELD"),
        ({"hosted_link": {"completion_redirect_uri": "nowhere"}}, "INVALID_FIELD"),
        ({"hosted_link": {"surprise": 1}}, "UNKNOWN_FIELDS"),
        ({"surprise": 1}, "UNKNOWN_FIELDS"),
        ({"access_token": "access-sandbox-1"}, "INVALID_ACCESS_TOKEN"),
    ],
)
def test_a_link_token_is_asked_for_properly(
    simulators: Simulators,
    changes: dict[str, Any],
    expected: str,
) -> None:
    """Each field has its values; unknown ones are refused."""
    assert code(post(simulators, "/link/token/create", {**LINK, **changes})) == (400, expected)


@pytest.mark.parametrize("field", ["client_name", "language", "country_codes", "user", "products"])
def test_a_link_token_needs_these(simulators: Simulators, field: str) -> None:
    """A first item needs products, too."""
    content = {k: v for k, v in LINK.items() if k != field}
    assert code(post(simulators, "/link/token/create", content)) == (400, "MISSING_FIELDS")


@pytest.mark.parametrize(
    ("path", "content", "expected"),
    [
        ("/item/get", {"access_token": "access-sandbox-1"}, "INVALID_ACCESS_TOKEN"),
        ("/item/get", {}, "MISSING_FIELDS"),
        ("/item/get", [], "INVALID_BODY"),
        ("/item/get", b"{", "INVALID_BODY"),
        ("/item/public_token/exchange", {"public_token": "x"}, "INVALID_PUBLIC_TOKEN"),
        ("/link/token/get", {"link_token": "x"}, "INVALID_LINK_TOKEN"),
        ("/transactions/sync", {"access_token": "x", "count": 501}, "INVALID_FIELD"),
        ("/transactions/sync", {"access_token": "x", "cursor": "c" * 257}, "INVALID_FIELD"),
        (
            "/webhook_verification_key/get",
            {"key_id": "x"},
            "INVALID_WEBHOOK_VERIFICATION_KEY_ID",
        ),
    ],
)
def test_what_is_wrong_is_said_with_a_code(
    simulators: Simulators,
    path: str,
    content: Any,
    expected: str,
) -> None:
    """The same shape everywhere."""
    assert code(post(simulators, path, content)) == (400, expected)


def test_keys_may_be_in_headers_or_in_the_body(simulators: Simulators) -> None:
    """Wrong or missing ones open nothing."""
    url = f"{simulators.base}/plaid/link/token/create"
    own = {**LINK, "client_id": CLIENT_ID, "secret": SECRET}
    assert call("POST", url, json.dumps(own).encode(), headers=JSON).status == 200
    wrong = post(simulators, "/link/token/create", LINK, PLAID_SECRET="another")
    assert code(wrong) == (400, "INVALID_API_KEYS")
    bare = call("POST", url, json.dumps(LINK).encode(), headers=JSON)
    assert code(bare) == (400, "MISSING_FIELDS")


def test_content_type_and_version_are_checked(simulators: Simulators) -> None:
    """A version that never was is refused."""
    form = post(simulators, "/link/token/create", LINK, Content_Type="text/plain")
    assert code(form) == (400, "INVALID_HEADERS")
    version = post(simulators, "/link/token/create", LINK, Plaid_Version="2020-01-01")
    assert code(version) == (400, "INVALID_HEADERS")


def test_the_page_works_without_javascript(simulators: Simulators) -> None:
    """A form with labelled fields, and an end without a way back."""
    made = post(simulators, "/link/token/create", LINK).json()
    form = call("GET", made["hosted_link_url"]).text
    assert "<script" not in form
    assert '<label for="login">' in form
    body = b"login=fine.page&password=p&action=continue"
    assert "You can close this page" in call("POST", made["hosted_link_url"], body).text
    told = post(simulators, "/link/token/get", {"link_token": made["link_token"]}).json()
    (session,) = told["link_sessions"]
    assert session["results"]["item_add_results"][0]["public_token"].startswith("public-")


def test_a_session_is_there_once_the_page_was_opened(simulators: Simulators) -> None:
    """Before that there is none; while it lasts it has no end."""
    made = post(simulators, "/link/token/create", LINK).json()
    asked = {"link_token": made["link_token"]}
    assert post(simulators, "/link/token/get", asked).json()["link_sessions"] is None
    call("GET", made["hosted_link_url"])
    (session,) = post(simulators, "/link/token/get", asked).json()["link_sessions"]
    assert "finished_at" not in session


def test_a_login_can_be_reset_and_shows_in_the_item(simulators: Simulators) -> None:
    """`/item/get` answers with the error in it; the data do not come."""
    made = post(simulators, "/link/token/create", LINK).json()
    call("POST", made["hosted_link_url"], b"login=fine.reset&password=p&action=continue")
    told = post(simulators, "/link/token/get", {"link_token": made["link_token"]}).json()
    public = told["link_sessions"][0]["results"]["item_add_results"][0]["public_token"]
    spent = post(simulators, "/item/public_token/exchange", {"public_token": public}).json()
    own = {"access_token": spent["access_token"]}
    assert post(simulators, "/sandbox/item/reset_login", own).json()["reset_login"] is True
    item = post(simulators, "/item/get", own).json()["item"]
    assert item["error"]["error_code"] == "ITEM_LOGIN_REQUIRED"
    assert code(post(simulators, "/accounts/get", own)) == (400, "ITEM_LOGIN_REQUIRED")
    assert code(post(simulators, "/transactions/sync", own)) == (400, "ITEM_LOGIN_REQUIRED")
