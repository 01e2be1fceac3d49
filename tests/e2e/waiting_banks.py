"""An owner with a bank over each provider's way, all of which need him: told in one mail."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from infra.demo.cast import GATHERED
from infra.demo.owner import Owner
from infra.local.reachable_banks import reachable_banks
from infra.simulators.fints.member import PIN

if TYPE_CHECKING:
    from infra.local.stack import Stack

PASSWORD: Final = "correct horse battery staple"
DIGITS: Final = "135790"
CYCLE: Final = 6 * 3600
PARAMETERS: Final = {
    "ChatUrl": "https://chat.example/?about={message}",
    "ChatScript": "https://chat.example/chat.js",
    "GatherSeconds": GATHERED - 1,
}
"""The usual minute is long enough for eight banks to turn red in, on a slow machine, too."""


@dataclass(frozen=True)
class Red:
    """A bank, how it is reached, as whom, and what happens to it once it is connected."""

    name: str
    bank_id: str
    country: str
    provider: str
    method: str
    login: str
    trouble: str
    then: str = ""
    """What the bank is like when its owner comes, if it does not just take the new login."""
    entered: dict[str, str] = field(default_factory=dict)

    def wanted(self) -> dict[str, str]:
        """Return it as the owner's app names it, which has looked it up where it has no id here."""
        names = ("name", "bank_id", "country", "provider", "method")
        return {name: getattr(self, name) for name in names} | self._looked_up()

    def _looked_up(self) -> dict[str, str]:
        if self.bank_id:
            return {}
        listed = (b for b in reachable_banks() if b.provider == self.provider)
        found = next(b for b in listed if b.name == self.name and b.customers != "business")
        return {"bank_id": found.bank_id, "country": found.country}


def _powens(login: str, password: str, **more: str) -> dict[str, str]:
    return {"login": login, "password": password, **more}


def _fints(login: str) -> dict[str, str]:
    return {"user": login, "pin": PIN}


REDS: Final = {
    "token": Red(
        *("Juniper Bank", "juniper", "ES", "simplefin", "token"),
        *("fine.token@juniper", "expired"),
    ),
    "token, without script": Red(
        *("Harbour Bank", "harbour", "ES", "simplefin", "token"),
        *("fine.plain@harbour", "expired"),
    ),
    "password and TAN": Red(
        *("Lindental Firmenportal", "79999901", "DE", "fints", "direct"),
        *("fine.tan", "sca-due", "photo-login"),
        entered=_fints("fine.tan"),
    ),
    "password and approval": Red(
        *("Lindental Vereinskonto", "79999901", "DE", "fints", "direct"),
        *("fine.app", "sca-due", "app-login"),
        entered=_fints("fine.app"),
    ),
    "form and code": Red(
        *("Caja Solana", "solana", "ES", "powens", "direct"),
        *("fine.code", "sca"),
        entered=_powens("fine.code", PASSWORD, document="nif"),
    ),
    "form and approval": Red(
        *("Banque du Rivage", "rivage", "FR", "powens", "direct"),
        *("fine.approval", "sca"),
        entered=_powens("fine.approval", DIGITS),
    ),
    "redirect": Red(
        *("Sparbank Lindental", "", "DE", "enablebanking", "consent"),
        *("fine.redirect", "expired"),
        entered={"login": "fine.redirect", "decision": "approve"},
    ),
    "hosted page": Red(
        *("Meridian Commercial Bank", "", "US", "plaid", "consent"),
        *("fine.hosted", "consent-expired"),
        entered=_powens("fine.hosted", PASSWORD, action="continue"),
    ),
}


class WaitingBanks:
    """Connects all of `REDS`, lets them turn red, and has their owner mailed."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.owner = Owner(stack, "owner-1", "workspace-1", "owner@example.com")
        calm = {"email": self.owner.email, "language": "en", "quiet_hours": None}
        self.owner.ask("PUT", "/profile", calm)
        for red in REDS.values():
            self._connect(red)
        for red in REDS.values():
            self.trouble(red, red.trouble)
        self._pass(CYCLE)
        colours = {red.login: self.standing(red)[1] for red in REDS.values()}
        assert {"red"} == set(colours.values()), colours
        self._pass(GATHERED)
        assert 1 == len(self.owner.mails())
        for red in REDS.values():
            if red.then:
                self.trouble(red, red.then)

    def control(self, method: str, path: str, body: Any = None) -> Any:
        """Use a switch of the simulated banks."""
        return self.stack.simulators.control(method, path, body)

    def trouble(self, red: Red, name: str) -> None:
        """Let something happen to a login."""
        self.control("PATCH", f"/logins/{red.provider}/{red.login}", {"trouble": name})

    def setup_token(self, red: Red) -> str:
        """Do what the owner does at his SimpleFIN server: create a setup token."""
        made = self.control("POST", "/simplefin/tokens", {"login": red.login})
        return str(made["setup_token"])

    def standing(self, red: Red) -> tuple[str, str, list[str]]:
        """Return a bank's connection, its colour and its accounts, as the API shows them."""
        connection_id = self.owner.ids[red.name]
        found = self.owner.ask("GET", f"/connections/{connection_id}")
        accounts = [each["account_id"] for each in found["accounts"]]
        return connection_id, found["status"], accounts

    def _connect(self, red: Red) -> None:
        page = self.owner.begin(red.wanted())
        if red.provider == "simplefin":
            ended = self.owner.send(page, setup_token=self.setup_token(red))
        elif red.method == "direct":
            ended = self.owner.send(page, **red.entered)
        else:
            sent = self.owner.send(page)
            theirs = self.owner.browser.get(sent.facts["redirect_url"])
            self.owner.browser.submit(theirs, **red.entered)
            ended = self.owner.come_back(sent)
        assert "done" == ended.state, (red.name, ended.facts)

    def _pass(self, seconds: int) -> None:
        self.stack.clock.advance(seconds)
        assert self.stack.settle()
