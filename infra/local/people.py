"""Who can log in at the local stack: everybody whom it knows how to reach."""

from __future__ import annotations

from typing import TYPE_CHECKING

from infra.local.web.code_flow import Person
from relink.items import decode
from relink.owners import PROFILE

if TYPE_CHECKING:
    from infra.local.stack import Stack

OWNERS = "OwnersTable"


def people(stack: Stack) -> list[Person]:
    """Return the owners who have a profile, by name; in a stack without such a table, nobody."""
    if OWNERS not in stack.template.tables():
        return []
    found = [decode(item) for item in stack.items(OWNERS)]
    known = [
        Person(each["owner_id"], each["workspace_id"], each.get("email") or each["owner_id"])
        for each in found
        if each["sk"] == PROFILE
    ]
    return sorted(known, key=lambda person: person.sub)
