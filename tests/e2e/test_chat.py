"""The chat's own page in a real browser: whose script runs there, and what it reaches."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.e2e.waiting_banks import WaitingBanks

pytestmark = pytest.mark.slow

NOSY = """
const seen = {};
for (const [name, look] of Object.entries({
  storage: () => sessionStorage.getItem("token"),
  cookies: () => document.cookie,
  page: () => window.opener && window.opener.document.title,
})) {
  try { seen[name] = look(); } catch (error) { seen[name] = error.name; }
}
document.addEventListener("relink-chat", (event) => { seen.asked = event.detail.message; });
fetch("/static/pages.css")
  .then((answer) => answer.text(), (error) => error.name)
  .then((told) => { seen.fetched = told; })
  .finally(() => addEventListener("load", tell) || tell());
function tell() { document.title = JSON.stringify(seen); }
"""


def test_a_chats_script_reads_no_other_page(browser: Browser, banks: WaitingBanks) -> None:
    """It runs, and hears what is asked; our storage, cookies and pages are another origin's."""
    with browser.new_context() as context:
        page = context.new_page()
        page.route("https://chat.example/**", lambda route: route.fulfill(body=NOSY))
        page.goto(f"{banks.stack.api.url}/unsubscribe/x")
        page.evaluate("sessionStorage.setItem('token', 'opens the accounts')")

        page.goto(f"{banks.stack.api.url}/chat#My%20bank")
        expect(page).to_have_title(re.compile("asked"))
        seen = json.loads(page.title())

    assert {
        "storage": "SecurityError",
        "cookies": "SecurityError",
        "page": None,
        "asked": "My bank",
        "fetched": "TypeError",
    } == seen
