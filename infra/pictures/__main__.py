"""Take the README's pictures: `python -m infra.pictures [--out DIR]`.

Starts the local stack, lets an owner connect banks over their real protocols and one of them turn
red, and takes the mail, the page behind its button and the Banks page, in Chromium.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Final

from playwright.sync_api import sync_playwright

from infra.demo.owner import Owner
from infra.local.desk.desk import Desk
from infra.local.provider_settings import FINTS_NAME
from infra.local.reachable_banks import reachable_banks
from infra.local.stack import Stack, StackOptions
from infra.simulators.fints.member import PIN
from relink.schedule import MINUTE, SLOTS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from playwright.sync_api import BrowserContext

    from infra.local.reachable_banks import ReachableBank

FOLDER: Final = Path(__file__).parents[2] / "docs" / "images"
CHAT: Final = "https://chat.example/new?text={message}"
CYCLE: Final = SLOTS * MINUTE
GATHERED: Final = 3
RED: Final = FINTS_NAME
BANKS: Final = f"relink-banks >> text={RED}"
LOGIN: Final = "fine.picture"
ENTERED: Final[dict[tuple[str, str], Mapping[str, str]]] = {
    ("enablebanking", "Sparbank Lindental"): {"login": LOGIN, "decision": "approve"},
    ("fints", FINTS_NAME): {"user": LOGIN, "pin": PIN},
    ("plaid", "Meridian Commercial Bank"): {
        "login": LOGIN,
        "password": "a long password",
        "action": "continue",
    },
    ("powens", "Caja Solana"): {
        "login": LOGIN,
        "password": "a long password",
        "document": "nif",
    },
}
"""The banks that the owner has, by provider and name, and what he enters there."""


def main(arguments: Sequence[str]) -> int:
    """Take the pictures and return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m infra.pictures", description=__doc__)
    parser.add_argument("--out", type=Path, default=FOLDER, help="default: docs/images")
    folder = parser.parse_args(arguments).out
    program = shutil.which("chromium")
    if program is None:
        print("no Chromium on this machine: apt-get install chromium", file=sys.stderr)
        return 1
    folder.mkdir(parents=True, exist_ok=True)
    with Stack(StackOptions(parameters={"ChatUrl": CHAT})) as stack, closing(Desk(stack)) as desk:
        owner = Owner(stack, "owner-1", "workspace-1", "owner@example.com")
        prepare(stack, owner)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=program)
            context = browser.new_context(device_scale_factor=1.5, locale="en-GB")
            context.clock.set_system_time(stack.clock.now())  # the pages tell of yesterday, today
            mail = f"{desk.url}/mail/{owner.mails()[-1].number}/html"
            take(context, mail, folder / "mail.png", 640)
            take(context, owner.link(RED), folder / "page.png", 1180)
            banks = f"{stack.api.url}/banks?login_hint={owner.name}"
            take(context, banks, folder / "banks.png", 1180, BANKS)
            browser.close()
    return 0


def prepare(stack: Stack, owner: Owner) -> None:
    """Connect the banks, and let the consent of one end."""
    profile = {"email": owner.email, "language": "en", "time_zone": "Europe/Madrid"}
    owner.ask("PUT", "/profile", {**profile, "quiet_hours": None})
    for bank in reachable_banks():
        entered = ENTERED.get((bank.provider, bank.name))
        if entered and bank.customers != "business":
            connect(owner, bank, entered)
    stack.simulators.control("PATCH", f"/logins/fints/{LOGIN}", {"trouble": "sca-due"})
    for seconds in (CYCLE, GATHERED):
        stack.clock.advance(seconds)
        stack.settle()


def connect(owner: Owner, bank: ReachableBank, entered: Mapping[str, str]) -> None:
    """Connect a bank as its owner does: by our form, or on the bank's own page."""
    page = owner.begin(bank.wanted())
    if bank.method == "direct":
        owner.send(page, **entered)
        return
    sent = owner.send(page)
    theirs = owner.browser.get(sent.facts["redirect_url"])
    owner.browser.submit(theirs, **entered)
    owner.come_back(sent)


def take(context: BrowserContext, url: str, path: Path, width: int, awaited: str = "body") -> None:
    """Write a picture of a page, in full."""
    page = context.new_page()
    page.set_viewport_size({"width": width, "height": 700})
    page.goto(url)
    page.locator(awaited).first.wait_for()
    page.evaluate("document.activeElement.blur()")
    height = int(page.evaluate("document.documentElement.scrollHeight"))
    page.set_viewport_size({"width": width, "height": height})
    page.screenshot(path=path, animations="disabled")
    print(path)
    page.close()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
