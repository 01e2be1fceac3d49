"""A browser is known again by the mark of the form that it sent."""

from __future__ import annotations

import pytest

from reconnect.attempts.attempting import attempt_id_for
from reconnect.links.browser import Browsers
from reconnect.visit import Visit
from relink.accounts import StoredAccount
from relink.attempt import submitted
from tests.fakes import NOON, connection

FORM = "f" * 24
CONNECTION = connection(credentials_version=0)
ATTEMPT = submitted(CONNECTION, attempt_id_for(CONNECTION, FORM), b"", {}, NOON)
ACCOUNT = StoredAccount(account_id="a", identities=(), bank_name="A", currency="EUR")
HTTPS = "https://connect.example.com"


def browsers(url: str = HTTPS, *known: StoredAccount) -> Browsers:
    """Return what knows browsers, for a connection with these accounts."""
    return Browsers(lambda _: known, url)


def visit(**cookies: str) -> Visit:
    """Return a request with these cookies."""
    return Visit({}, "192.0.2.1", "api.example.com", {}, cookies=cookies)


@pytest.mark.parametrize(
    ("url", "secure"),
    [
        (HTTPS, True),
        ("", True),
        ("http://127.0.0.1:8471", False),
        ("http://localhost:8471", False),
        ("http://[::1]:8471", False),
        ("http://connect.example.com", True),
        ("http://localhost.example.com", True),
        ("https://localhost", True),
    ],
)
def test_a_mark_asks_for_https_but_on_a_developers_machine(url: str, *, secure: bool) -> None:
    """Not every browser keeps a secure cookie of an address without HTTPS, loopback or not."""
    cookie = browsers(url).mark(visit(), ATTEMPT.attempt_id, FORM)

    assert secure == cookie.secure == cookie.name.startswith("__Host-")
    again = visit(**{cookie.name: cookie.value})
    assert browsers(url).may_go_on(again, CONNECTION, ATTEMPT)


@pytest.mark.parametrize("shown", ["", "g" * 24, FORM + "=", "f" * 15, "é" * 24, "\ud800" * 24])
def test_another_mark_is_another_browser(shown: str) -> None:
    """Whatever stands in the cookie, and whatever its name."""
    name = browsers().mark(visit(), ATTEMPT.attempt_id, FORM).name

    assert not browsers().may_go_on(visit(**{name: shown}), CONNECTION, ATTEMPT)
    assert not browsers().may_go_on(visit(relink=FORM), CONNECTION, ATTEMPT)
    assert not browsers().may_go_on(visit(), CONNECTION, ATTEMPT)


def test_a_mark_is_good_for_its_connection_only() -> None:
    """The same form sent for another connection is another attempt."""
    cookie = browsers().mark(visit(), ATTEMPT.attempt_id, FORM)
    other = connection(connection_id="con_2")

    assert not browsers().may_go_on(visit(**{cookie.name: FORM}), other, ATTEMPT)


def test_known_accounts_need_no_mark() -> None:
    """The consent must show one of them: no other is taken."""
    assert browsers(HTTPS, ACCOUNT).may_go_on(visit(), CONNECTION, ATTEMPT)
