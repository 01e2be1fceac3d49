"""The Bridge's own troubles, and those in which it answers and complains: of a bank, an account.

The texts about banks are the Bridge's; what a real one sends with which code is only partly known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from infra.simulators.world import concerns

if TYPE_CHECKING:
    from collections.abc import Callable

    from infra.simulators.banking import Bank
    from infra.simulators.simplefin.account_set import AccountSet, Composer
    from infra.simulators.troubles import Trouble

MANY = 10_000

TROUBLES = {
    "expired": "403 on /accounts until a new setup token is claimed; the old access stays dead",
    "revoked": "the access given out so far is dead for good; a new setup token works",
    "gen-auth": "200 with gen.auth and no accounts until a new setup token is claimed",
    "unpaid": "402 on /accounts until the owner pays (`cure`)",
    "one-bank": "con.auth at the first of several banks until its owner signs in again (`cure`)",
    "password-changed": "con.auth, the bank refuses the password, at every bank (`cure`)",
    "answer-missed": "con.auth, the bank asked a question that nobody answered (`cure`)",
    "upgrading": "con. without a subcode: waiting is right",
    "bank-down": "con. without a subcode: the bank is not available",
    "unknown-code": "con. with a subcode that no document knows",
    "act-failed": "act.failed at the first account, which has no transactions",
    "act-missingdata": "act.missingdata at the first account, half of its transactions are missing",
    "errors": "the entries of the option `errors` in errlist (`conn`, `account`: their numbers)",
    "empty": "no accounts, and no error",
    "account-gone": "the first account is missing, without an error",
    "new-ids": "the next claim gives every account and connection another id",
    "claim-lost": "the next claim uses the token up, but the connection is reset before its answer",
    "encoded-credentials": "the next claim's access URL has percent-encoded credentials",
    "duplicates": "every transaction and the first account are there twice",
    "many-accounts": "`number` (10,000) accounts more",
    "bad-amounts": "amounts such as 1e400, NaN, null",
    "bad-dates": "dates before year 1, after year 30,000,000, of another type",
    "markup": "HTML, terminal escapes and line breaks in a name and in an error's text",
    "custom-currency": "an account in miles, its currency a URL",
}

# Troubles of a bank behind the Bridge: code, text after "may need attention.". The bank's data
# stays as it was when the trouble began.
AT_BANKS = {
    "one-bank": ("con.auth", "Auth required"),
    "password-changed": (
        "con.auth",
        "The credentials entered do not match your credentials at this institution.",
    ),
    "answer-missed": (
        "con.auth",
        "The answer or answers were not provided in time. Please try again.",
    ),
    "upgrading": ("con.", "We are upgrading this connection. Please wait..."),
    "bank-down": ("con.", "This institution is not available at the moment. Try again later."),
    "unknown-code": ("con.tides", "The tide is out."),
}
CURED_BY_SIGNING_IN = {"one-bank", "password-changed", "answer-missed"}


def at_bank(composer: Composer, bank: Bank, kind: str) -> dict[str, str]:
    """Return the complaint about one bank of the login."""
    code, text = AT_BANKS[kind]
    msg = f"Connection to {bank.name} may need attention. {text}"
    return {"code": code, "msg": msg, "conn_id": composer.connection_id(bank)}


def distorted(trouble: Trouble, composer: Composer, account_set: AccountSet) -> AccountSet:
    """Return the Account Set as the trouble leaves it."""
    if trouble.kind in AT_BANKS:
        banks = [each for each in composer.login.banks if concerns(trouble, composer.login, each)]
        errors = [at_bank(composer, bank, trouble.kind) for bank in banks]
        return _with_errors(account_set, *errors)
    distort = DISTORTIONS.get(trouble.kind)
    return distort(trouble, account_set) if distort else account_set


def _with_errors(account_set: AccountSet, *errors: dict[str, Any]) -> AccountSet:
    return {**account_set, "errlist": [*account_set["errlist"], *errors]}


def _with_first_account(account_set: AccountSet, **changes: object) -> AccountSet:
    first, *others = account_set["accounts"]
    return {**account_set, "accounts": [{**first, **changes}, *others]}


def _about_first_account(account_set: AccountSet, code: str, text: str) -> AccountSet:
    account = account_set["accounts"][0]
    error = {"code": code, "msg": f"{account['name']}: {text}", "account_id": account["id"]}
    return _with_errors(account_set, error)


def _act_failed(_trouble: Trouble, account_set: AccountSet) -> AccountSet:
    text = "Failed to get account information. Try again later."
    return _about_first_account(
        _with_first_account(account_set, transactions=[]), "act.failed", text
    )


def _act_missingdata(_trouble: Trouble, account_set: AccountSet) -> AccountSet:
    some = account_set["accounts"][0]["transactions"][::2]
    text = "Failed to get all transactions. Try again later."
    return _about_first_account(
        _with_first_account(account_set, transactions=some), "act.missingdata", text
    )


def _errors(trouble: Trouble, account_set: AccountSet) -> AccountSet:
    """Add the entries of the option `errors`.

    In them, `conn` and `account` are numbers of connections and accounts, replaced by their ids.
    """
    entries = []
    for given in trouble.options.get("errors", []):
        entry = {key: value for key, value in given.items() if key not in ("conn", "account")}
        if "conn" in given:
            entry["conn_id"] = account_set["connections"][given["conn"]]["conn_id"]
        if "account" in given:
            entry["account_id"] = account_set["accounts"][given["account"]]["id"]
        entries.append(entry)
    return _with_errors(account_set, *entries)


def _empty(_trouble: Trouble, account_set: AccountSet) -> AccountSet:
    return {**account_set, "accounts": []}


def _account_gone(_trouble: Trouble, account_set: AccountSet) -> AccountSet:
    return {**account_set, "accounts": account_set["accounts"][1:]}


def _duplicates(_trouble: Trouble, account_set: AccountSet) -> AccountSet:
    accounts = account_set["accounts"]
    for account in accounts:
        account["transactions"] = [each for each in account["transactions"] for _ in range(2)]
    return {**account_set, "accounts": [*accounts, *accounts[:1]]}


def _many_accounts(trouble: Trouble, account_set: AccountSet) -> AccountSet:
    model = {**account_set["accounts"][0], "transactions": []}
    number = int(trouble.option("number", MANY))
    extra = [{**model, "id": f"{model['id']}-{n}", "name": f"Account {n}"} for n in range(number)]
    return {**account_set, "accounts": [*account_set["accounts"], *extra]}


def _bad_amounts(_trouble: Trouble, account_set: AccountSet) -> AccountSet:
    amounts = ("1e400", "NaN", "-Infinity", "12,50", "", None, 12.5, "1" * 5_000)
    return _with_values(account_set, "amount", amounts)


def _bad_dates(_trouble: Trouble, account_set: AccountSet) -> AccountSet:
    dates = (-62_135_596_800, 10**18, "2026-01-01", None, True, 1.5e300)
    return _with_values(account_set, "posted", dates)


def _with_values(account_set: AccountSet, field: str, values: tuple[object, ...]) -> AccountSet:
    transactions = [
        {"id": f"TRN-bad-{n}", "posted": 1, "amount": "1.00", "description": "Bad", field: value}
        for n, value in enumerate(values)
    ]
    return _with_first_account(account_set, transactions=transactions)


def _markup(_trouble: Trouble, account_set: AccountSet) -> AccountSet:
    text = (
        "<script>alert(1)</script><a href='//phish.example'>Sign in</a>\x1b[31m\r\nSet-Cookie: a=b"
    )
    error = {"code": "con.", "msg": text, "conn_id": account_set["connections"][0]["conn_id"]}
    return _with_errors(_with_first_account(account_set, name=text), error)


def _custom_currency(_trouble: Trouble, account_set: AccountSet) -> AccountSet:
    currency = f"{account_set['connections'][0]['sfin_url']}/currency/miles"
    return _with_first_account(account_set, currency=currency, balance="41250")


DISTORTIONS: dict[str, Callable[[Trouble, AccountSet], AccountSet]] = {
    "act-failed": _act_failed,
    "act-missingdata": _act_missingdata,
    "errors": _errors,
    "empty": _empty,
    "account-gone": _account_gone,
    "duplicates": _duplicates,
    "many-accounts": _many_accounts,
    "bad-amounts": _bad_amounts,
    "bad-dates": _bad_dates,
    "markup": _markup,
    "custom-currency": _custom_currency,
}
