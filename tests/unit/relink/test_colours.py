"""The colours of the provider codes: as the list has them, or explained in the guide."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

import pytest

from infra import colours
from infra.colours import Deviation, Row, deviations, report, rows, stale
from relink.languages import translation
from relink.providers import PROVIDERS
from relink.reasons import Reason, Status

if TYPE_CHECKING:
    from collections.abc import Iterable

ERRAND = {
    "provider": "plaid",
    "code": "USER_SETUP_REQUIRED",
    "class": "orange",
    "scope": "connection",
}
EXPLAINED = Deviation(
    "plaid", "USER_SETUP_REQUIRED", "orange, connection", "action, connection", "It waits for him."
)
GUIDE = """# Guide

## Where we disagree

Some words.

| provider | code | the list | ours | why |
|---|---|---|---|---|
| plaid | `USER_SETUP_REQUIRED` | orange, connection | action, connection | It waits for him. |

## Another

| provider | code | the list | ours | why |
|---|---|---|---|---|
| plaid | `ITEM_LOCKED` | a, b | c, d | Not this one. |
"""


def named(found: Iterable[Row]) -> list[tuple[str, str]]:
    """Return what names some rows."""
    return [(row.provider, row.code) for row in found]


def test_every_code_has_the_colour_of_the_list_or_the_guide_says_why() -> None:
    """A code that is judged otherwise is explained; an explanation that is no longer so is gone."""
    judged, old = report()
    assert [] == named(row for row in judged if not row.is_explained)
    assert [] == old


def test_every_provider_is_judged_by_all_of_its_codes() -> None:
    """And so are the two kinds of codes that any of them may pass on."""
    judged, _ = report()
    assert {*PROVIDERS, "berlin_group", "transport"} == {row.provider for row in judged}
    assert len(judged) == len(set(named(judged))) > 240


def test_every_reason_of_a_code_is_told_in_both_languages() -> None:
    """A text and an instruction each, in English and Spanish."""
    judged, _ = report()
    spanish = translation("es")
    for reason in {Reason(row.reason) for row in judged if row.reason}:
        told = reason.explanation
        assert told.text
        assert told.instruction
        assert told.text != spanish.gettext(told.text)
        assert told.instruction != spanish.gettext(told.instruction)


@pytest.mark.parametrize("reason", sorted(colours.ACTION))
def test_what_the_list_calls_action_is_red(reason: Reason) -> None:
    """The owner must act: it has no colour of its own."""
    assert Status.RED is reason.status


def test_a_disagreement_is_a_fault_until_it_is_explained() -> None:
    """By provider, code and both verdicts."""
    (row,) = rows([ERRAND], [])
    assert ("orange, connection", "action, connection") == (row.listed, row.ours)
    assert not row.is_explained
    (row,) = rows([ERRAND], [EXPLAINED])
    assert row.is_explained


def test_an_explanation_of_what_is_not_so_is_a_fault() -> None:
    """The guide does not go on explaining what has been mended."""
    agreed = {**ERRAND, "class": "action"}
    assert [EXPLAINED] == stale(rows([agreed], [EXPLAINED]), [EXPLAINED])
    assert [] == stale(rows([ERRAND], [EXPLAINED]), [EXPLAINED])


def test_the_guides_table_is_read_from_its_section_only() -> None:
    """Other tables of the guide are others."""
    assert [EXPLAINED] == deviations(GUIDE)


@pytest.mark.parametrize(("explained", "expected"), [("", 1), ("It waits for him.", 0)])
def test_the_report_fails_where_something_is_not_explained(
    explained: str,
    expected: int,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """In print and as JSON; both show all codes."""
    found = Row("plaid", "X", "orange, connection", "red, connection", "unknown", explained)
    monkeypatch.setattr(colours, "report", lambda: ([found], []))
    monkeypatch.setattr("sys.argv", ["colours"])
    assert expected == colours.main()
    assert "red, connection" in capsys.readouterr().out
    monkeypatch.setattr("sys.argv", ["colours", "--json"])
    assert expected == colours.main()
    assert [asdict(found)] == json.loads(capsys.readouterr().out)["rows"]
