"""The service's own troubles: what it refuses, and answers that are not as they should be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from infra.simulators.enablebanking.refusals import RefusedError

if TYPE_CHECKING:
    from collections.abc import Callable

    from infra.simulators.troubles import Trouble

Answer = dict[str, Any]

TROUBLES = {
    "expired": "the sessions given so far have expired before their time; a new consent works",
    "revoked": "the owner has withdrawn the consent at his bank; a new one works",
    "closed": "the sessions given so far are closed; a new consent works",
    "denied": "the bank's page comes back with access_denied, whatever is chosen on it",
    "bank-page-fails": "the bank's page comes back with server_error",
    "answer-lost": "the next code is spent, but the connection is reset before the answer",
    "one-consent": "a new consent closes the older sessions at that bank",
    "other-accounts": "the next consent opens another customer's accounts",
    "no-accounts": "the next consent opens no account",
    "account-gone": "the next consent leaves the first account out",
    "account-closed": "the next consent names the first account without a uid",
    "bank-error": "ASPSP_ERROR at every account, with no more words than that",
    "bank-timeout": "ASPSP_TIMEOUT at every account",
    "psu-action": "ASPSP_PSU_ACTION_REQUIRED at every account",
    "limited": "ASPSP_RATE_LIMIT_EXCEEDED in a Spanish hub's words at every account",
    "account-blocked": "ASPSP_ACCOUNT_NOT_ACCESSIBLE at the first account",
    "consent-invalid": "ASPSP_ERROR that quotes the bank's CONSENT_INVALID at every account",
    "unknown-code": "an error that no document knows at every account",
    "error": "the error of the options `code`, `status`, `message`, `detail` where `at` says"
    " (session, balances, transactions, accounts) and, with `account`, at that account (its"
    " number) only",
    "short-history": "periods longer than `days` (30) are refused",
    "no-references": "movements without entry_reference",
    "duplicates": "every movement is there twice",
    "many-accounts": "`number` (10,000) accounts more",
    "bad-amounts": "amounts such as 1e400, NaN, null",
    "bad-dates": "dates in the year 1, beyond 9999, of another type",
    "markup": "HTML and terminal escapes in texts",
    "endless-pages": "lists without an end, each page with another key",
    "same-page": "a page whose next page is itself",
}

OF_THE_NEXT_CONSENT = frozenset(
    {"other-accounts", "no-accounts", "account-gone", "account-closed", "answer-lost"}
)
ENDS_SESSIONS = {"expired": "EXPIRED", "revoked": "REVOKED", "closed": "CLOSED"}
_HUB = "[HUB046] Allowed number of accesses exceeded for consent."
_TPP = {
    "tppMessages": [
        {"category": "ERROR", "code": "CONSENT_INVALID", "text": "The consent is not valid."}
    ]
}
NEVER_ENDING = frozenset({"endless-pages", "same-page"})
_ERRORS: dict[str, tuple[str, Any]] = {
    "bank-error": ("ASPSP_ERROR", "Unknown error"),
    "bank-timeout": ("ASPSP_TIMEOUT", None),
    "psu-action": ("ASPSP_PSU_ACTION_REQUIRED", None),
    "limited": ("ASPSP_RATE_LIMIT_EXCEEDED", {"message": _HUB, "error_name": "RateLimitException"}),
    "consent-invalid": ("ASPSP_ERROR", _TPP),
    "unknown-code": ("TIDE_IS_OUT", "The tide is out."),
}


def refused(trouble: Trouble, endpoint: str, number: int | None = None) -> None:
    """Raise `RefusedError` if this call is refused; `number` is that of the account asked for."""
    kind, options = trouble.kind, trouble.options
    if kind in _ERRORS and number is not None:
        raise RefusedError(*_ERRORS[kind])
    if kind == "account-blocked" and number == 0:
        raise RefusedError("ASPSP_ACCOUNT_NOT_ACCESSIBLE")
    if kind == "error":
        place = options.get("at", "accounts")
        there = place == endpoint or (place == "accounts" and number is not None)
        if there and options.get("account", number) == number:
            changes = {k: options[k] for k in ("status", "message") if k in options}
            raise RefusedError(str(options.get("code", "")), options.get("detail"), **changes)


def distorted(trouble: Trouble, answer: Answer) -> Answer:
    """Return a page of movements as the trouble leaves it."""
    distort = _DISTORTIONS.get(trouble.kind)
    return distort(answer) if distort else answer


def _without_references(answer: Answer) -> Answer:
    rows = [{**each, "entry_reference": None} for each in answer["transactions"]]
    return {**answer, "transactions": rows}


def _twice(answer: Answer) -> Answer:
    return {**answer, "transactions": [t for t in answer["transactions"] for _ in range(2)]}


def _with(rows: list[Answer]) -> Callable[[Answer], Answer]:
    def replaced(answer: Answer) -> Answer:
        model = {"credit_debit_indicator": "CRDT", "status": "BOOK", "booking_date": "2026-01-02"}
        amount = {"transaction_amount": {"currency": "EUR", "amount": "1.00"}}
        return {**answer, "transactions": [{**amount, **model, **row} for row in rows]}

    return replaced


_AMOUNTS = ("1e400", "NaN", "-Infinity", "12,50", "", None, "1" * 5_000)
_DATES = ("0001-01-01", "12026-01-01", "yesterday", 10**18, True)
_MARKUP = "<script>alert(1)</script>\x1b[31m\r\nSet-Cookie: a=b"
_DISTORTIONS: dict[str, Callable[[Answer], Answer]] = {
    "no-references": _without_references,
    "duplicates": _twice,
    "bad-amounts": _with(
        [{"transaction_amount": {"currency": "EUR", "amount": a}} for a in _AMOUNTS]
    ),
    "bad-dates": _with([{"booking_date": d} for d in _DATES]),
    "markup": _with([{"remittance_information": [_MARKUP], "debtor": {"name": _MARKUP}}]),
}
