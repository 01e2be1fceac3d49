"""A host app's page: the component under a strict policy, and its user's token."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from axe_playwright_python.sync_playwright import Axe

if TYPE_CHECKING:
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
    """Return what axe finds fault with, in light and in dark."""
    found = []
    for scheme in ("light", "dark"):
        surfer.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        for each in Axe().run(surfer.page).response["violations"]:
            where = [node["target"] for node in each["nodes"]]
            found.append(f"{scheme}: {each['id']} {each['help']} {where}")
    return found
