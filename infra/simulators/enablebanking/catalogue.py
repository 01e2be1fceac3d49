"""The banks that are reached this way, as `GET /aspsps` describes them."""

from __future__ import annotations

from typing import Any

from infra.simulators.banking import BANKS, Bank

EURO = "EUR"
VALIDITY = {"lindental": 90 * 86_400}
USUAL_VALIDITY = 180 * 86_400
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
        "psu_types": ["personal", "business"],
        "auth_methods": methods(bank),
        "maximum_consent_validity": validity(bank),
        "beta": False,
        "required_psu_headers": list(REQUIRED_PSU_HEADERS.get(bank.id, ())),
        "payments": [],
    }
