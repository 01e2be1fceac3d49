"""Who can log in at the local stack: everybody whom it knows how to reach."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from infra.local.web.code_flow import Person
from relink.items import decode
from relink.owners import PROFILE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

OWNERS = "OwnersTable"


def people(items: Iterable[Mapping[str, Any]]) -> list[Person]:
    """Return the owners who have a profile among the items of their table, by name."""
    found = [decode(item) for item in items]
    known = [
        Person(each["owner_id"], each["workspace_id"], each.get("email") or each["owner_id"])
        for each in found
        if each["sk"] == PROFILE
    ]
    return sorted(known, key=lambda person: person.sub)
