"""A function is told everything it needs by its environment, or says what is missing."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from relink.environment import MissingVariables, read


@dataclass(frozen=True)
class Told:
    """What an imagined function is told."""

    table: str
    queue_url: str
    seconds: int = 60
    note: str = "none"


def test_fields_are_variables_in_capitals() -> None:
    """Numbers are read as such; what is not set takes its default."""
    told = read(Told, {"TABLE": "t", "QUEUE_URL": "q", "SECONDS": "5", "OTHER": "x"})

    assert told == Told("t", "q", 5, "none")


def test_all_that_is_missing_is_named_at_once() -> None:
    """One failed start is enough to mend a deployment."""
    with pytest.raises(MissingVariables, match="TABLE, QUEUE_URL"):
        read(Told, {"SECONDS": "5"})


def test_an_empty_variable_is_a_value() -> None:
    """CloudFormation sets optional parameters to empty texts."""
    assert read(Told, {"TABLE": "t", "QUEUE_URL": "", "NOTE": ""}) == Told("t", "", note="")


def test_the_process_environment_is_read_when_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Importing reads nothing: what is set later counts."""
    monkeypatch.setenv("TABLE", "late")
    monkeypatch.setenv("QUEUE_URL", "late")

    assert read(Told).table == "late"
