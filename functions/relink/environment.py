"""What a function is told by its environment: a frozen dataclass filled by name."""

from __future__ import annotations

import os
from dataclasses import MISSING, fields
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Mapping

    from _typeshed import DataclassInstance

E = TypeVar("E", bound="DataclassInstance")


class MissingVariables(Exception):
    """The environment lacks variables that the function needs; the message names them all."""


def read(kind: type[E], environ: Mapping[str, str] = os.environ) -> E:
    """Return `kind` with each field taken from the variable of its upper-case name.

    Raises `MissingVariables` for fields without a default that are not set.
    """
    found: dict[str, Any] = {}
    missing = []
    for f in fields(kind):
        value = environ.get(f.name.upper())
        if value is not None:
            found[f.name] = int(value) if f.type in (int, "int") else value
        elif f.default is MISSING:
            missing.append(f.name.upper())
    if missing:
        msg = f"set the environment variables {', '.join(missing)}"
        raise MissingVariables(msg)
    return kind(**found)
