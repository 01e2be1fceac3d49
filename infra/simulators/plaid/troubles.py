"""Plaid's own troubles: what each does, and with which words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from infra.simulators.plaid.refusals import RefusedError

if TYPE_CHECKING:
    from collections.abc import Callable

    from infra.simulators.troubles import Trouble

TROUBLES = {
    "expired": "ITEM_LOGIN_REQUIRED until the owner has been through update mode",
    "consent-expired": "the same, because of OAUTH_CONSENT_EXPIRED",
    "token-invalid": "the same, because of OAUTH_INVALID_TOKEN",
    "revoked": "the same, because of OAUTH_USER_REVOKED",
    "password-changed": "the same, and the page takes the password `new` only",
    "locked": "ITEM_LOCKED, on the page, too, until the bank has unlocked it (`cure`)",
    "setup-required": "USER_SETUP_REQUIRED until the owner has done it at the bank (`cure`)",
    "permission-revoked": "USER_PERMISSION_REVOKED, also for update mode; a new item works",
    "gone": "ITEM_NOT_FOUND; a new item works",
    "no-accounts": "NO_ACCOUNTS until update mode",
    "bank-down": "INSTITUTION_DOWN",
    "unsupported": "INSTITUTION_NO_LONGER_SUPPORTED",
    "maintenance": "503 with PLANNED_MAINTENANCE",
    "internal": "500 with INTERNAL_SERVER_ERROR",
    "too-fast": "429 with RATE_LIMIT, no Retry-After",
    "error": "the error of the options: `error_code`, `error_type`, `error_code_reason`, `status`",
    "item-error": "good data, but the same error in /item/get",
    "stale": "good data, but the bank could not be read since the trouble began",
    "not-ready": "NOT_READY: no transactions and no cursor yet",
    "mutation": "TRANSACTIONS_SYNC_MUTATION_DURING_PAGINATION on every page but the first",
    "code": "the page asks for a code, which is 246810",
    "exit": "the page turns the owner away with the error of the options",
    "already-fine": "the page turns the owner away with ITEM_NO_ERROR",
    "new-account-ids": "the next update gives every account another id",
    "other-accounts": "the next login on the page is somebody else's",
    "few-accounts": "answers have only the accounts with changes in them",
    "endless": "has_more is always true",
    "duplicates": "every change and the first account are there twice",
    "many-accounts": "`number` (10,000) accounts more",
    "bad-amounts": "amounts such as 1e300, null",
    "bad-dates": "a date in the year 1",
    "markup": "HTML and terminal escapes in a name",
}
LOGIN_REQUIRED = {
    "expired": None,
    "consent-expired": "OAUTH_CONSENT_EXPIRED",
    "token-invalid": "OAUTH_INVALID_TOKEN",
    "revoked": "OAUTH_USER_REVOKED",
    "password-changed": None,
}
CURED_BY_UPDATE = {*LOGIN_REQUIRED, "no-accounts", "error", "item-error", "new-account-ids"}
CURED_AT_BANK = {"locked", "setup-required"}
DEAD = {"permission-revoked": "USER_PERMISSION_REVOKED", "gone": "ITEM_NOT_FOUND"}
ANSWERS = {
    **DEAD,
    "locked": "ITEM_LOCKED",
    "setup-required": "USER_SETUP_REQUIRED",
    "no-accounts": "NO_ACCOUNTS",
    "bank-down": "INSTITUTION_DOWN",
    "unsupported": "INSTITUTION_NO_LONGER_SUPPORTED",
    "maintenance": "PLANNED_MAINTENANCE",
    "internal": "INTERNAL_SERVER_ERROR",
    "too-fast": "RATE_LIMIT",
}
OF_THE_ITEM = {*LOGIN_REQUIRED, "locked", "setup-required", "no-accounts"}
MANY = 10_000
PHRASE = "the login details of this item have changed and a user login is required"


def refusal(trouble: Trouble) -> RefusedError | None:
    """Return the error that a trouble is in an answer, if it is one."""
    if trouble.kind in LOGIN_REQUIRED:
        reason = LOGIN_REQUIRED[trouble.kind]
        return RefusedError("ITEM_LOGIN_REQUIRED", PHRASE, error_code_reason=reason)
    if trouble.kind in ANSWERS:
        return RefusedError(ANSWERS[trouble.kind])
    return from_options(trouble) if trouble.kind == "error" else None


def from_options(trouble: Trouble) -> RefusedError:
    """Return the error that the options of a trouble describe."""
    options = dict(trouble.options)
    code = str(options.pop("error_code", "ITEM_LOGIN_REQUIRED"))
    return RefusedError(code, str(options.pop("error_message", "")), **options)


def distorted(trouble: Trouble, page: dict[str, Any]) -> dict[str, Any]:
    """Return a page of changes as a trouble leaves it."""
    distort = _DISTORTIONS.get(trouble.kind)
    return distort(trouble, page) if distort else page


def _not_ready(_trouble: Trouble, page: dict[str, Any]) -> dict[str, Any]:
    empty: dict[str, Any] = {"accounts": [], "added": [], "modified": [], "removed": []}
    status = {"transactions_update_status": "NOT_READY", "next_cursor": "", "has_more": False}
    return {**page, **empty, **status}


def _few_accounts(_trouble: Trouble, page: dict[str, Any]) -> dict[str, Any]:
    named = {change["account_id"] for change in page["added"]}
    return {**page, "accounts": [a for a in page["accounts"] if a["account_id"] in named]}


def _duplicates(_trouble: Trouble, page: dict[str, Any]) -> dict[str, Any]:
    twice = {kind: [*page[kind], *page[kind]] for kind in ("added", "modified", "removed")}
    return {**page, **twice, "accounts": [*page["accounts"], *page["accounts"][:1]]}


def _many_accounts(trouble: Trouble, page: dict[str, Any]) -> dict[str, Any]:
    model, number = page["accounts"][0], int(trouble.option("number", MANY))
    extra = [{**model, "account_id": f"{model['account_id']}{n}"} for n in range(number)]
    return {**page, "accounts": [*page["accounts"], *extra]}


def _bad(field: str, *values: object) -> Callable[[Trouble, dict[str, Any]], dict[str, Any]]:
    def distort(_trouble: Trouble, page: dict[str, Any]) -> dict[str, Any]:
        spoilt = [{**page["added"][0], field: value} for value in values]
        return {**page, "added": [*spoilt, *page["added"]]}

    return distort


def _markup(_trouble: Trouble, page: dict[str, Any]) -> dict[str, Any]:
    name = "<script>alert(1)</script>\x1b[31m\r\nSet-Cookie: a=b"
    return {**page, "accounts": [{**each, "name": name} for each in page["accounts"]]}


_DISTORTIONS: dict[str, Callable[[Trouble, dict[str, Any]], dict[str, Any]]] = {
    "not-ready": _not_ready,
    "few-accounts": _few_accounts,
    "duplicates": _duplicates,
    "many-accounts": _many_accounts,
    "bad-amounts": _bad("amount", 1e300, None, "12,50"),
    "bad-dates": _bad("date", "0001-01-01", "9999-99-99"),
    "markup": _markup,
}
