"""Endpoints come from browsers: only those at push services that we know are ever called."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from urllib3.util import parse_url

from infra.sam.template import load
from relink.push_services import ENDPOINT_LIMIT, PushServices, origin_of

DEFAULT = load().document["Parameters"]["PushServices"]["Default"]
KNOWN = PushServices.parse(DEFAULT)


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://fcm.googleapis.com/fcm/send/dK4:APA91b_x-Y",
        "https://fcm.googleapis.com/wp/dK4:APA91b_x-Y",
        "https://updates.push.services.mozilla.com/wpush/v2/gAAAAA_-x",
        "https://eu1.push.services.mozilla.com/wpush/v2/gAAAAA",
        "https://wns2-par02p.notify.windows.com/w/?token=BQYAAAD%2fx%2b%3d%3d",
        "https://web.push.apple.com/QGuQyavXutnMk-v6RHE",
    ],
)
def test_browsers_known_today_are_allowed(endpoint: str) -> None:
    """Chrome, Firefox, Edge and Safari, as their endpoints look."""
    assert KNOWN.allow(endpoint)


@pytest.mark.parametrize(
    "endpoint",
    [
        "",
        "https://",
        "https://fcm.googleapis.com",
        "http://fcm.googleapis.com/fcm/send/x",
        "HTTPS://fcm.googleapis.com/fcm/send/x",
        "https://FCM.googleapis.com/fcm/send/x",
        "https://fcm.googleapis.com:443/fcm/send/x",
        "https://fcm.googleapis.com:8443/fcm/send/x",
        "https://fcm.googleapis.com./fcm/send/x",
        "https://fcm.googleapis.com.attacker.example/x",
        "https://fcm-googleapis.com/x",
        "https://attacker.example/fcm.googleapis.com/x",
        "https://attacker.example/?https://fcm.googleapis.com/",
        "https://attacker.example#@fcm.googleapis.com/x",
        "https://user@fcm.googleapis.com/x",
        "https://user:pass@fcm.googleapis.com/x",
        "https://fcm.googleapis.com@attacker.example/x",
        "https://fcm.googleapis.com\\@attacker.example/x",
        "https://attacker.example\\.notify.windows.com/x",
        "https://attacker.example/.notify.windows.com/x",
        "https://notify.windows.com/x",
        "https://.notify.windows.com/x",
        "https://-.notify.windows.com/x",
        "https://two.labels.notify.windows.com/x",
        "https://*.notify.windows.com/x",
        "https://a_b.notify.windows.com/x",
        "https://\u0430.notify.windows.com/x",
        "https://x.notify.windows.com\u3002attacker.example/x",
        "https://169.254.169.254/latest/meta-data",
        "https://127.0.0.1/x",
        "https://[::1]/x",
        "https://2130706433/x",
        "https://0x7f.1/x",
        "https://localhost/x",
        "https://web.push.apple.com/x\r\nHost: attacker.example",
        "https://web.push.apple.com/x y",
        "https://web.push.apple.com/x#fragment",
        " https://web.push.apple.com/x",
        "https://web.push.apple.com/x\n",
        "//web.push.apple.com/x",
        "/x",
        "file:///etc/passwd",
        "ftp://web.push.apple.com/x",
        "javascript:alert(1)",
        "https://web.push.apple.com/" + "x" * ENDPOINT_LIMIT,
    ],
)
def test_anything_else_is_not_called(endpoint: str) -> None:
    """Other hosts and schemes, users, ports, addresses, and what two parsers may read as two."""
    assert not KNOWN.allow(endpoint)


@given(st.text(max_size=60), st.sampled_from(["https://web.push.apple.com", "https://", ""]))
def test_what_is_allowed_is_read_alike_by_what_calls_it(text: str, start: str) -> None:
    """The library that sends finds the very origin that was compared."""
    endpoint = start + text
    if KNOWN.allow(endpoint):
        parsed = parse_url(endpoint)
        assert origin_of(endpoint) == f"{parsed.scheme}://{parsed.netloc}"
        assert parsed.auth is None
        assert parsed.fragment is None


def test_a_port_must_be_listed() -> None:
    """A service of one's own may have one; none other of that host is meant."""
    own = PushServices.parse("http://127.0.0.1:8470, https://push.example.com:8443")

    assert own.allow("http://127.0.0.1:8470/push/x")
    assert own.allow("https://push.example.com:8443/x")
    assert not own.allow("http://127.0.0.1:8471/push/x")
    assert not own.allow("http://127.0.0.1/push/x")
    assert not own.allow("https://push.example.com/x")


def test_no_list_allows_nothing() -> None:
    """An empty parameter is not a permission."""
    assert not PushServices.parse("").allow("https://web.push.apple.com/x")


@pytest.mark.parametrize("listed", ["*", "https://*", "https://*.com", "web.push.apple.com"])
def test_a_list_that_is_none_is_an_error(listed: str) -> None:
    """A mistyped origin would else allow too much or nothing, and nobody would know."""
    with pytest.raises(ValueError, match="no origin"):
        PushServices.parse(listed)
