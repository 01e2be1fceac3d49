"""The forms of a few banks, so that a page can show one without asking Powens.

Each entry is what `GET /connectors/{id}?expand=fields` declares, cut to what a form needs, under
our bank's id. A bank that is not here has its connector's id or UUID as its own id, and its fields
are asked for once the worker has read them. Connector UUIDs are the same in every Powens domain;
those of Spanish banks are not public, so `POWENS_CATALOGUE` must name them (as in
`{"es-bbva": {"connector": "…"}}`): an entry there is laid over the one here.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping


def _login(label: str, regex: str | None = None) -> dict[str, Any]:
    return {"name": "login", "label": label, "type": "text", "regex": regex}


def _secret(label: str, regex: str | None = None) -> dict[str, Any]:
    return {"name": "password", "label": label, "type": "password", "regex": regex}


_CUSTOMER: Final = "Customer number"
_USER: Final = "User name"
_ID_NUMBER: Final = "Identity document number"
_PASSWORD: Final = "Password"  # noqa: S105 - a label
_ACCESS_CODE: Final = "Access code"

BANKS: Final[Mapping[str, Mapping[str, Any]]] = {
    "fr-bnp-paribas": {
        "connector": "f711dd7a-6289-5bda-b3a4-f2febda8c046",
        "fields": [_login(_CUSTOMER, "^[0-9]{5,10}$"), _secret(_ACCESS_CODE, "^[0-9]{6}$")],
    },
    "fr-societe-generale": {
        "connector": "f5c29767-1bc8-5337-9e4e-68a0fbd91c9a",
        "fields": [_login(_CUSTOMER), _secret(_ACCESS_CODE)],
    },
    "fr-banque-postale": {
        "connector": "33f88657-7ab0-5dbe-b8c3-c98e614afc28",
        "fields": [_login(_CUSTOMER), _secret(_ACCESS_CODE)],
    },
    "fr-lcl": {
        "connector": "ad5928c7-89ce-5977-a66d-3360e3aa4029",
        "fields": [_login(_CUSTOMER), _secret(_ACCESS_CODE)],
    },
    "fr-credit-mutuel": {
        "connector": "fc6e059f-c3e6-52d7-8139-6e5e0297fe24",
        "fields": [_login(_USER), _secret(_PASSWORD)],
    },
    "fr-boursobank": {
        "connector": "07d76adf-ae35-5b38-aca8-67aafba13169",
        "fields": [_login(_CUSTOMER), _secret(_PASSWORD)],
    },
    "es-bbva": {"fields": [_login(_ID_NUMBER), _secret(_ACCESS_CODE)]},
    "es-santander": {"fields": [_login(_ID_NUMBER), _secret(_ACCESS_CODE)]},
    "es-caixabank": {"fields": [_login(_USER), _secret(_PASSWORD)]},
    "es-sabadell": {"fields": [_login(_USER), _secret(_PASSWORD)]},
}


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The banks whose forms are known."""

    banks: Mapping[str, Mapping[str, Any]]

    def fields(self, bank_id: str) -> tuple[Mapping[str, Any], ...]:
        """Return a bank's declared fields; none if it is not here or is reached by its own page."""
        return tuple(self.banks.get(bank_id, {}).get("fields", ()))

    def connector(self, bank_id: str) -> str:
        """Return the id or UUID of a bank's connector."""
        return str(self.banks.get(bank_id, {}).get("connector") or bank_id)


def read(setting: str) -> Catalogue:
    """Return the committed catalogue with what a setting says laid over it.

    The setting is JSON, or the path of a file of JSON. Raises `ValueError` if it is neither.
    """
    if not setting.strip():
        return Catalogue(BANKS)
    text = setting if setting.lstrip().startswith("{") else Path(setting).read_text("utf-8")
    laid_over = json.loads(text)
    if not isinstance(laid_over, dict) or not all(isinstance(v, dict) for v in laid_over.values()):
        raise ValueError("POWENS_CATALOGUE: an object of banks")
    names = [*BANKS, *(name for name in laid_over if name not in BANKS)]
    return Catalogue({n: {**BANKS.get(n, {}), **laid_over.get(n, {})} for n in names})
