"""Reading FinTS's wire syntax."""

from __future__ import annotations

import time

import pytest
from fints.parser import FinTS3Parser  # type: ignore[import-untyped]
from hypothesis import given
from hypothesis import strategies as st

from relink.failures import Temporary
from relink.providers.fints import syntax
from relink.reasons import Reason
from tests.unit.providers.fints.scripted import enveloped, recorded

CHARACTERS = st.text(st.characters(codec="iso-8859-1", exclude_characters="\r\n"), max_size=8)


def escaped(value: str | bytes) -> bytes:
    """Return a value in wire syntax."""
    if isinstance(value, bytes):
        return b"@%d@" % len(value) + value
    return "".join(f"?{c}" if c in "+:'@?" else c for c in value).encode("iso-8859-1")


def test_escapes_groups_and_binaries_are_told_apart() -> None:
    """`?` makes a separator a character, `@n@` takes n bytes as they are."""
    found = syntax.segments(b"HIXXX:3:2:5+a?+b+c:d::e++@4@+':@+last'")
    assert ["HIXXX"] == [s.kind for s in found]
    assert "a+b" == found[0].text(1)
    assert ["c", "d", None, "e"] == found[0].group(2)
    assert [] == found[0].group(3)
    assert [b"+':@"] == found[0].binaries(4)
    assert "last" == found[0].text(5)
    assert "" == found[0].text(9)


@given(
    st.lists(
        st.lists(CHARACTERS | st.binary(min_size=1, max_size=6), min_size=1, max_size=3), max_size=4
    )
)
def test_reads_what_the_library_reads(elements: list[list[str | bytes]]) -> None:
    """Both agree on every well-formed segment."""
    body = b"+".join(b":".join(map(escaped, parts)) for parts in elements)
    data = b"HIXXX:1:2+" + body + b"'"
    assert FinTS3Parser.explode_segments(data) == [list(s.elements) for s in syntax.segments(data)]


def test_what_is_inside_the_envelope_is_found() -> None:
    """A message is its segments, wrapped or not."""
    found = syntax.segments(enveloped(recorded("balance")))
    assert ["HNHBK", "HNVSK", "HIRMG", "HIRMS", "HISAL", "HNHBS"] == [s.kind for s in found]


def test_all_codes_are_read_however_long_their_words() -> None:
    """The library drops all codes of a segment with a text over 80 characters."""
    long = "x" * 200
    found = syntax.segments(f"HIRMG:2:2:+9800::{long}+9942::PIN falsch'".encode())
    assert [("9800", long), ("9942", "PIN falsch")] == [
        (s.code, s.text) for s in syntax.said(found)
    ]


def test_parameters_of_a_code_are_kept() -> None:
    """TAN methods and the mark of the next page come as parameters."""
    found = syntax.segments(b"HIRMS:3:2:4+3920::Verfahren:910:911+3040::mehr:a?:b'")
    assert [("910", "911"), ("a:b",)] == [s.parameters for s in syntax.said(found)]


def test_words_in_utf_8_are_read_as_meant() -> None:
    """FinTS is Latin-1; some servers send UTF-8 all the same."""
    for encoding in ("utf-8", "iso-8859-1"):
        found = syntax.segments("HIRMG:2:2+9942::PIN ungültig'".encode(encoding))
        assert ["PIN ungültig"] == [s.text for s in syntax.said(found)]


@pytest.mark.parametrize(
    "data",
    [
        b"HIRMG:2:2+9942::half",
        b"HIRMG:2:2+@100@short'",
        b"HIRMG:2:2+@5@12345tail'",
        b"HIRMG:2:2+text@2@ab'",
        b"@",
        b"?",
        b"\xff\xfe",
        b"+" * (syntax.TOKENS + 1),
    ],
)
def test_what_is_not_fints_is_a_bad_answer(data: bytes) -> None:
    """Truncated, garbled or endless: orange, and nothing of it kept."""
    with pytest.raises(Temporary) as raised:
        syntax.segments(data)
    assert Reason.BAD_ANSWER is raised.value.reason


def test_large_answers_take_time_in_proportion() -> None:
    """The library's reader takes minutes for a megabyte of separators."""
    data = b"HIXXX:1:2" + b"+" * (syntax.TOKENS - 10) + b"'"
    began = time.process_time()
    assert "HIXXX" == syntax.segments(data)[0].kind
    assert time.process_time() - began < 5
