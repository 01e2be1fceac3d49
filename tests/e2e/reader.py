"""An owner whose links are opened in every state that they can be in, by whoever has them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from infra.demo.cast import GATHERED
from infra.demo.owner import Owner
from tests.e2e.sights import faults
from tests.e2e.surfer import Surfer

if TYPE_CHECKING:
    from playwright.sync_api import Browser, CDPSession, Page

    from infra.demo.owner import Standing
    from infra.demo.visitor import Page as Sent
    from infra.local.stack import Stack

CYCLE = 6 * 3600


class Reader(Owner):
    """He has banks by token, and lets them fail as a test wants it."""

    @classmethod
    def of(cls, stack: Stack, number: int) -> Reader:
        """Return a new owner who may be written to at any time."""
        made = cls(stack, f"owner-{number}", f"workspace-{number}", f"owner-{number}@example.com")
        made.ask("PUT", "/profile", {"email": made.email, "quiet_hours": None})
        return made

    def control(self, method: str, path: str, body: Any = None) -> Any:
        """Use a switch of the simulated banks."""
        return self.stack.simulators.control(method, path, body)

    def trouble(self, login: str, name: str, provider: str = "simplefin") -> None:
        """Let something happen to a login."""
        self.control("PATCH", f"/logins/{provider}/{login}", {"trouble": name})

    def setup_token(self, login: str) -> str:
        """Return a new token that opens a login once."""
        return str(self.control("POST", "/simplefin/tokens", {"login": login})["setup_token"])

    def way(self, country: str, name: str, provider: str) -> dict[str, str]:
        """Return a way to a bank as the search gives it, for private customers."""
        (bank,) = (each for each in self.find(country, name) if each["name"] == name)
        ways = (way for way in bank["ways"] if way.get("customers") != "business")
        return dict(next(way for way in ways if way["provider"] == provider))

    def by_token(self, bank: str, login: str) -> Standing:
        """Connect a bank by a token."""
        wanted = {"name": bank, "bank_id": "harbour", "country": "ES", "method": "token"}
        page = self.begin({**wanted, "provider": "simplefin"})
        return self.send(page, setup_token=self.setup_token(login))

    def mend(self, bank: str, login: str) -> str:
        """Reconnect a bank with a new token; return the link that did it."""
        link = self.fresh_link(bank)
        sent = self.send(self.browser.get(link), setup_token=self.setup_token(login))
        assert "done" == sent.state, sent.facts
        return link

    def fresh_link(self, bank: str) -> str:
        """Return a link for a bank as his app gets it."""
        return str(self.ask("POST", f"/connections/{self.ids[bank]}/reconnect")["url"])

    def turn_red(self, *logins: str) -> None:
        """Let banks by token refuse what they have accepted so far, and him be told."""
        for login in logins:
            self.trouble(login, "expired")
        self.pass_time(CYCLE)
        self.pass_time(GATHERED)

    def pass_time(self, seconds: int) -> None:
        """Let time pass, and everything that it brings come to rest."""
        self.stack.clock.advance(seconds)
        assert self.stack.settle()

    def open_banks(self, surfer: Surfer, shown: str = ".banks:not(:has(.ghost)), .blank") -> None:
        """Open his Banks page as one whom the identity provider knows already."""
        surfer.page.goto(f"{self.stack.api.url}/banks?login_hint={self.name}")
        surfer.page.locator(f"relink-banks :is({shown})").first.wait_for(state="attached")

    def open_banks_again(self, page: Page) -> None:
        """Open his Banks page in a tab that is logged in."""
        page.goto(f"{self.stack.api.url}/banks")

    def page(self, url: str) -> Sent:
        """Return a page as it is sent."""
        return self.browser.get(url)


def look(browser: Browser, url: str, heading: str, *, press: str = "", then: str = "") -> str:
    """Look at a page without its scripts, and at what a button leads to; return its words.

    Nothing may be wrong with how it looks, or be told to anybody.
    """
    with Surfer(browser) as surfer:
        switch = surfer.page.context.new_cdp_session(surfer.page)
        _run_scripts(switch, allowed=False)
        answer = surfer.page.goto(url)
        assert answer
        words = _seen(surfer, switch, heading)
        if press:
            surfer.press(press)
            words = _seen(surfer, switch, then)
        expected = "nothing" if answer.ok else str(answer.status)
        assert [] == [each for each in surfer.complaints if expected not in each]
        assert set() == surfer.strangers
        return words


def _seen(surfer: Surfer, switch: CDPSession, heading: str) -> str:
    """Look at what has come without scripts; only then those that look may run, not the page's."""
    surfer.wait_for(heading)
    assert surfer.page.evaluate("matchMedia('(scripting: none)').matches")
    _run_scripts(switch, allowed=True)
    assert [] == faults(surfer.page)
    _run_scripts(switch, allowed=False)
    return surfer.page.locator("body").inner_text()


def _run_scripts(switch: CDPSession, *, allowed: bool) -> None:
    switch.send("Emulation.setScriptExecutionDisabled", {"value": not allowed})
