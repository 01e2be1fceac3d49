"""An owner: his app, his mailbox, and his browser at the pages that links lead to."""

from __future__ import annotations

import base64
import re
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from infra.demo.narrator import NotObservedError
from infra.demo.visitor import Page, Visitor

if TYPE_CHECKING:
    from infra.local.mail.mail import Mail
    from infra.local.push.service import Push
    from infra.local.stack import Stack

PATIENCE = 120.0
"""Seconds, for a machine that has much else to do: how long it took is told apart."""
UNDER_WAY = {"submitted", "verifying", "answered", "accepted", "waiting"}


@dataclass(frozen=True)
class Standing:
    """How an attempt stands, and where that is shown."""

    url: str
    facts: dict[str, Any]

    @property
    def state(self) -> str:
        """Return the attempt's state."""
        return str(self.facts["state"])

    @property
    def lacks_its_end(self) -> bool:
        """Tell whether it is known to be well, but not yet with what came of it."""
        return self.state == "done" and not self.facts["accounts"]

    @property
    def words(self) -> str:
        """Return what the owner is told, or asked."""
        return " ".join(self.facts["messages"].values()) or str(self.facts["prompt"] or "")


@dataclass
class Owner:
    """A user of the host app."""

    stack: Stack
    name: str
    workspace: str
    email: str
    ids: dict[str, str] = field(default_factory=dict)
    """Connection ids by the bank's name."""

    def __post_init__(self) -> None:
        self.browser = Visitor(
            self.stack.api.url,
            lambda: self.stack.issuer.token(self.name, self.workspace, self.email),
        )

    def ask(self, method: str, path: str, body: Any = None, *, expect: int = 200) -> Any:
        """Call the API as his app does. Raises `NotObservedError` for another status."""
        status, answer = self.browser.api(method, path, body)
        if status != expect:
            raise NotObservedError(f"{method} {path} answered {status}: {answer}")
        return answer

    def introduce(self, zone: str) -> int:
        """Store his profile and return the API's status."""
        profile = {"email": self.email, "language": "en", "time_zone": zone}
        return self.browser.api("PUT", "/profile", profile)[0]

    def find(self, country: str, typed: str) -> list[dict[str, Any]]:
        """Search a country's banks as his app does."""
        query = urlencode({"country": country, "q": typed})
        return list(self.ask("GET", f"/banks/search?{query}")["banks"])

    def begin(self, bank: dict[str, str]) -> Page:
        """Connect a bank and return the page that takes its credentials."""
        made = self.ask("POST", "/connections", {"bank": bank}, expect=201)
        self.ids[bank["name"]] = made["connection_id"]
        return self.browser.get(made["connect_url"])

    def connections(self) -> dict[str, dict[str, Any]]:
        """Return what the API says of each bank."""
        return {c["bank"]["name"]: c for c in self.ask("GET", "/connections")["connections"]}

    def colours(self, *banks: str) -> dict[str, str]:
        """Return the colours of some banks, or of all that he has connected."""
        found = self.connections()
        return {b: found[b]["status"] for b in banks or self.ids}

    def notified(self, kind: str = "reconnect") -> list[str]:
        """Return which banks his notifications of a kind name."""
        shown = self.ask("GET", "/notifications")["notifications"]
        return sorted(n["bank_name"] for n in shown if n["kind"] == kind)

    def subscribe(self) -> int:
        """Let his phone's browser be pushed to, with the key from his profile; return the status.

        What is pushed is read there, by other means than those that wrote it.
        """
        key = self.ask("GET", "/profile")["web_push"]["public_key"]
        self.phone = self.stack.push_service.subscribe(key, self.name)
        return self.browser.api("PUT", "/push-subscriptions", self.phone.subscription())[0]

    def pushes(self) -> list[Push]:
        """Return what was pushed to his phone."""
        return self.stack.push_service.pushes(self.phone)

    def mails(self) -> list[Mail]:
        """Return what he was mailed."""
        return self.stack.mailbox.mails(self.email)

    def link(self, bank: str) -> str:
        """Return his last mail's link for a bank: its token says in clear what it opens."""
        for link in re.findall(r"https?://\S+/reconnect/\S+", self.mails()[-1].text):
            payload = link.rsplit(".", 2)[1]
            if self.ids[bank].encode() in base64.urlsafe_b64decode(payload + "=="):
                return str(link)
        raise NotObservedError(f"the mail has no link for {bank}")

    def send(self, page: Page, **answers: str) -> Standing:
        """Send a page's form and wait until the owner is needed again or the attempt has ended."""
        return self._wait(self.browser.submit(page, **answers).url, UNDER_WAY)

    def look(self, standing: Standing) -> Page:
        """Return the page on which an attempt stands."""
        return self.browser.get(standing.url)

    def come_back(self, standing: Standing) -> Standing:
        """Wait as `send` does, after the owner has been at his bank's own page."""
        return self._wait(standing.url, UNDER_WAY | {"redirecting"})

    def _wait(self, status_url: str, passing: set[str]) -> Standing:
        until = time.monotonic() + PATIENCE
        standing = Standing(status_url, self.browser.state(status_url))
        while standing.state in passing or standing.lacks_its_end:
            if time.monotonic() > until:
                raise NotObservedError(f"the attempt did not end: {standing.facts}")
            time.sleep(0.15)
            standing = Standing(status_url, self.browser.state(status_url))
        return standing
