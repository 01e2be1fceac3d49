"""The query that a bank sends an owner back with is read within limits."""

from __future__ import annotations

from contextlib import suppress
from urllib.parse import urlencode

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from reconnect.links.callback import QUERY_LIMIT, TAKEN, WORDS, WORDS_LIMIT, Callback, read
from reconnect.visit import Malformed
from relink.entered import Entered

PRINTABLE = st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=60)


@given(st.text(max_size=300))
@example("state=%")
@example("state=%ff")
@example("state=a&state=b")
@example("=&state=a")
@example("state=\ud800")
def test_any_query_is_an_answer_or_malformed(query: str) -> None:
    """Whatever comes, there is no third way, and an answer has a state."""
    with suppress(Malformed):
        assert read(query).state


@given(st.dictionaries(st.sampled_from(sorted(TAKEN)), PRINTABLE), PRINTABLE)
def test_what_a_bank_sends_is_read_as_it_was_sent(answers: dict[str, str], state: str) -> None:
    """Beside it may stand what we do not know: it is left out."""
    sent = {**answers, "state": state}

    assert Callback(Entered(sent)) == read(
        urlencode({**sent, "session_state": "é", "iss": "x" * 500})
    )


@given(st.text(min_size=1, max_size=400))
def test_words_may_be_of_any_script_and_are_cut(words: str) -> None:
    """Some banks write in Latin-1: what cannot be read does not cost the owner his way."""
    query = urlencode({"state": "s", "error": "e", WORDS: words}, errors="replace")
    with suppress(Malformed):
        assert len(read(query).answers.get(WORDS, "")) <= WORDS_LIMIT
    assert "\ufffd" == read("state=s&error_description=%E9").answers[WORDS]


@pytest.mark.parametrize("size", [QUERY_LIMIT, QUERY_LIMIT + 1])
def test_four_kilobytes_are_enough(size: int) -> None:
    """One character more is too much."""
    query = "state=s&code="
    query += "x" * (size - len(query))

    if size > QUERY_LIMIT:
        with pytest.raises(Malformed):
            read(query)
    else:
        assert query.endswith(read(query).code)
