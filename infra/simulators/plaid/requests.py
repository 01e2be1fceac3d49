"""What Plaid takes: each endpoint's fields, read strictly."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from infra.simulators.exchange import BadRequestError, Request
from infra.simulators.history import DAY
from infra.simulators.plaid.refusals import RefusedError

VERSION = "2020-09-14"
COUNTRIES = frozenset(
    [
        *("US", "GB", "ES", "NL", "FR", "IE", "CA", "DE", "IT", "PL"),
        *("DK", "NO", "SE", "EE", "LT", "LV", "PT", "BE", "AT", "FI"),
    ]
)
LANGUAGES = frozenset(
    [
        *("da", "nl", "en", "et", "fr", "de", "hi", "it", "lv"),
        *("lt", "no", "pl", "pt", "ro", "es", "sv", "vi"),
    ]
)
PRODUCTS = frozenset(
    [
        *("assets", "auth", "identity", "investments", "liabilities"),
        *("payment_initiation", "transactions", "signal", "statements", "transfer"),
    ]
)
LONGEST_LIFE = 21 * DAY
LONGEST_CURSOR = 256
Check = Callable[[Any], bool]


def _text(value: Any) -> bool:
    return isinstance(value, str) and value != ""


def _flag(value: Any) -> bool:
    return isinstance(value, bool)


def _number(least: int, most: int) -> Check:
    return lambda v: isinstance(v, int) and not isinstance(v, bool) and least <= v <= most


def _some(allowed: frozenset[str]) -> Check:
    return lambda v: isinstance(v, list) and v != [] and all(_one(allowed)(each) for each in v)


def _one(allowed: frozenset[str]) -> Check:
    return lambda v: isinstance(v, str) and v in allowed


def _address(value: Any) -> bool:
    return isinstance(value, str) and bool(urlsplit(value).scheme and urlsplit(value).netloc)


def _cursor(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= LONGEST_CURSOR


@dataclass(frozen=True)
class Shape:
    """The fields of an object: how each is checked, and which must be there."""

    fields: Mapping[str, Check | Shape]
    required: frozenset[str] = frozenset()

    def check(self, content: Any, where: str = "") -> None:
        """Raise `RefusedError` for the first thing that is wrong."""
        if not isinstance(content, dict):
            raise RefusedError("INVALID_FIELD", f"{where or 'body'} must be an object")
        missing = sorted(self.required - content.keys())
        if missing:
            names = ", ".join(where + each for each in missing)
            raise RefusedError(
                "MISSING_FIELDS", f"the following required fields are missing: {names}"
            )
        unknown = sorted(content.keys() - self.fields.keys())
        if unknown:
            names = ", ".join(where + each for each in unknown)
            raise RefusedError(
                "UNKNOWN_FIELDS", f"the following fields are not recognized: {names}"
            )
        for name, value in content.items():
            rule = self.fields[name]
            if isinstance(rule, Shape):
                rule.check(value, f"{where}{name}.")
            elif not rule(value):
                code = "INVALID_PRODUCT" if name == "products" else "INVALID_FIELD"
                raise RefusedError(code, f"{where}{name} is not valid")


_TOKEN = Shape({"access_token": _text}, frozenset({"access_token"}))

SHAPES: dict[str, Shape] = {
    "/link/token/create": Shape(
        {
            "client_name": _text,
            "language": _one(LANGUAGES),
            "country_codes": _some(COUNTRIES),
            "user": Shape({"client_user_id": _text}, frozenset({"client_user_id"})),
            "products": _some(PRODUCTS),
            "additional_consented_products": _some(PRODUCTS),
            "webhook": _address,
            "access_token": _text,
            "institution_id": _text,
            "redirect_uri": _address,
            "link_customization_name": _text,
            "transactions": Shape({"days_requested": _number(1, 730)}),
            "update": Shape({"account_selection_enabled": _flag}),
            "hosted_link": Shape(
                {
                    "completion_redirect_uri": _address,
                    "url_lifetime_seconds": _number(1, LONGEST_LIFE),
                    "is_mobile_app": _flag,
                }
            ),
        },
        frozenset({"client_name", "language", "country_codes", "user"}),
    ),
    "/institutions/get": Shape(
        {
            "count": _number(1, 500),
            "offset": _number(0, 1_000_000),
            "country_codes": _some(COUNTRIES),
            "options": Shape(
                {
                    "products": _some(PRODUCTS),
                    "oauth": _flag,
                    "include_optional_metadata": _flag,
                    "include_auth_metadata": _flag,
                    "include_payment_initiation_metadata": _flag,
                }
            ),
        },
        frozenset({"count", "offset", "country_codes"}),
    ),
    "/link/token/get": Shape({"link_token": _text}, frozenset({"link_token"})),
    "/item/public_token/exchange": Shape({"public_token": _text}, frozenset({"public_token"})),
    "/item/get": _TOKEN,
    "/item/remove": Shape(
        {"access_token": _text, "reason_code": _text, "reason_note": _text},
        frozenset({"access_token"}),
    ),
    "/accounts/get": _TOKEN,
    "/transactions/sync": Shape(
        {
            "access_token": _text,
            "cursor": _cursor,
            "count": _number(1, 500),
            "options": Shape(
                {"include_original_description": _flag, "days_requested": _number(1, 730)}
            ),
        },
        frozenset({"access_token"}),
    ),
    "/webhook_verification_key/get": Shape({"key_id": _text}, frozenset({"key_id"})),
    "/sandbox/item/reset_login": _TOKEN,
    "/sandbox/item/fire_webhook": Shape(
        {"access_token": _text, "webhook_type": _text, "webhook_code": _text},
        frozenset({"access_token", "webhook_code"}),
    ),
}


def read(request: Request, client_id: str, secret: str) -> dict[str, Any]:
    """Return the checked fields of a request without the keys. Raises `RefusedError`."""
    kind = (request.headers.get("Content-Type") or "").partition(";")[0].strip()
    if kind != "application/json":
        raise RefusedError("INVALID_HEADERS", "Content-Type must be application/json")
    if request.headers.get("Plaid-Version", VERSION) != VERSION:
        raise RefusedError("INVALID_HEADERS", "Plaid-Version is not known")
    try:
        content = request.json()
    except BadRequestError as error:
        raise RefusedError("INVALID_BODY", "body could not be parsed as JSON") from error
    own = (content.pop("client_id", None), content.pop("secret", None))
    sent = (
        own[0] or request.headers.get("PLAID-CLIENT-ID"),
        own[1] or request.headers.get("PLAID-SECRET"),
    )
    if None in sent:
        names = "client_id, secret"
        raise RefusedError("MISSING_FIELDS", f"the following required fields are missing: {names}")
    if sent != (client_id, secret):
        raise RefusedError("INVALID_API_KEYS", "invalid client_id or secret provided")
    SHAPES[request.path].check(content)
    return content
