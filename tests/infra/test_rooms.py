"""The house: who may know whom. What is read first does not know what is read after it."""

from __future__ import annotations

from collections import defaultdict
from graphlib import TopologicalSorter

import pytest

from tests.imports import Files

FUNCTIONS = ("relink", "sync", "notify", "reconnect")
HOUSE = Files.below(*(f"functions/{name}" for name in FUNCTIONS), "infra", "benchmarks")
KNOWN = {name: HOUSE.imported(name) for name in HOUSE.places}


def test_no_two_files_need_each_other() -> None:
    """Not as types either: each can be read when what it names has been read."""
    TopologicalSorter(KNOWN).prepare()


@pytest.mark.parametrize("home", [*FUNCTIONS, "relink.providers", "infra", "benchmarks"])
def test_no_two_rooms_need_each_other(home: str) -> None:
    """A room is a folder, or a file beside it: their arrows run one way, too."""
    rooms = defaultdict[str, set[str]](set)
    inside = {name for name in KNOWN if name.startswith(f"{home}.")}
    depth = len(home.split("."))
    for name in inside:
        own, others = name.split(".")[depth], KNOWN[name] & inside
        rooms[own] |= {each.split(".")[depth] for each in others} - {own}
    TopologicalSorter(rooms).prepare()


@pytest.mark.parametrize("function", FUNCTIONS)
def test_functions_know_the_application_and_it_knows_none_of_them(function: str) -> None:
    """Nor does anything deployed know what is deployed or started around it."""
    seen = {
        each.split(".")[0]
        for name in KNOWN
        if name.split(".")[0] == function
        for each in KNOWN[name]
    }
    assert seen <= {"relink", function}
