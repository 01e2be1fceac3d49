from __future__ import annotations

import base64
import socket
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from tests.contract.simulators.client import Access, call

if TYPE_CHECKING:
    from tests.contract.simulators.client import Simulators

DAY = 86_400
FORBIDDEN = {
    "errlist": [{"code": "gen.auth", "msg": "Forbidden"}],
    "accounts": [],
    "connections": [],
}


class TestClaim:
    """`POST /claim/:token`."""

    def test_setup_token_is_the_claim_url_in_base64(self, simulators: Simulators) -> None:
        """A SimpleFIN Token is a Base64-encoded URL below the root."""
        given = simulators.control("POST", "/simplefin/tokens", login="fine")
        assert given["claim_url"] == base64.b64decode(given["setup_token"]).decode()
        assert given["claim_url"].startswith(f"{simulators.root}/claim/")

    def test_answer_is_an_access_url_with_credentials(self, simulators: Simulators) -> None:
        """A claim is answered with an access URL in plain text."""
        answer = call("POST", simulators.claim_url("fine"), b"")
        parts = urlsplit(answer.text)
        assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
        assert f"{parts.scheme}://{parts.hostname}:{parts.port}{parts.path}" == simulators.root
        assert parts.username
        assert parts.password

    def test_token_works_once(self, simulators: Simulators) -> None:
        """A used token is 403, with the Bridge's own text."""
        url = simulators.claim_url("fine")
        assert call("POST", url, b"").status == 200
        again = call("POST", url, b"")
        assert again.status == 403
        assert again.text == "Forbidden (was it already claimed?)"

    def test_unknown_token_is_answered_like_a_used_one(self, simulators: Simulators) -> None:
        """Whoever guesses tokens learns nothing."""
        answer = call("POST", f"{simulators.root}/claim/never-given", b"")
        assert (answer.status, answer.text) == (403, "Forbidden (was it already claimed?)")

    def test_only_an_empty_post_uses_a_token_up(self, simulators: Simulators) -> None:
        """A GET, a body, or a POST without a length leave the token as it was."""
        url = simulators.claim_url("fine")
        assert call("GET", url).status == 405
        assert call("POST", url, b"x=1").status == 400
        assert post_without_length(url).startswith(b"HTTP/1.1 411 ")
        assert call("POST", url, b"").status == 200

    def test_second_token_of_a_login_opens_the_same_accounts(self, simulators: Simulators) -> None:
        """Account ids survive a new token; both credentials live on."""
        first, second = simulators.access("fine"), simulators.access("fine")
        assert first.url != second.url
        assert first.accounts().json() == second.accounts().json()

    def test_logins_share_no_id(self, simulators: Simulators) -> None:
        """Another login is another person's accounts, connections and transactions."""
        one, other = (simulators.access(login).accounts().text for login in ("a", "b"))
        ids = {word for word in one.split('"') if word[:4] in {"ACT-", "CON-", "TRN-"}}
        assert len(ids) > 50
        assert not any(each in other for each in ids)


def post_without_length(url: str) -> bytes:
    """Return the beginning of the answer to a POST that does not say how long its body is."""
    parts = urlsplit(url)
    with socket.create_connection((parts.hostname, parts.port), timeout=5) as connection:
        connection.sendall(f"POST {parts.path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        return connection.recv(100)


class TestAuthentication:
    """Basic credentials on `GET /accounts`."""

    def test_wrong_credentials_are_403_with_gen_auth(self, simulators: Simulators) -> None:
        """In version 2 the body says gen.auth and has no accounts."""
        access = simulators.access("fine")
        wrong = Access(access.url.replace("@", "0@"))
        answer = wrong.accounts()
        assert answer.status == 403
        assert answer.json() == FORBIDDEN

    def test_version_1_says_forbidden_in_plain_text(self, simulators: Simulators) -> None:
        """Without version=2 there is no errlist to say it in."""
        answer = call("GET", f"{simulators.root}/accounts")
        assert (answer.status, answer.text) == (403, "Forbidden")

    @pytest.mark.parametrize("header", ["Bearer abc", "Basic", "Basic %%%", "Basic 6Q=="])
    def test_header_that_is_no_basic_authentication_is_403(
        self, simulators: Simulators, header: str
    ) -> None:
        """Anything but Basic credentials opens nothing."""
        url = f"{simulators.root}/accounts?version=2"
        answer = call("GET", url, headers={"Authorization": header})
        assert (answer.status, answer.json()) == (403, FORBIDDEN)


class TestQuota:
    """Too many requests a day."""

    def test_too_many_requests_are_warned_and_then_disable_the_access(
        self, simulators: Simulators
    ) -> None:
        """More than 48 in 24 hours: a warning. More than 96: dead, but another token works."""
        access = simulators.access("fine")
        answers = [access.accounts(balances_only=1) for _ in range(97)]
        warned = [bool(answer.json()["errlist"]) for answer in answers]
        assert warned == [False] * 48 + [True] * 49
        assert [answer.status for answer in answers] == [200] * 96 + [403]
        simulators.advance(2 * DAY)
        assert access.accounts().status == 403
        assert simulators.access("fine").accounts().status == 200

    def test_quota_is_of_a_rolling_day_and_apart_for_single_accounts(
        self, simulators: Simulators
    ) -> None:
        """Requests for single accounts have a quota of their own; both are replenished."""
        simulators.control("POST", "/simplefin/settings", warned_requests=1)
        access = simulators.access("fine")
        chosen = access.accounts().json()["accounts"][0]["id"]
        assert [] == access.accounts(account=chosen).json()["errlist"]
        assert 1 == len(access.accounts().json()["errlist"])
        simulators.advance(DAY)
        assert [] == access.accounts().json()["errlist"]


class TestCreate:
    """The pages of `/create`."""

    def test_page_gives_out_a_token_that_works(self, simulators: Simulators) -> None:
        """A person signs in with a login name and copies a setup token."""
        assert 'name="login"' in call("GET", f"{simulators.root}/create").text
        page = call("POST", f"{simulators.root}/create", b"login=fine.%3Cb%3E").text
        assert "fine.<b>" not in page
        token = page.partition("readonly>")[2].partition("<")[0]
        assert 200 == call("POST", base64.b64decode(token).decode(), b"").status

    def test_page_lets_the_owner_sign_in_to_the_bank_again(self, simulators: Simulators) -> None:
        """What the owner mends at the Bridge needs no new token."""
        access = simulators.access("acme")
        simulators.trouble("acme", "password-changed")
        assert 1 == len(access.accounts().json()["errlist"])
        assert "sign in again" in call("POST", f"{simulators.root}/create", b"login=acme").text
        call("POST", f"{simulators.root}/create", b"login=acme&action=cure")
        assert [] == access.accounts().json()["errlist"]
