"""Reading a push as its browser does: written from RFC 8291, checked by its own example."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from infra.local.push.browser import Browser, UnreadableError, bytes_of, text

# RFC 8291, section 5 and appendix A.
PRIVATE = "q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94"
PUBLIC = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
SECRET = "BTBZMqHH6r4Tts7J_aSIgg"
BODY = (
    "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27ml"
    "mlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPT"
    "pK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
)


@pytest.fixture
def browser() -> Browser:
    """Return the receiver of the RFC's example."""
    scalar = int.from_bytes(bytes_of(PRIVATE), "big")
    private = ec.derive_private_key(scalar, ec.SECP256R1())
    return Browser("https://push.example.net/push/x", "key", "", private, bytes_of(SECRET))


def test_the_example_of_the_standard_is_read(browser: Browser) -> None:
    """RFC 8291, appendix A: its keys, its message, its plaintext."""
    assert {"p256dh": PUBLIC, "auth": SECRET} == browser.subscription()["keys"]
    assert b"When I grow up, I want to be a watermelon" == browser.read(bytes_of(BODY))


@pytest.mark.parametrize(("place", "value"), [(0, 0), (18, 0), (20, 64), (21, 2), (25, 0), (-1, 0)])
def test_a_message_that_was_tampered_with_is_not_read(
    browser: Browser, place: int, value: int
) -> None:
    """Salt, record size, the sender's key and its length, text and tag: no byte may be another."""
    body = bytearray(bytes_of(BODY))
    body[place] = value

    with pytest.raises(UnreadableError):
        browser.read(bytes(body))


@pytest.mark.parametrize("length", [0, 1, 20, 21, 86, 102])
def test_a_message_that_was_cut_off_is_not_read(browser: Browser, length: int) -> None:
    """Too little is told apart from nonsense, not answered by a crash."""
    with pytest.raises(UnreadableError):
        browser.read(bytes_of(BODY)[:length])


def test_another_browser_cannot_read_it(browser: Browser) -> None:
    """Neither with another key nor with another secret."""
    strangers = (
        Browser(browser.endpoint, browser.key),
        Browser(browser.endpoint, browser.key, "", browser.private),
        Browser(browser.endpoint, browser.key, secret=browser.secret),
    )
    for stranger in strangers:
        with pytest.raises(UnreadableError):
            stranger.read(bytes_of(BODY))


def test_base64url_is_written_without_padding() -> None:
    """As browsers write it, and back."""
    assert "_-8" == text(b"\xff\xef")
    assert b"\xff\xef" == bytes_of("_-8")
