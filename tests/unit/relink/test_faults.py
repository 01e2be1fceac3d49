"""An unexpected exception is told by its kind and its place, never by its words."""

from __future__ import annotations

import pytest
from botocore.exceptions import (
    ConnectTimeoutError,
    EndpointConnectionError,
    ParamValidationError,
)

from relink.backoff import Throttled
from relink.faults import HeldUp, describe, held_up, passing
from relink.writes import Conflict
from tests.stumbling import refusal


def test_its_words_are_not_told() -> None:
    """They may quote a password, a URL with a token, a whole request."""

    def log_in() -> None:
        raise ValueError("password hunter2")

    with pytest.raises(ValueError, match="hunter2") as caught:
        log_in()
    told = describe(caught.value)

    assert told == {"error": "ValueError", "at": told["at"]}
    assert "log_in:" in told["at"]


def test_an_error_of_aws_tells_its_code() -> None:
    """Which operation was refused and why is what an operator needs."""
    told = describe(refusal("AccessDeniedException"))

    assert (told["aws_code"], told["operation"]) == ("AccessDeniedException", "Operation")


def test_an_exception_that_was_never_raised_has_no_place() -> None:
    """There is no trace to look at."""
    assert describe(KeyError("x")) == {"error": "KeyError"}


@pytest.mark.parametrize(
    ("error", "answer"),
    [
        (refusal("ThrottlingException"), True),
        (refusal("AccessDeniedException"), True),
        (refusal("InternalServerError"), True),
        (refusal("ValidationException"), False),
        (refusal("SerializationException"), False),
        (ConnectTimeoutError(endpoint_url="https://x"), True),
        (EndpointConnectionError(endpoint_url="https://x"), True),
        (ParamValidationError(report="x"), False),
        (Throttled(), True),
        (KeyError("x"), False),
        (RuntimeError("x"), False),
    ],
)
def test_aws_trouble_passes_and_our_bugs_do_not(error: Exception, *, answer: bool) -> None:
    """What AWS can never take is as lasting as any bug."""
    assert passing(error) is answer


@pytest.mark.parametrize(
    ("error", "answer"),
    [
        (refusal("ThrottlingException"), True),
        (refusal("InternalServerError"), True),
        (ConnectTimeoutError(endpoint_url="https://x"), True),
        (Throttled(), True),
        (Conflict(), True),
        (HeldUp("a queue"), True),
        (refusal("AccessDeniedException"), False),
        (refusal("ResourceNotFoundException"), False),
        (refusal("ValidationException"), False),
        (KeyError("x"), False),
    ],
)
def test_what_waiting_mends_is_no_fault(error: Exception, *, answer: bool) -> None:
    """A new version that lacks a right is at fault, though AWS is who says so."""
    assert held_up(error) is answer
