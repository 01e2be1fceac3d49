"""From the mail to green in a real browser on a phone, by each provider's way."""

from __future__ import annotations

import statistics
import time
from typing import TYPE_CHECKING

import pytest

from infra.simulators.fints.member import PIN
from tests.e2e.sights import faults
from tests.e2e.surfer import Surfer
from tests.e2e.waiting_banks import DIGITS, PASSWORD, REDS, WaitingBanks

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Browser

    from infra.local.desk.desk import Desk
    from tests.e2e.waiting_banks import Red

    Way = Callable[[Surfer, WaitingBanks, Red], None]

LONGEST = 60.0
"""Seconds from the button to green, waiting for the bank included."""

LOOKED_AT = {"password and TAN", "form and code", "redirect"}
"""Ways whose forms and ends are looked at in all sizes and both schemes: the others' are alike."""

pytestmark = pytest.mark.slow


def by_token(surfer: Surfer, banks: WaitingBanks, red: Red) -> None:
    """Paste a new setup token."""
    surfer.fill("SimpleFIN setup token", banks.setup_token(red))
    surfer.press("Reconnect")


def by_tan(surfer: Surfer, banks: WaitingBanks, red: Red) -> None:
    """Enter user name and PIN, then the TAN for the picture that the bank shows."""
    surfer.fill("Online banking user name or number", red.login)
    surfer.fill("Online banking PIN", PIN)
    surfer.press("Reconnect")
    surfer.wait_for("Lindental")
    surfer.page.get_by_role("img", name="The bank's picture").wait_for()
    assert [] == faults(surfer.page)
    (waiting,) = banks.control("GET", f"/fints/{red.login}")["waiting"]
    surfer.fill("TAN", waiting["tan"])
    surfer.press("Confirm")


def by_approval(surfer: Surfer, banks: WaitingBanks, red: Red) -> None:
    """Enter user name and PIN, then say yes in the bank's app."""
    surfer.fill("Online banking user name or number", red.login)
    surfer.fill("Online banking PIN", PIN)
    surfer.press("Reconnect")
    surfer.wait_for("Approve it in your banking app")
    assert [] == faults(surfer.page)
    banks.control("POST", f"/fints/{red.login}/approve")


def by_code(surfer: Surfer, banks: WaitingBanks, red: Red) -> None:
    """Fill in the bank's own form, then the code that it sends."""
    surfer.choose("Tipo de documento", "nif")
    surfer.fill("Usuario", red.login)
    surfer.fill("Clave de acceso", PASSWORD)
    surfer.press("Reconnect")
    surfer.page.get_by_role("button", name="Confirm").wait_for()
    assert [] == faults(surfer.page)
    code = banks.control("GET", f"/powens/codes?login={red.login}")["code"]
    surfer.page.locator("input[autocomplete=one-time-code]").fill(code)
    surfer.interactions += 1
    surfer.press("Confirm")


def by_form_and_approval(surfer: Surfer, banks: WaitingBanks, red: Red) -> None:
    """Fill in the bank's own form, then say yes in its app."""
    surfer.fill("Identifiant", red.login)
    surfer.fill("Code secret", DIGITS)
    surfer.press("Reconnect")
    surfer.wait_for("Approve it in your banking app")
    banks.control("POST", "/powens/approve", {"login": red.login, "approve": True})


def by_redirect(surfer: Surfer, _: WaitingBanks, red: Red) -> None:
    """Go to the bank's own page, and allow it there."""
    surfer.press("Continue to")
    surfer.fill("Login", red.login)
    surfer.press("Allow")


def by_hosted_page(surfer: Surfer, _: WaitingBanks, red: Red) -> None:
    """Go to the provider's page, which knows the user name, and sign in there."""
    surfer.press("Continue to")
    assert red.login == surfer.page.get_by_label("User name at the bank").input_value()
    surfer.fill("Password", PASSWORD)
    surfer.press("Continue")


WAYS: dict[str, tuple[Way, int]] = {
    "token": (by_token, 3),
    "token, without script": (by_token, 3),
    "password and TAN": (by_tan, 6),
    "password and approval": (by_approval, 4),
    "form and code": (by_code, 7),
    "form and approval": (by_form_and_approval, 4),
    "redirect": (by_redirect, 4),
    "hosted page": (by_hosted_page, 4),
}
"""What the owner does, and how many clicks and fields that are, the click in the mail included."""


@pytest.mark.parametrize("way", WAYS)
def test_from_the_mail_to_green_on_a_phone(
    browser: Browser, banks: WaitingBanks, desk: Desk, way: str
) -> None:
    """No login, nothing too wide for a phone, no complaint, and no stranger told of it."""
    act, interactions = WAYS[way]
    red = REDS[way]
    before = banks.standing(red)
    mail = banks.owner.mails()[-1]
    with Surfer(browser, scripts="without script" not in way) as surfer:
        surfer.open_mail(f"{desk.url}/mail/{mail.number}/html", banks.owner.link(red.name))
        assert [] == (faults(surfer.page) if way in LOOKED_AT else [])
        assert 0 >= surfer.too_wide()
        began = time.monotonic()
        act(surfer, banks, red)
        surfer.wait_for("Reconnected")
        took = time.monotonic() - began
        assert [] == (faults(surfer.page) if way in LOOKED_AT else [])
        assert 0 >= surfer.too_wide()

    assert ("red", "green") == (before[1], banks.standing(red)[1])
    assert (before[0], before[2]) == banks.standing(red)[::2]
    assert interactions == surfer.interactions
    assert [] == surfer.complaints
    assert set() == surfer.strangers
    assert not [each for each in surfer.referrers if "/reconnect/" in each]
    assert took < LONGEST


def test_most_ways_take_four_interactions_at_most() -> None:
    """Counted are those in the browser, on the bank's own page too; not the yes in its app."""
    different = dict(WAYS.values())

    assert WAYS.keys() == REDS.keys()
    assert 4 >= statistics.median(different.values())
