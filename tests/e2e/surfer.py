"""A person at a phone's browser who counts what he has to do, and what goes wrong on the way."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

from tests.e2e.sights import too_wide

if TYPE_CHECKING:
    from types import TracebackType

    from playwright.sync_api import Browser, ConsoleMessage, Page, Request, Response

PHONE = {"width": 390, "height": 844}
LOOPBACK = {"127.0.0.1", "localhost"}
PATIENCE = 90_000
"""Milliseconds after which what should have happened has not."""


@dataclass
class Surfer:
    """A browser of its own: `page` is the tab in front. Use it as a context manager.

    `interactions` are clicks, and fields that are filled in or chosen from.
    """

    browser: Browser
    scripts: bool = True
    interactions: int = 0
    complaints: list[str] = field(default_factory=list)
    """What the browser wrote into its console, and errors of scripts."""
    strangers: set[str] = field(default_factory=set)
    """Hosts beyond this machine that were asked for anything."""
    referrers: set[str] = field(default_factory=set)
    """What pages elsewhere were told of where he came from."""

    def __enter__(self) -> Self:
        self._context = self.browser.new_context(
            viewport={"width": PHONE["width"], "height": PHONE["height"]},
            is_mobile=True,
            has_touch=True,
            locale="en-GB",
            java_script_enabled=self.scripts,
        )
        self._context.set_default_timeout(PATIENCE)
        self._context.on("request", self._asked)
        self._context.on("response", self._answered)
        self._context.on("console", self._heard)
        self._context.on("weberror", lambda thrown: self.complaints.append(str(thrown.error)))
        self.page: Page = self._context.new_page()
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._context.close()

    def open_mail(self, url: str, link: str) -> None:
        """Open a mail and press the button that leads to a link: it opens in a tab of its own."""
        self.page.goto(url)
        with self.page.expect_popup() as opened:
            self.page.locator(f'a[href="{link}"]').first.tap()
        self.interactions += 1
        self.page = opened.value
        self.page.wait_for_load_state()

    def press(self, name: str) -> None:
        """Press the button that is named so."""
        self.page.get_by_role("button", name=name).tap()
        self.interactions += 1

    def fill(self, label: str, value: str) -> None:
        """Fill in the field that is labelled so."""
        self.page.get_by_label(label, exact=True).fill(value)
        self.interactions += 1

    def choose(self, label: str, value: str) -> None:
        """Choose from the list that is labelled so."""
        self.page.get_by_label(label, exact=True).select_option(value)
        self.interactions += 1

    def wait_for(self, heading: str) -> None:
        """Wait until the page's heading is this one, without touching anything."""
        self.page.get_by_role("heading", level=1, name=heading).wait_for()

    def too_wide(self) -> int:
        """Return by how many pixels the page is wider than the phone."""
        return too_wide(self.page)

    def _asked(self, request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme in {"http", "https", "ws", "wss"} and address.hostname not in LOOPBACK:
            self.strangers.add(request.url)
        if referrer := request.headers.get("referer"):
            self.referrers.add(referrer)

    def _answered(self, response: Response) -> None:
        if response.status >= 400:
            self.complaints.append(f"{response.status} {urlsplit(response.url).path}")

    def _heard(self, said: ConsoleMessage) -> None:
        if said.type in {"error", "warning"}:
            self.complaints.append(f"{said.text} ({said.location['url']})")
