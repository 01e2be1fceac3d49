"""What programs write into the documentation stands where it stood, and touches nothing else."""

from __future__ import annotations

import pytest

from infra.marks import filled

PAGE = "Words.\n<one>old<end>\nMore.\n<two>theirs<end>\n"


def test_only_what_stands_between_the_marks_is_replaced() -> None:
    """Others may end with the same mark."""
    assert filled(PAGE, "<one>", "<end>", "new") == PAGE.replace("old", "new")


@pytest.mark.parametrize(
    "page", ["", "<one>old", "<end><one>", PAGE + PAGE], ids=["none", "open", "turned", "twice"]
)
def test_a_page_without_its_place_is_refused(page: str) -> None:
    """A report that goes nowhere would be taken for written."""
    with pytest.raises(ValueError, match="no place for <one>"):
        filled(page, "<one>", "<end>", "new")
