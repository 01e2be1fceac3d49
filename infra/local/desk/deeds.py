"""What an owner, or his bank, can do for a login at each simulated provider, and what awaits him.

The providers' own switches differ: here is which there are, so that pages can offer them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Mapping

    from infra.local.simulators import Simulators


@dataclass(frozen=True)
class Deed:
    """A switch: what its button says, and what it asks of the simulators."""

    label: str
    path: str
    body: Mapping[str, Any]


ACTS_AT_BANK = "Mend it at the bank"
APPROVES, DECLINES = "Approve in the app", "Decline"
ELSEWHERE, BREAKS = "Mend it elsewhere (webhook)", "Break it (webhook)"
WITHDRAWS, MOVES = "Withdraw it (webhook)", "New movements (webhook)"
DEEDS: Mapping[str, Mapping[str, Deed]] = {
    "enablebanking": {
        "expire": Deed("End the consent", "/enablebanking/sessions", {"status": "EXPIRED"}),
        "revoke": Deed("Withdraw it", "/enablebanking/sessions", {"status": "REVOKED"}),
    },
    "fints": {
        "approve": Deed(APPROVES, "/fints/{login}/approve", {}),
        "decline": Deed(DECLINES, "/fints/{login}/decline", {}),
        "unlock": Deed("Have it unlocked", "/fints/{login}/unlock", {}),
    },
    "plaid": {
        "cure": Deed(ACTS_AT_BANK, "/plaid/cure", {}),
        "repair": Deed(ELSEWHERE, "/plaid/happen", {"what": "repaired"}),
        "break": Deed(BREAKS, "/plaid/happen", {"what": "broken"}),
        "warn": Deed("Warn of its end (webhook)", "/plaid/happen", {"what": "expiring"}),
        "revoke": Deed(WITHDRAWS, "/plaid/happen", {"what": "revoked"}),
        "move": Deed(MOVES, "/plaid/happen", {"what": "new-data"}),
    },
    "powens": {
        "approve": Deed(APPROVES, "/powens/approve", {"approve": True}),
        "decline": Deed(DECLINES, "/powens/approve", {"approve": False}),
        "cure": Deed(ACTS_AT_BANK, "/powens/cure", {}),
        "repair": Deed(ELSEWHERE, "/powens/happen", {"what": "repaired"}),
        "break": Deed(BREAKS, "/powens/happen", {"what": "broken"}),
        "revoke": Deed(WITHDRAWS, "/powens/happen", {"what": "revoked"}),
        "move": Deed(MOVES, "/powens/happen", {"what": "new-data"}),
    },
    "simplefin": {"cure": Deed(ACTS_AT_BANK, "/simplefin/cure", {})},
}
"""By provider and name."""


def do(simulators: Simulators, provider: str, name: str, login: str) -> None:
    """Do it for a login. Raises `KeyError` for a deed that is not there, and as switches do."""
    deed = DEEDS[provider][name]
    path = deed.path.replace("{login}", quote(login, safe=""))
    simulators.control("POST", path, {"login": login, **deed.body})


def awaits(simulators: Simulators, login: Mapping[str, Any]) -> list[str]:
    """Return what a bank has sent to the owner of a login, and what it waits for."""
    name = quote(login["login"], safe="")
    if login["provider"] == "fints":
        waiting = simulators.control("GET", f"/fints/{name}")["waiting"]
        return [f"{_code(each['tan'])} ({each['about']})" for each in waiting]
    if login["provider"] == "powens" and login["connections"]:
        code = simulators.control("GET", f"/powens/codes?login={name}")["code"]
        if code is not None:  # empty where a yes in the app is wanted
            return [_code(code)]
    return []


def _code(code: str | None) -> str:
    return f"Code {code}" if code else "Approval in the app"
