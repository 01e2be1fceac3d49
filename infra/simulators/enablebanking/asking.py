"""What an application may ask, checked as the API's description says."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from infra.simulators.enablebanking import catalogue
from infra.simulators.enablebanking.refusals import RefusedError

if TYPE_CHECKING:
    from infra.simulators.banking import Bank
    from infra.simulators.exchange import Request

PARAMETERS = {"date_from", "date_to", "continuation_key", "transaction_status", "strategy"}
STATUSES = {"BOOK", "CNCL", "HOLD", "OTHR", "PDNG", "RJCT", "SCHD"}
AUTH_FIELDS = {
    "access",
    "aspsp",
    "state",
    "redirect_url",
    "psu_type",
    "auth_method",
    "credentials",
    "credentials_autosubmit",
    "language",
    "psu_id",
}


@dataclass(frozen=True)
class Wanted:
    """A consent that is asked for."""

    bank: Bank
    redirect_url: str
    state: str
    psu_type: str
    valid_until: int


@dataclass(frozen=True)
class Period:
    """Which movements are asked for."""

    start: dt.date | None
    end: dt.date | None
    longest: bool
    status: str
    key: str

    def mark(self) -> str:
        """Return what must be the same on each page of a list."""
        return f"{self.start}/{self.end}/{self.longest}/{self.status}"


def consent(body: dict[str, Any], now: int) -> Wanted:
    """Return the consent that `POST /auth` asks for. Raises `RefusedError`."""
    _must(not body.keys() - AUTH_FIELDS, "unknown field")
    access, aspsp = _object(body, "access"), _object(body, "aspsp")
    for name in ("state", "redirect_url"):
        _must(isinstance(body.get(name), str) and body[name], name)
    bank = catalogue.named(str(aspsp.get("name")), str(aspsp.get("country")))
    if bank is None:
        raise RefusedError("WRONG_ASPSP_PROVIDED")
    as_whom = body.get("psu_type", "personal")
    _must(as_whom in {"personal", "business"}, "psu_type")
    _must(re.fullmatch("[a-z]{2}", body.get("language", "en")), "language")
    until, most = _moment(access.get("valid_until")), catalogue.validity(bank)
    if until > now + most:
        text = f"ASPSP does not support consent validity more than {most} seconds in the future"
        raise RefusedError("WRONG_REQUEST_PARAMETERS", text, message=text)
    _must(until > now, "valid_until")
    _credentials(body, bank, as_whom)
    return Wanted(bank, body["redirect_url"], body["state"], as_whom, until)


def period(request: Request, now: int) -> Period:
    """Return the movements that are asked for. Raises `RefusedError`."""
    _must(not request.query.keys() - PARAMETERS, "unknown parameter")
    start, end = _day(request.first("date_from")), _day(request.first("date_to"))
    today = dt.datetime.fromtimestamp(now, dt.UTC).date()
    if end is not None and start is None:
        raise RefusedError("DATE_TO_WITHOUT_DATE_FROM")
    if start is not None and start > today:
        raise RefusedError("DATE_FROM_IN_FUTURE")
    if start is not None and end is not None and start > end:
        raise RefusedError("WRONG_DATE_INTERVAL")
    status, strategy = request.first("transaction_status"), request.first("strategy")
    _must(status is None or status in STATUSES, "transaction_status")
    _must(strategy in {None, "default", "longest"}, "strategy")
    key = request.first("continuation_key") or ""
    return Period(start, end, strategy == "longest", status or "", key)


def _credentials(body: dict[str, Any], bank: Bank, as_whom: str) -> None:
    given = body.get("credentials")
    if given is None:
        return
    _must(isinstance(given, dict) and "auth_method" in body, "credentials need auth_method")
    methods = [m for m in catalogue.methods(bank) if m["psu_type"] == as_whom]
    chosen = next((m for m in methods if m["name"] == body["auth_method"]), None)
    if chosen is None:
        raise RefusedError("WRONG_REQUEST_PARAMETERS", "auth_method")
    for known in chosen.get("credentials", []):
        value = given.get(known["name"])
        if not isinstance(value, str) or not re.fullmatch(known["template"], value):
            detail = f"{known['name']} {value} does not match"
            raise RefusedError("WRONG_CREDENTIALS_PROVIDED", detail)


def _moment(text: Any) -> int:
    try:
        moment = dt.datetime.fromisoformat(text)
    except (TypeError, ValueError) as error:
        raise RefusedError("WRONG_REQUEST_PARAMETERS", "valid_until") from error
    _must(moment.tzinfo is not None, "valid_until needs an offset")
    return int(moment.timestamp())


def _day(text: str | None) -> dt.date | None:
    if text is None:
        return None
    try:
        return dt.date.fromisoformat(text)
    except ValueError as error:
        raise RefusedError("WRONG_REQUEST_PARAMETERS", "date") from error


def _object(body: dict[str, Any], name: str) -> dict[str, Any]:
    value = body.get(name)
    if not isinstance(value, dict):
        raise RefusedError("WRONG_REQUEST_PARAMETERS", name)
    return value


def _must(fact: Any, name: str) -> None:
    if not fact:
        raise RefusedError("WRONG_REQUEST_PARAMETERS", name)
