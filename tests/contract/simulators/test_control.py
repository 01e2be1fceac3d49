from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from tests.contract.simulators.client import call

if TYPE_CHECKING:
    from tests.contract.simulators.client import Simulators


def test_clock_is_set_and_advanced(simulators: Simulators, now: int) -> None:
    """`offset` is from real time, `advance` from the simulated one."""
    assert {"now": now + 100, "offset": 100} == simulators.control("POST", "/clock", offset=100)
    assert {"now": now + 105, "offset": 105} == simulators.control("POST", "/clock", advance=5)
    assert {"now": now + 105, "offset": 105} == simulators.control("GET", "/clock")


def test_calls_are_counted_per_login_and_endpoint(simulators: Simulators) -> None:
    """Every call counts, the refused ones, too; credentials that nobody has count for `?`."""
    access = simulators.access("acme")
    access.accounts()
    simulators.trouble("acme", "reset")
    with pytest.raises(ConnectionError):
        access.accounts()
    call("GET", f"{simulators.root}/accounts")
    counted = simulators.control("GET", "/calls")
    assert [("?", "accounts", 1), ("acme", "accounts", 2), ("acme", "claim", 1)] == [
        (each["login"], each["endpoint"], each["count"]) for each in counted["counts"]
    ]
    assert 4 == counted["total"] == counted["mark"]


def test_calls_are_counted_since_a_mark(simulators: Simulators) -> None:
    """A mark lets two observers count apart."""
    access = simulators.access("acme")
    mark = simulators.control("GET", "/calls")["mark"]
    assert 0 == simulators.control("GET", f"/calls?since={mark}")["total"]
    access.accounts()
    simulators.access("other")
    path = f"/calls?since={mark}&provider=simplefin&login=acme&endpoint=accounts"
    assert 1 == simulators.control("GET", path)["total"]


def test_peak_is_how_many_calls_were_answered_at_once(simulators: Simulators) -> None:
    """Latency holds for the providers, not for the switches."""
    simulators.control("POST", "/latency", seconds=1)
    with ThreadPoolExecutor(8) as pool:
        for _ in range(8):
            pool.submit(call, "GET", f"{simulators.root}/info")
    assert 8 <= simulators.control("GET", "/calls")["peak"]


def test_login_is_shown_changed_and_replaced(simulators: Simulators) -> None:
    """PATCH changes a login; POST makes it anew and forgets what it was given."""
    access = simulators.access("acme")
    path = "/logins/simplefin/acme"
    changed = simulators.control("PATCH", path, trouble="down-3-cycles", banks=["juniper"])
    assert ("down", 3) == (changed["trouble"]["kind"], changed["trouble"]["cycles"])
    assert ["juniper"] == changed["banks"]
    assert changed == simulators.control("GET", path)
    assert 1 == changed["live_credentials"]
    again = simulators.control("POST", path)
    assert ("fine", ["harbour"], 0) == (
        again["trouble"]["kind"],
        again["banks"],
        again["live_credentials"],
    )
    assert 403 == access.accounts().status


def test_login_with_odd_characters_has_a_path(simulators: Simulators) -> None:
    """A login is one percent-encoded path segment."""
    shown = simulators.control("PATCH", "/logins/simplefin/a%2Fb%20%C3%A9", trouble="fine")
    assert "a/b é" == shown["login"]


def test_trouble_can_begin_later(simulators: Simulators) -> None:
    """`after` is in simulated seconds."""
    access = simulators.access("acme")
    simulators.trouble("acme", "expired", after=60)
    assert 200 == access.accounts().status
    simulators.advance(60)
    assert 403 == access.accounts().status


def test_reset_forgets_everything(simulators: Simulators, now: int) -> None:
    """Afterwards it is as if just started."""
    access = simulators.access("acme")
    simulators.control("POST", "/simplefin/settings", versions=["9.9"])
    simulators.control("POST", "/outage", bank="harbour", on=True)
    simulators.advance(1_000)
    assert {"now": now, "offset": 0} == simulators.control("POST", "/reset")
    overview = simulators.control("GET", "")
    assert ({}, []) == (overview["outages"], overview["logins"])
    assert 0 == simulators.control("GET", "/calls")["total"]
    assert 403 == access.accounts().status
    assert {"versions": ["1.0"]} == call("GET", f"{simulators.root}/info").json()


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("PATCH", "/logins/simplefin/acme", b'{"trouble": "sunshine"}', 422),
        ("PATCH", "/logins/simplefin/acme", b'{"banks": ["moon"]}', 422),
        ("PATCH", "/logins/nobody/acme", b"{}", 422),
        ("GET", "/logins/simplefin/never-seen", None, 404),
        ("POST", "/outage", b'{"bank": "moon", "on": true}', 422),
        ("POST", "/clock", b"{}", 422),
        ("POST", "/clock", b"[1]", 400),
        ("POST", "/clock", b"{", 400),
        ("PATCH", "/logins/simplefin/acme", b'{"trouble": "slow", "seconds": "long"}', 422),
        ("PATCH", "/logins/simplefin/acme", b'{"trouble": "down", "cycles": -1}', 422),
        ("POST", "/latency", b'{"seconds": NaN}', 422),
        ("POST", "/simplefin/settings", b'{"colour": 1}', 422),
        ("POST", "/simplefin/settings", b'{"versions": "1.0"}', 422),
        ("POST", "/simplefin/settings", b'{"refresh_seconds": 0}', 422),
        ("DELETE", "/clock", None, 405),
        ("GET", "/nowhere", None, 404),
    ],
)
def test_impossible_request_says_why(
    simulators: Simulators, method: str, path: str, body: bytes | None, status: int
) -> None:
    """A switch that is not there is a mistake of whoever turns it."""
    answer = call(method, f"{simulators.base}/control{path}", body)
    assert status == answer.status
    assert answer.body


@pytest.mark.parametrize(
    ("headers", "status"),
    [({"Content-Length": "x"}, 400), ({"Content-Length": "1000001"}, 413)],
)
def test_body_of_impossible_length_is_refused(
    simulators: Simulators, headers: dict[str, str], status: int
) -> None:
    """Nothing is read that is too long or of unknown length."""
    assert status == call("POST", f"{simulators.base}/control/reset", headers=headers).status
