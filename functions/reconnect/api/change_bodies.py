"""The bodies of changes to what there is; imported with the first of them, for Pydantic's sake."""

from __future__ import annotations

from typing import Any, Self

from pydantic import StrictBool, model_validator

from reconnect.api.bodies import Body, Name


class ConnectionChange(Body):
    """What `PATCH /connections/{id}` takes: whether the bank is called by the schedule."""

    auto_sync: StrictBool


class AccountChange(Body):
    """What `PATCH /connections/{id}/accounts/{id}` takes: what is left out stays as it is.

    A name that is `null` is the bank's own again.
    """

    name: Name | None = None
    hidden: StrictBool = False

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not self.model_fields_set:
            raise ValueError("says nothing")
        return self

    def changes(self) -> dict[str, Any]:
        """Return what is said, by the account's names."""
        return {name: getattr(self, name) for name in self.model_fields_set}
