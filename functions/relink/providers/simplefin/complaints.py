"""What a SimpleFIN server complains of: whose fault it is, and whose accounts it concerns."""

from __future__ import annotations

import json
from typing import Any

from relink.failures import ProviderError
from relink.providers.simplefin import codes
from relink.providers.simplefin.messages import AccountSet, BankAccount, Error
from relink.providers.transport import Answer, unknown_status
from relink.providers.wire import checked
from relink.reasons import Scope, Status

_NOTICES = {"gen.api"}
"""Beside data, these are remarks about our requests: of no concern to the owner."""


def refusal(answer: Answer, now: int) -> ProviderError:
    """Return the error of an answer that is none: its code first, its status last (law 2)."""
    if answer.is_page:
        return unknown_status(answer, now)
    for error in _listed(answer):
        verdict = codes.of_code(error.code)
        if verdict.reason.status is Status.RED or verdict.scope is Scope.OPERATOR:
            return verdict.error(error.code, error.text)
    verdict_of_status = codes.STATUSES.get(answer.status)
    if verdict_of_status is not None:
        return verdict_of_status.error(str(answer.status))
    return unknown_status(answer, now)


def _listed(answer: Answer) -> tuple[Error, ...]:
    try:
        content: Any = json.loads(answer.body)
        return tuple(checked(Error, e) for e in content["errlist"])
    except (ValueError, KeyError, TypeError, RecursionError, ProviderError):
        return ()


def trouble(answer: AccountSet) -> ProviderError | None:
    """Return the worst complaint that concerns the whole connection, if there is one.

    One institution's trouble concerns its own accounts, unless there is no other institution.
    """
    homes = {c.conn_id for c in answer.connections} | {a.home for a in answer.accounts}
    ill = {e.conn_id for e in answer.errlist if e.conn_id and e.code.startswith("con.")}
    found = [
        codes.of_code(e.code).error(e.code, e.text)
        for e in answer.errlist
        if not e.account_id and (e.conn_id is None or homes <= ill) and e.code not in _NOTICES
    ]
    found += [codes.of_text(t).error("errors[]", t) for t in _sentences(answer, len(homes))]
    return min(found, key=_badness, default=None)


def _sentences(answer: AccountSet, institutions: int) -> list[str]:
    if answer.errlist:
        return []
    named = {t for t in answer.errors for a in answer.accounts if _names(t, a)}
    return [t for t in answer.errors if t not in named or institutions <= 1]


def account_errors(answer: AccountSet) -> list[tuple[str, ProviderError]]:
    """Return what is wrong with single accounts, by their keys."""
    found: list[tuple[str, ProviderError]] = []
    for account in answer.accounts:
        found += [
            (account.key, codes.of_code(e.code).error(e.code, e.text))
            for e in answer.errlist
            if account.id == e.account_id or (e.conn_id and account.home == e.conn_id)
        ]
        found += [
            (account.key, codes.of_text(t).error("errors[]", t))
            for t in (() if answer.errlist else answer.errors)
            if _names(t, account)
        ]
    return found


def _names(sentence: str, account: BankAccount) -> bool:
    """Tell whether a version 1 sentence speaks of this account's institution."""
    name = account.org.name if account.org else None
    return bool(name) and f"Connection to {name}" in sentence


def _badness(error: ProviderError) -> int:
    order = (Status.RED, Status.ORANGE, Status.GREEN)
    return order.index(error.reason.status)
