"""What browsers may do on our pages, and which addresses a policy may name."""

from __future__ import annotations

import pytest

from reconnect.policies import OURS, Policy, origin


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("https://a.example/x?y#z", "https://a.example"),
        ("https://A.example:8443/", "https://a.example:8443"),
        ("http://127.0.0.1:80/", "http://127.0.0.1:80"),
        ("http://localhost", "http://localhost"),
        ("http://a.example/", ""),
        ("https://a.example;x/", ""),
        ("https://a example/", ""),
        ("https://*.example/", ""),
        ("https://[::1]/", ""),
        ("https://a.example:x/", ""),
        ("//a.example/", ""),
        ("javascript:alert(1)", ""),
        ("", ""),
    ],
)
def test_only_a_plain_address_has_an_origin(address: str, expected: str) -> None:
    """Encrypted, or on this very machine; nothing that could end a rule or widen it."""
    assert expected == origin(address)


def test_pages_run_our_scripts_and_no_others() -> None:
    """Nothing inline, nothing evaluated, nothing framed."""
    assert "script-src 'self';" in OURS
    assert "connect-src 'self';" in OURS
    assert "unsafe" not in OURS
    assert "frame-src" not in OURS
    assert OURS == str(Policy().with_chat("")) == str(Policy().with_chat("nonsense"))


def test_a_chat_may_be_loaded_spoken_to_and_framed() -> None:
    """From its own origin; everything else stays as it was."""
    told = str(Policy(talks_to=("https://login.example",)).with_chat("https://chat.example/x.js"))

    assert "script-src 'self' https://chat.example;" in told
    assert (
        "connect-src 'self' https://login.example https://chat.example wss://chat.example;" in told
    )
    assert "frame-src https://chat.example;" in told
    assert "style-src 'self';" in told


def test_a_chat_reaches_no_other_page() -> None:
    """Its page is sandboxed into an origin of its own; ours are not, they need theirs."""
    told = str(Policy().with_chat("https://chat.example/x.js"))

    assert told.endswith("; sandbox allow-scripts allow-forms allow-popups allow-modals")
    assert "sandbox" not in OURS
