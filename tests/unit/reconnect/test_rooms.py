"""Who may know whom among the function's rooms."""

from __future__ import annotations

from tests.imports import ROOT, Files

HOME = ROOT / "functions" / "reconnect"
BELOW = {
    "api": {"attempts", "shapes"},
    "links": {"attempts", "shapes"},
    "shapes": {"attempts"},
    "attempts": set[str](),
}
"""By room: the others that it may import from."""
FILES = Files.below("functions/reconnect")


def room(name: str) -> str:
    """Return the room of a file, none of one that stands at the root."""
    inside = name.split(".")[1:]
    return inside[0] if inside and inside[0] in BELOW else ""


def test_every_room_has_its_place() -> None:
    """A new one says whom it may know."""
    assert {*BELOW} == {file.parent.name for file in FILES.places.values() if file.parent != HOME}


def test_rooms_know_only_those_below() -> None:
    """The API and the pages behind links do not know each other."""
    for name in FILES.places:
        others = {room(each) for each in FILES.imported(name)} - {room(name), ""}
        assert not room(name) or others <= BELOW[room(name)], name


def test_shapes_are_not_imported_when_the_function_runs() -> None:
    """They would bring Pydantic with them."""
    for name in FILES.places:
        if room(name) != "shapes":
            known = FILES.imported(name, types=False)
            assert "shapes" not in {room(each) for each in known}, name
