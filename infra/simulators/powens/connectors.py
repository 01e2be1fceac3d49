"""The connectors: what each bank declares, and what it takes."""

from __future__ import annotations

import datetime as dt
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from infra.simulators.banking import BANKS, Bank, identifier
from infra.simulators.powens.refusals import RefusedError

if TYPE_CHECKING:
    from collections.abc import Mapping

CODE = "code"
APP = "app"
PAGE = "page"
LONGEST = 256
NAMES = {"ES": "Spain", "FR": "France", "DE": "Germany"}


@dataclass(frozen=True)
class Connector:
    """A bank at Powens. `factor` is how it makes sure that it is its customer."""

    id: int
    bank: Bank
    factor: str
    fields: tuple[Mapping[str, Any], ...]
    wrong: str = "wrong"

    @property
    def uuid(self) -> str:
        """Return the id that is the same in every domain."""
        return identifier("powens", "connector", self.bank.id)

    @property
    def mechanism(self) -> str:
        """Return how its customers sign in."""
        return "webauth" if self.factor == PAGE else "credentials"

    @property
    def source(self) -> str:
        """Return the name of its one source."""
        return "openapi" if self.factor == PAGE else "directaccess"

    def shown(self, expand: frozenset[str]) -> dict[str, Any]:
        """Return it as Powens tells it."""
        own = {
            "id": self.id,
            "uuid": self.uuid,
            "name": self.bank.name,
            "hidden": False,
            "charged": True,
            "code": None,
            "beta": False,
            "color": "204080",
            "slug": self.bank.id[:3].upper(),
            "sync_periodicity": None,
            "months_to_fetch": None,
            "siret": None,
            "restricted": False,
            "auth_mechanism": self.mechanism,
            "capabilities": ["bank", "banktransactions"],
            "available_auth_mechanisms": [self.mechanism],
            "account_types": ["checking", "savings", "card"],
            "account_usages": ["ORGA"],
            "documents_type": [],
            "products": ["bank"],
            "stability": {"status": "stable", "last_update": "2026-01-01 00:00:00"},
        }
        source = {
            "id": 900 + self.id,
            "id_connector": self.id,
            "name": self.source,
            "auth_mechanism": self.mechanism,
            "account_types": ["checking", "savings", "card"],
            "disabled": None,
            "priority": 1,
        }
        if "countries" in expand:
            own["countries"] = [{"id": self.bank.country, "name": NAMES[self.bank.country]}]
        if "fields" in expand:
            own["fields"] = [dict(each) for each in self.fields]
        return own | ({"sources": [source]} if "sources" in expand else {})

    def check(self, values: Mapping[str, Any], *, whole: bool) -> dict[str, str]:
        """Return the values that fit what the bank declares, all of them if they must be there.

        Raises `RefusedError`.
        """
        known = {str(each["name"]): each for each in self.fields}
        unknown = sorted(values.keys() - known.keys())
        if unknown:
            raise RefusedError("invalidValue", f"unknown fields: {', '.join(unknown)}")
        for name, field in known.items():
            if whole and field["required"] and not values.get(name):
                raise RefusedError("missingParameter", f"field {name} is missing")
        for name, value in values.items():
            if not isinstance(value, str) or len(value) > LONGEST or not _fits(known[name], value):
                raise RefusedError("invalidValue", f"field {name} does not match")
        return dict(values)


def _fits(field: Mapping[str, Any], value: str) -> bool:
    if field["type"] == "list":
        return value in {each["value"] for each in field["values"]}
    if field["type"] == "date":
        try:
            return dt.date.fromisoformat(value).isoformat() == value
        except ValueError:
            return False
    return not field["regex"] or re.fullmatch(field["regex"], value) is not None


def _field(
    name: str,
    label: str,
    kind: str = "text",
    *,
    regex: str | None = None,
    required: bool = True,
    values: tuple[tuple[str, str], ...] = (),
) -> dict[str, Any]:
    return {
        "name": name,
        "label": label,
        "type": kind,
        "required": required,
        "regex": regex,
        "values": [{"label": shown, "value": value} for value, shown in values] or None,
        "auth_mechanisms": ["credentials"],
        "connector_sources": ["directaccess"],
    }


_NAME = r"[A-Za-z0-9.@+_-]{3,80}"
_LOGIN = _field("login", "Identifiant", regex=_NAME)

CONNECTORS = (
    Connector(
        40,
        BANKS["solana"],
        CODE,
        (
            _field(
                "document",
                "Tipo de documento",
                "list",
                values=(("nif", "NIF"), ("nie", "NIE"), ("passport", "Pasaporte")),
            ),
            _field("login", "Usuario", regex=_NAME),
            _field("password", "Clave de acceso", "password"),
        ),
    ),
    Connector(
        59,
        BANKS["rivage"],
        APP,
        (
            _LOGIN,
            _field("password", "Code secret", "password", regex="^[0-9]{6}$"),
            _field("birthday", "Date de naissance", "date", required=False),
        ),
        wrong="000000",
    ),
    Connector(77, BANKS["lindental"], PAGE, ()),
)


def named(name: object) -> Connector:
    """Return the connector with this id or UUID. Raises `RefusedError`."""
    for each in CONNECTORS:
        if str(name) in {str(each.id), each.uuid}:
            return each
    raise RefusedError("notFound", "no such connector")


def catalogue() -> str:
    """Return the setting that lets an adapter know the simulated banks, forms and all."""
    banks = {each.bank.id: {"connector": each.uuid, "fields": each.fields} for each in CONNECTORS}
    return json.dumps(banks)
