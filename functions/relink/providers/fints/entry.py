"""What an owner enters, checked before a bank counts it as a try."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from relink.provider import Rejected
from relink.providers.fints.access import Access

if TYPE_CHECKING:
    from relink.provider import Login

USER_LIMIT: Final = 30
PIN_LIMIT: Final = 99
CODE_LIMIT: Final = 99
MISSING = "Please fill this in."
UNFIT = "The bank cannot take these characters, or so many of them."


def entered(login: Login) -> Access | Rejected:
    """Return the access that was entered, as the installation that the bank knows already."""
    answers = {n: login.answers.get(n, "") for n in ("user", "pin", "customer")}
    user, customer = answers["user"].strip(), answers["customer"].strip()
    wrong = {n: MISSING for n in ("user", "pin") if not answers[n].strip()}
    limits = {"user": USER_LIMIT, "customer": USER_LIMIT, "pin": PIN_LIMIT}
    wrong |= {n: UNFIT for n, limit in limits.items() if not fits(answers[n].strip(), limit)}
    if wrong:
        return Rejected(wrong)
    entered = Access(user=user, pin=answers["pin"], customer=customer)
    before = Access.opened(login.secret.reveal()) if login.secret is not None else None
    if before is None or before.user != user:
        return entered
    return replace(before, pin=entered.pin, customer=customer or before.customer)


def fits(text: str, limit: int) -> bool:
    """Tell whether FinTS can carry a text: printable Latin-1, not too long."""
    printable = text.isprintable() and all(ord(c) < 256 for c in text)  # noqa: PLR2004
    return printable and len(text) <= limit
