"""Powens' own troubles: what each does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from infra.simulators.troubles import Trouble

TROUBLES = {
    "otp": "signing in always takes a code (`GET /control/powens/codes`)",
    "decoupled": "signing in always takes a yes in the app (`POST /control/powens/approve`)",
    "wrongpass": "wrongpass until another password than before is given",
    "sca": "SCARequired until the bank has made sure of its customer",
    "otp-needed": "additionalInformationNeeded; the code is asked for at once",
    "webauth": "webauthRequired until the owner has been at the bank's page",
    "password-expired": "passwordExpired, at a login, too, until another is set (`cure`)",
    "action-needed": "actionNeeded, at a login, too, until it is done at the bank (`cure`)",
    "website-unavailable": "websiteUnavailable",
    "bug": "the state bug",
    "rate-limiting": "rateLimiting, with `next_try` in an hour",
    "validating": "validating, for as long as it lasts",
    "not-supported": "notSupported",
    "state": "the state in the option `state`, which may be one that nobody knows",
    "no-account": "every account is disabled",
    "account-error": "the second account has the error in the option `state` (wrongpass)",
    "source-trouble": "the second account is of a source of its own, which is in SCARequired",
    "connection-deleted": "the connection is no more; a new one works",
    "token-revoked": "401 for the user's token; a new user works",
    "busy": "connectionLocked instead of transactions",
    "stale": "good answers, but the bank could not be read since the trouble began",
    "new-ids": "the next reconnect gives every account and movement another id",
    "no-links": "pages without `_links`",
    "endless": "every page of movements has a next one, which is itself",
    "far-links": "the next page of movements is at another host",
    "duplicates": "every movement and the first account are there twice",
    "many-accounts": "`number` (10,000) accounts more",
    "bad-amounts": "amounts such as 1e300, a text",
    "bad-dates": "dates in the years 1 and 9999",
    "markup": "HTML and terminal escapes in a name",
}
STATES = {
    "wrongpass": "wrongpass",
    "sca": "SCARequired",
    "otp-needed": "additionalInformationNeeded",
    "webauth": "webauthRequired",
    "password-expired": "passwordExpired",
    "action-needed": "actionNeeded",
    "website-unavailable": "websiteUnavailable",
    "bug": "bug",
    "rate-limiting": "rateLimiting",
    "validating": "validating",
    "not-supported": "notSupported",
    "source-trouble": "SCARequired",
}
CURED_AT_BANK = frozenset({"password-expired", "action-needed"})
CURED_BY_LOGIN = frozenset({"wrongpass", "sca", "otp-needed", "webauth", "source-trouble", "state"})
CHALLENGED = frozenset({"sca", "otp-needed", "webauth", "source-trouble"})
DEAD = frozenset({"connection-deleted", "token-revoked"})
OF_MOVEMENTS = frozenset(
    {"busy", "no-links", "endless", "far-links", "duplicates", "bad-amounts", "bad-dates"}
)
MANY = 10_000


def distorted(trouble: Trouble, page: dict[str, Any]) -> dict[str, Any]:
    """Return a page of movements as a trouble leaves it."""
    distort = _DISTORTIONS.get(trouble.kind)
    return distort(page) if distort else page


def accounts_distorted(trouble: Trouble, accounts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return accounts as a trouble leaves them."""
    match trouble.kind:
        case "duplicates":
            return [*accounts, *accounts[:1]]
        case "many-accounts":
            number = int(trouble.option("number", MANY))
            return [*accounts, *({**accounts[0], "id": 10**9 + n} for n in range(number))]
        case "markup":
            name = "<script>alert(1)</script>\x1b[31m\r\nSet-Cookie: a=b"
            return [{**each, "name": name} for each in accounts]
        case "no-account":
            return [{**each, "disabled": "2026-01-01 00:00:00"} for each in accounts]
        case "account-error":
            state = str(trouble.options.get("state", "wrongpass"))
            return [{**each, "error": state if n == 1 else None} for n, each in enumerate(accounts)]
    return accounts


def _bad(field: str, *values: object) -> Callable[[dict[str, Any]], dict[str, Any]]:
    def distort(page: dict[str, Any]) -> dict[str, Any]:
        spoilt = [{**page["transactions"][0], field: value} for value in values]
        return {**page, "transactions": [*spoilt, *page["transactions"]]}

    return distort


def _twice(page: dict[str, Any]) -> dict[str, Any]:
    return {**page, "transactions": [*page["transactions"], *page["transactions"]]}


def _without_links(page: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in page.items() if name != "_links"}


_DISTORTIONS: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "no-links": _without_links,
    "duplicates": _twice,
    "bad-amounts": _bad("value", 1e300, "12,50"),
    "bad-dates": _bad("date", "0001-01-01", "9999-99-99"),
}
