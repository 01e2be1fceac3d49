"""Counts what clients ask of AWS: requests by operation, and the capacity units of each."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING, Any

from benchmarks.units import index_units, item_bytes, query_units, read_units, write_units

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from botocore.model import OperationModel

    from benchmarks.units import Item

    Image = Callable[[str, Item], Item]

SINGLE = {"PutItem", "UpdateItem", "DeleteItem"}
SIMPLE_READS = {"GetItem", "BatchGetItem", "Query", "Scan"}


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where units are used: a table, or an index of it; `kind` is `read` or `write`."""

    table: str
    index: str
    kind: str


@dataclass(frozen=True, slots=True)
class Write:
    """One item that a request is to write, as it was before."""

    table: str
    key: Item
    before: Item
    times: int


@dataclass
class Meter:
    """What was asked of AWS since the last `reset`.

    `image` returns an item as it is stored, unmetered; `tables` are the tables' descriptions.
    """

    image: Image
    tables: Mapping[str, Mapping[str, Any]]
    requests: Counter[str] = field(default_factory=Counter)
    units: dict[Place, float] = field(default_factory=lambda: defaultdict(float))

    def __post_init__(self) -> None:
        self._lock = Lock()

    def reset(self) -> None:
        """Begin to count anew."""
        self.requests.clear()
        self.units.clear()

    def used(self, kind: str, *, index: bool | None = None) -> float:
        """Return the units of reading or writing, of tables, of their indexes or of both."""
        return sum(
            units
            for place, units in self.units.items()
            if place.kind == kind and index in (None, bool(place.index))
        )

    def of_table(self, table: str) -> dict[str, float]:
        """Return what is used of a table and its indexes: of `write`, of `by_slot read`."""
        return {
            f"{place.index} {place.kind}".strip(): units
            for place, units in sorted(self.units.items())
            if place.table == table and units
        }

    def attach(self, emitter: Any) -> None:
        """Count what a client, or all later clients of a session, ask for."""
        emitter.register("before-parameter-build.*.*", self._before)
        emitter.register("after-call.*.*", self._after)

    def _before(
        self, params: Mapping[str, Any], model: OperationModel, context: Any, **_: Any
    ) -> None:
        if model.service_model.service_name == "dynamodb":
            context["metered"] = (params, list(self._to_write(model.name, params)))

    def _after(
        self, parsed: Mapping[str, Any], model: OperationModel, context: Any, **_: Any
    ) -> None:
        service = model.service_model.service_name
        with self._lock:
            self.requests[f"{service}.{model.name}"] += 1
            if service != "dynamodb":
                return
            params, to_write = context["metered"]
            if model.name in SIMPLE_READS and "Error" not in parsed:
                for place, units in _read(model.name, params, parsed):
                    self.units[place] += units
            for write in to_write:
                self._wrote(write)

    def _wrote(self, write: Write) -> None:
        after = self.image(write.table, write.key)
        own = Place(write.table, "", "write")
        self.units[own] += write.times * write_units(write.before, after)
        description = self.tables[write.table]
        keys = _keys(description)
        for index in description.get("GlobalSecondaryIndexes", ()):
            units = write.times * index_units(index, keys, write.before, after)
            self.units[Place(write.table, index["IndexName"], "write")] += units

    def _to_write(self, operation: str, params: Mapping[str, Any]) -> Iterator[Write]:
        if operation in SINGLE:
            yield self._write(params["TableName"], params.get("Key") or params["Item"])
        elif operation == "BatchWriteItem":
            for table, requests in params["RequestItems"].items():
                for request in requests:
                    [told] = request.values()
                    yield self._write(table, told.get("Key") or told["Item"])
        elif operation == "TransactWriteItems":
            for request in params["TransactItems"]:
                [told] = request.values()
                yield self._write(told["TableName"], told.get("Key") or told["Item"], times=2)

    def _write(self, table: str, item: Item, times: int = 1) -> Write:
        key = {name: item[name] for name in _keys(self.tables[table])}
        return Write(table, key, self.image(table, key), times)


def _keys(description: Mapping[str, Any]) -> set[str]:
    return {part["AttributeName"] for part in description["KeySchema"]}


def _read(
    operation: str, params: Mapping[str, Any], parsed: Mapping[str, Any]
) -> Iterator[tuple[Place, float]]:
    if operation == "BatchGetItem":
        for table, asked in params["RequestItems"].items():
            yield Place(table, "", "read"), _batch(asked, parsed["Responses"].get(table, []))
        return
    consistent = params.get("ConsistentRead", False)
    place = Place(params["TableName"], params.get("IndexName", ""), "read")
    if operation == "GetItem":
        yield place, read_units([item_bytes(parsed.get("Item", {}))], consistent=consistent)
    else:
        size = sum(item_bytes(i) for i in parsed["Items"])
        yield place, query_units(size, consistent=consistent)


def _batch(asked: Mapping[str, Any], found: list[Item]) -> float:
    missing = len(asked["Keys"]) - len(found)
    sizes = [*(item_bytes(item) for item in found), *([0] * missing)]
    return read_units(sizes, consistent=asked.get("ConsistentRead", False))
