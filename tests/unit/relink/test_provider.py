"""What adapters and the rest of us share: errors, secrets, words and identities."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relink.bank_accounts import Transaction, identity
from relink.failures import TEXT_LIMIT, Misconfigured, NeedsOwner, Temporary, Verdict, plain
from relink.provider import Accepted, Call, Login, Secret
from relink.reasons import Reason, Scope, Status
from tests.fakes import NOON


@given(st.sampled_from(Reason), st.sampled_from(Scope))
def test_a_verdicts_error_says_who_can_mend_it(reason: Reason, scope: Scope) -> None:
    """What is ours is never the owner's, whatever the reason says."""
    error = Verdict(reason, scope).error("code", "text", retry_at=NOON, reached=False)
    wanted = NeedsOwner if reason.status is Status.RED else Temporary

    assert type(error) is (Misconfigured if scope is Scope.OPERATOR else wanted)
    assert (error.reason, error.scope, error.provider_code) == (reason, scope, "code")
    assert (error.provider_text, error.retry_at, error.reached) == ("text", NOON, False)


def test_an_error_does_not_quote_the_bank() -> None:
    """Law 10: an exception's text holds our reason and the code, not the bank's words."""
    error = Verdict(Reason.CREDENTIALS_REJECTED).error("E1", "PIN 4711 is wrong")

    assert "4711" not in repr(error) + str(error)


@given(st.text(max_size=600))
def test_a_banks_words_are_one_short_line(text: str) -> None:
    """No markup, no control characters, no novel."""
    shown = plain(text)

    assert len(shown) <= TEXT_LIMIT
    assert shown.isprintable()
    assert not set("<>\n\r\t\x00\u2028") & set(shown)
    assert plain(shown) == shown


def test_long_words_are_cut_visibly() -> None:
    """An ellipsis says that there was more."""
    assert plain("x" * 300) == "x" * (TEXT_LIMIT - 1) + "…"


SECRET = Secret(b"hunter2")


def test_a_secret_shows_itself_in_no_representation() -> None:
    """Law 10: what is logged by accident tells nothing."""
    holders = [
        SECRET,
        [SECRET],
        Call(SECRET, "cursor", NOON, NOON, keep=lambda _: None),
        Login({}, keep=lambda _: None, secret=SECRET),
        Accepted(SECRET, ()),
    ]

    assert "hunter2" not in "".join(f"{h} {h!r}" for h in holders)


@pytest.mark.parametrize("copying", [pickle.dumps, copy.copy, copy.deepcopy])
def test_a_secret_is_not_pickled(copying: Any) -> None:
    """It goes nowhere but where it is revealed."""
    with pytest.raises(TypeError):
        copying(SECRET)


def test_secrets_are_equal_by_what_they_hold_and_hash_not_at_all() -> None:
    """They can be compared, but are no keys."""
    assert Secret(b"a") == Secret(b"a")
    assert Secret(b"a") != Secret(b"b")
    with pytest.raises(TypeError):
        hash(SECRET)


def test_an_identity_is_stable_under_spelling() -> None:
    """Spaces and case of an IBAN do not make another account."""
    assert identity("iban", "es91 2100 0418") == identity("iban", " ES9121000418")


@given(st.lists(st.text(alphabet="ab", max_size=3), max_size=3), st.sampled_from("xy"))
def test_an_identity_keeps_its_parts_apart(parts: list[str], kind: str) -> None:
    """`a, b` is not `ab`, and one kind's number is not another's."""
    assert identity(kind, *parts, "a", "b") != identity(kind, *parts, "ab")
    assert identity("x", *parts) != identity("y", *parts)


def test_a_movement_without_a_day_is_pending() -> None:
    """The booking day is what makes it booked."""
    assert Transaction("1", "t", 1, "EUR", "").pending  # type: ignore[arg-type]
