"""A host app's page, the component on it under a strict policy, and what happens to its banks."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.e2e.sights import faults

if TYPE_CHECKING:
    from playwright.sync_api import Locator

    from infra.demo.owner import Owner
    from tests.e2e.surfer import Surfer

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';"
    " img-src 'self'; base-uri 'none'"
)
DAY = 86_400
CHAT = "https://chat.example/?about={message}"
_PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Host</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="/static/icon.svg"><link rel="stylesheet" href="/static/pages.css">
<script type="module" src="/static/banks.js"></script>
<script type="module" src="/host.js"></script></head>
<body><main><relink-banks heading="1" chat="%s"></relink-banks></main></body></html>"""
_SCRIPT = """
const banks = document.querySelector("relink-banks");
banks.addEventListener("relink-open", (event) => {
  event.preventDefault();
  document.body.dataset.opened = event.detail.url;
});
banks.addEventListener("relink-chat", (event) => {
  event.preventDefault();
  document.body.dataset.asked = event.detail.message;
});
banks.token = async () => %s;
banks.setAttribute("api", location.origin);
"""


def open_host(surfer: Surfer, owner: Owner) -> None:
    """Open the page as its user, and wait until the component shows what the API has told."""
    stack, page = owner.stack, surfer.page
    lasting = int(stack.clock.now()) + DAY
    token = stack.issuer.token(owner.name, owner.workspace, owner.email, exp=lasting)
    html = {"content-type": "text/html", "content-security-policy": POLICY}
    script = {"content-type": "text/javascript"}
    page.route("**/host", lambda route: route.fulfill(body=_PAGE % CHAT, headers=html))
    source = _SCRIPT % json.dumps(token)
    page.route("**/host.js", lambda route: route.fulfill(body=source, headers=script))
    page.goto(f"{stack.api.url}/host")
    page.locator(".house[aria-busy=false]").wait_for()


def told(surfer: Surfer, what: str) -> str:
    """Return what the component has told the host app: which page to open, or what to ask."""
    surfer.page.locator(f"body[data-{what}]").wait_for()
    return str(surfer.page.locator("body").get_attribute(f"data-{what}"))


def violations(surfer: Surfer) -> list[str]:
    """Return what is wrong with what is seen, in light and in dark, from phone to wall."""
    return faults(surfer.page)


def control(owner: Owner, method: str, path: str, body: Any) -> Any:
    """Use a switch of the simulated banks."""
    return owner.stack.simulators.control(method, path, body)


def by_token(owner: Owner, bank: str, login: str) -> None:
    """Connect a bank by a token."""
    wanted = {"name": bank, "bank_id": "harbour", "country": "ES"}
    page = owner.begin({**wanted, "provider": "simplefin", "method": "token"})
    token = control(owner, "POST", "/simplefin/tokens", {"login": login})["setup_token"]
    assert "done" == owner.send(page, setup_token=token).state


def pass_time(owner: Owner, seconds: int) -> None:
    """Let time pass, and all that it brings."""
    owner.stack.clock.advance(seconds)
    assert owner.stack.settle()


def bank(surfer: Surfer, name: str) -> Locator:
    """Return a bank in the list."""
    return surfer.page.get_by_role("article", name=name, exact=True)


def press(place: Locator, name: str) -> None:
    """Press the button of that very name."""
    place.get_by_role("button", name=name, exact=True).tap()
