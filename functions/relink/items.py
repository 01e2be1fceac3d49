"""DynamoDB's typed values to plain Python and back."""

from __future__ import annotations

from dataclasses import fields
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.types import Binary, TypeDeserializer, TypeSerializer

if TYPE_CHECKING:
    from collections.abc import Mapping

_serializer = TypeSerializer()
_deserializer = TypeDeserializer()


def encode(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return an item, without the attributes whose value is None."""
    return {k: _serializer.serialize(v) for k, v in values.items() if v is not None}


def decode(item: Mapping[str, Any]) -> dict[str, Any]:
    """Return an item's plain values: whole numbers as int, binaries as bytes."""
    return {k: _plain(_deserializer.deserialize(v)) for k, v in item.items()}


def read(kind: Any, values: Mapping[str, Any]) -> Any:
    """Return the record that an item holds; what it lacks takes its default."""
    return kind(**{f.name: values[f.name] for f in fields(kind) if f.name in values})


def _plain(value: Any) -> Any:
    match value:
        case Decimal():
            return int(value) if value == value.to_integral_value() else value
        case Binary():
            return bytes(value.value)  # type: ignore[attr-defined] # the stubs leave it out
        case list():
            return [_plain(v) for v in value]
        case dict():
            return {k: _plain(v) for k, v in value.items()}
        case _:
            return value
