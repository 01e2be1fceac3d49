"""What a bank asks for."""

from __future__ import annotations

import base64

import pytest

from relink.failures import Temporary
from relink.providers.fints import syntax
from relink.providers.fints.challenge import PICTURE_LIMIT, PROMPT_LIMIT, Demand, demand

PNG = b"\x89PNG\r\n\x1a\n" + bytes(300)


def asked(hitan: bytes, code: bytes = b"0030", *, app: bool = False) -> Demand | None:
    """Return the demand in an answer."""
    found = syntax.segments(b"HIRMS:3:2:4+%s::Bitte bestaetigen'%s" % (code, hitan))
    return demand(syntax.said(found), found, app=app)


def test_challenge_is_shown_as_plain_text() -> None:
    """Banks may use simple HTML; nobody else may through them."""
    text = b"Code&nbsp;12<br><script>alert(1)</script>\x1b[31m und TAN"
    found = asked(b"HITAN:5:6:4+4++REF+" + text + b"'")
    assert found is not None
    assert ("REF", "Code 12 alert(1) [31m und TAN", False) == (
        found.reference,
        found.prompt,
        found.decoupled,
    )


def test_long_challenge_is_cut() -> None:
    """A prompt is some lines, not a book."""
    found = asked(b"HITAN:5:6:4+4++REF+" + b"x" * 5_000 + b"'")
    assert found is not None
    assert PROMPT_LIMIT == len(found.prompt)


def test_picture_is_handed_on() -> None:
    """A photoTAN is a media type and its content, each after its length."""
    data = b"\x00\x09image/png" + len(PNG).to_bytes(2, "big") + PNG
    found = asked(b"HITAN:5:6:4+4++REF+Foto+@%d@" % len(data) + data + b"'")
    assert found is not None
    assert f"data:image/png;base64,{base64.b64encode(PNG).decode()}" == found.picture


def test_picture_within_the_text_is_handed_on() -> None:
    """Another way to send one: Base64 in front of the text."""
    data = base64.b64encode(PNG).decode()
    text = f"CHLGUC  {len(data):04d}{data}CHLGTEXT0012Foto machen"
    found = asked(b"HITAN:5:6:4+4++REF+" + text.encode() + b"'")
    assert found is not None
    assert ("Foto machen", f"data:image/png;base64,{data}") == (found.prompt, found.picture)


@pytest.mark.parametrize(
    "data",
    [
        b"\x00\x09text/html\x00\x04<b/>",
        b"\x00\x0dimage/svg+xml\x00\x04<b/>",
        b"\x00\x09image/png" + (60_000).to_bytes(2, "big") + bytes(10),
        b"\x00\x09image/png\xff\xff" + bytes(3 * PICTURE_LIMIT // 4 + 99),
        b"\x00",
        b"1234",
    ],
)
def test_what_is_no_picture_is_not_shown(data: bytes) -> None:
    """Only raster pictures of a sensible size go to a browser."""
    found = asked(b"HITAN:5:6:4+4++REF+Foto+@%d@" % len(data) + data + b"'")
    assert found is not None
    assert found.picture == "" or found.picture.startswith("data:image/png;base64,")
    assert len(found.picture) <= PICTURE_LIMIT


@pytest.mark.parametrize(
    ("code", "app", "decoupled"),
    [
        (b"0030", False, False),
        (b"3955", False, True),
        (b"0030", True, True),
        (b"3956", False, True),
    ],
)
def test_approval_is_told_from_a_tan(code: bytes, app: bool, decoupled: bool) -> None:  # noqa: FBT001
    """By the code, or by a method that has no TAN."""
    found = asked(b"HITAN:5:7:4+4++REF+App'", code, app=app)
    assert found is not None
    assert decoupled is found.decoupled


def test_no_demand_without_its_code() -> None:
    """Banks send an empty challenge with every answer."""
    assert asked(b"HITAN:5:6:4+4++noref+nochallenge'", b"3076") is None


@pytest.mark.parametrize("hitan", [b"", b"HITAN:5:6:4+4++noref+nochallenge'", b"HITAN:5:6:4+4'"])
def test_demand_without_a_challenge_is_a_bad_answer(hitan: bytes) -> None:
    """There would be nothing to answer."""
    with pytest.raises(Temporary):
        asked(hitan)
