"""The banks that are reached this way, as `GET /aspsps` describes them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from infra.simulators.banking import BANKS, Bank
from infra.simulators.enablebanking.refusals import RefusedError
from infra.simulators.history import DAY

if TYPE_CHECKING:
    from collections.abc import Mapping

EURO = "EUR"
VALIDITY = {"lindental": 90 * DAY}
USUAL_VALIDITY = 180 * DAY
BICS = {"lindental": "SPLTDE71XXX", "solana": "CSOLESMMXXX", "rivage": "BRIVFRPP"}
PSU_TYPES = ("personal", "business")
_QUERY = {
    "country": re.compile("[A-Z]{2}"),
    "psu_type": re.compile("|".join(PSU_TYPES)),
    "service": re.compile("AIS|PIS"),
}
REQUIRED_PSU_HEADERS = {"rivage": ("Psu-Ip-Address", "Psu-User-Agent")}
COMPANY_ID = {
    "name": "companyId",
    "title": "Company ID",
    "required": True,
    "description": "Seven digits, a hyphen, a digit",
    "template": r"^\d{7}-\d$",
}


def banks() -> list[Bank]:
    """Return the banks in the catalogue."""
    return [bank for bank in BANKS.values() if bank.currency == EURO]


def asked(query: Mapping[str, list[str]]) -> list[Bank]:
    """Return the banks that a query asks for. Raises `RefusedError` for one that is not allowed."""
    for name, values in query.items():
        if name not in _QUERY or not all(_QUERY[name].fullmatch(value) for value in values):
            raise RefusedError("WRONG_REQUEST_PARAMETERS", name)
    if query.get("service") == ["PIS"]:
        return []
    countries = query.get("country")
    return [bank for bank in banks() if countries is None or bank.country in countries]


def named(name: str, country: str) -> Bank | None:
    """Return the bank of that name and country."""
    return next((b for b in banks() if (b.name, b.country) == (name, country)), None)


def validity(bank: Bank) -> int:
    """Return for how many seconds a consent may be asked for."""
    return VALIDITY.get(bank.id, USUAL_VALIDITY)


def methods(bank: Bank) -> list[dict[str, Any]]:
    """Return how owners log in: one bank wants a company's id, one has two ways for companies."""
    plain = {"approach": "REDIRECT", "hidden_method": False}
    personal = {**plain, "name": "online", "title": "Online banking", "psu_type": "personal"}
    business = {**plain, "name": "corporate", "title": "Corporate", "psu_type": "business"}
    if bank.id == "lindental":
        return [personal, {**business, "credentials": [COMPANY_ID]}]
    if bank.id == "rivage":
        token = {**business, "name": "token", "title": "Token", "approach": "DECOUPLED"}
        return [personal, business, token]
    return [personal, business]


def described(bank: Bank) -> dict[str, Any]:
    """Return a bank's `ASPSPData`."""
    return {
        "name": bank.name,
        "country": bank.country,
        "logo": f"https://{bank.domain}/logo.svg",
        "psu_types": [*PSU_TYPES],
        "auth_methods": methods(bank),
        "maximum_consent_validity": validity(bank),
        "beta": False,
        "bic": BICS[bank.id],
        "required_psu_headers": list(REQUIRED_PSU_HEADERS.get(bank.id, ())),
        "payments": [],
    }
