"""What can be set at the Bridge."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Settings:
    """How this Bridge is set up, for all its logins."""

    versions: tuple[str, ...] = ("1.0",)
    only_version_1: bool = False  # a server that has never heard of version=2
    refresh_seconds: int = 21_600  # between two looks at the banks
    warned_requests: int = 48
    blocked_requests: int = 96

    def changed(self, fields: Mapping[str, Any]) -> Self:
        """Return them with other values; `TypeError` or `ValueError` for what cannot be set."""
        values: dict[str, Any] = {
            k: tuple(v) if isinstance(v, list) else v for k, v in fields.items()
        }
        for name, known in asdict(self).items():
            if type(values.get(name, known)) is not type(known):
                raise ValueError(f"{name}: like {known!r}")
        if values.get("refresh_seconds", 1) < 1:
            raise ValueError("refresh_seconds: at least one")
        return replace(self, **values)
