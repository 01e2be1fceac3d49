"""The Banks component in a host app's page, over the real stack: each state as its owner sees it.

The tests tell one story, in their order: the stack's time only goes forward.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from infra.demo.owner import Owner
from infra.local.mail.events import Fate
from infra.local.stack import Stack, StackOptions
from relink.countries import COUNTRIES
from tests.e2e.host_page import (
    bank,
    by_token,
    control,
    open_host,
    pass_time,
    press,
    told,
    violations,
)
from tests.e2e.surfer import Surfer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

CYCLE = 6 * 3600
DAY = 86_400
MAILED = 20
DOWN = [f"fine.down{number}@harbour" for number in (1, 2, 3)]
SPARBANK = {"name": "Sparbank Lindental", "country": "DE"}

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def owner() -> Iterator[Owner]:
    """Start a stack, and return an owner who has no bank yet."""
    with Stack(StackOptions()) as stack:
        made = Owner(stack, "owner-1", "workspace-1", "owner@example.com")
        calm = {"email": made.email, "quiet_hours": None, "time_zone": "Europe/Madrid"}
        made.ask("PUT", "/profile", calm)
        yield made


@pytest.fixture
def surfer(browser: Browser, owner: Owner) -> Iterator[Surfer]:
    """Open the owner's page on a phone; nothing may be complained of, and no stranger asked."""
    with Surfer(browser) as surfer:
        open_host(surfer, owner)
        yield surfer
        assert [] == [each for each in surfer.complaints if "429" not in each]
        assert set() == surfer.strangers
        assert 0 >= surfer.too_wide()


def test_who_has_no_bank_is_led_to_connect_one(surfer: Surfer, owner: Owner) -> None:
    """He searches by name in his country, and chooses the way; the bank's own page follows."""
    page = surfer.page
    assert [] == violations(surfer)
    press(page.locator("section.blank"), "Connect a bank")
    page.get_by_label("Country").select_option("DE")
    page.get_by_label("Name of the bank").fill("sparb")
    found = page.locator(".found li", has_text="Sparbank Lindental")
    found.get_by_role("button").first.wait_for()
    assert [] == violations(surfer)
    press(found, "Open Banking, for private customers")
    connected = owner.browser.get(told(surfer, "opened"))
    sent = owner.send(connected)
    theirs = owner.browser.get(sent.facts["redirect_url"])
    owner.browser.submit(theirs, login="fine.expiring", decision="approve")
    assert "done" == owner.come_back(sent).state
    for number, login in enumerate(DOWN, 1):
        by_token(owner, f"Harbour {number}", login)
    by_token(owner, "Juniper Bank", "fine.token@juniper")


def test_the_countries_are_those_that_the_search_takes(surfer: Surfer) -> None:
    """The browser knows them by itself: none is missing, none would be refused."""
    press(surfer.page.locator("header.head"), "Connect a bank")
    listed = surfer.page.locator("#country option").evaluate_all("all => all.map(e => e.value)")

    assert sorted(COUNTRIES) == sorted(listed)


def test_green_says_so_and_syncs_at_a_press(surfer: Surfer) -> None:
    """It shows that it syncs, and then that it has; too soon again is said in words."""
    juniper = bank(surfer, "Juniper Bank")
    expect(juniper).to_contain_text("Up to date")
    expect(juniper.locator(".money").first).to_contain_text("US$")
    assert [] == violations(surfer)
    press(juniper, "Sync")
    expect(surfer.page.get_by_role("status")).to_have_text("Juniper Bank: synced")
    press(juniper, "Sync")
    expect(juniper.get_by_role("alert")).to_contain_text("asked only a moment ago")
    expect(juniper.get_by_role("alert").get_by_role("link")).to_have_count(1)


def test_everything_can_be_reached_by_keyboard(surfer: Surfer, owner: Owner) -> None:
    """Focus stays on what was pressed, and returns to it from what opened in front."""
    page, juniper = surfer.page, bank(surfer, "Juniper Bank")
    juniper.get_by_role("button", name="Manage").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    automatic = juniper.get_by_role("switch", name="Automatic sync")
    expect(automatic).to_be_focused()
    page.keyboard.press("Space")
    expect(automatic).to_have_attribute("aria-checked", "false")
    expect(juniper).to_contain_text("Automatic sync is off")
    expect(automatic).to_be_focused()
    assert [] == violations(surfer)
    page.keyboard.press("Space")
    expect(automatic).to_have_attribute("aria-checked", "true")
    for name in ("Name and hide accounts", "What happened", "Disconnect …"):
        juniper.get_by_role("button", name=name).focus()
        page.keyboard.press("Enter")
        expect(page.get_by_role("dialog")).to_be_visible()
        assert [] == violations(surfer)
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog")).to_have_count(0)
        expect(juniper.get_by_role("button", name=name)).to_be_focused()
    assert owner.connections()["Juniper Bank"]["auto_sync"] is True


def test_accounts_are_named_and_hidden(surfer: Surfer, owner: Owner) -> None:
    """By one form; what was not touched stays."""
    juniper = bank(surfer, "Juniper Bank")
    press(juniper, "Manage")
    press(juniper, "Name and hide accounts")
    form = surfer.page.get_by_role("dialog")
    form.get_by_role("textbox").first.fill("Daily <b>money</b>")
    form.get_by_role("checkbox").last.uncheck()
    press(form, "Save")
    expect(juniper.get_by_text("Daily <b>money</b>")).to_be_visible()
    expect(juniper).to_contain_text("1 hidden account")
    accounts = owner.connections()["Juniper Bank"]["accounts"]
    assert ["Daily <b>money</b>"] == [a["own_name"] for a in accounts if a["own_name"]]


def test_red_comes_first_with_one_thing_to_do(browser: Browser, owner: Owner) -> None:
    """Seen without scrolling, beside an outage of many and a bank that nobody needs to mend."""
    owner.stack.mailbox.decide(owner.email, Fate.BOUNCED)
    outage = [f"/logins/simplefin/{login}" for login in DOWN]
    control(owner, "PATCH", "/logins/simplefin/fine.token@juniper", {"trouble": "expired"})
    control(owner, "PATCH", "/logins/enablebanking/fine.expiring", {"trouble": "limited"})
    with Surfer(browser) as surfer:
        open_host(surfer, owner)
        pass_time(owner, CYCLE)
        pass_time(owner, MAILED)
        for login in outage:
            control(owner, "PATCH", login, {"trouble": "down", "cycles": 1})
        pass_time(owner, CYCLE)
        surfer.page.evaluate("document.querySelector('relink-banks').refresh()")
        first = surfer.page.get_by_role("article").first
        expect(first).to_contain_text("Reconnect Bank")
        expect(surfer.page.get_by_role("region", name="Needs you")).to_contain_text("Juniper Bank")
        assert ["Juniper Bank"] == first.get_by_role("heading").all_inner_texts()
        assert 1 == surfer.page.locator("button.primary").count()
        expect(first.locator("button.primary")).to_be_in_viewport(ratio=1)
        down = surfer.page.locator(".notice", has_text="not answering anybody")
        expect(down).to_contain_text("Harbour 1, Harbour 2")
        expect(bank(surfer, "Harbour 1")).to_contain_text("Next automatic try")
        expect(bank(surfer, "Sparbank Lindental")).to_contain_text("takes requests again from")
        assert 0 == bank(surfer, "Sparbank Lindental").get_by_text("Sync", exact=True).count()
        assert [] == violations(surfer)
        assert [] == surfer.complaints


def test_an_error_points_to_the_chat_with_its_reason(surfer: Surfer) -> None:
    """The host's own chat may take it; else it is a link with the same words."""
    link = bank(surfer, "Juniper Bank").get_by_role("link", name="Ask in the chat about")
    message = "Juniper Bank: The bank no longer accepts the access details that we have."
    assert "about=Juniper%20Bank%3A%20The%20bank" in str(link.get_attribute("href"))
    link.tap()
    assert message == told(surfer, "asked")


def test_mail_that_does_not_arrive_is_said_and_mended(surfer: Surfer, owner: Owner) -> None:
    """Else whom mail does not reach never knows why none came."""
    told_so = surfer.page.locator(".notice", has_text="does not arrive")
    expect(told_so).to_contain_text(owner.email)
    owner.stack.mailbox.decide(owner.email, None)
    press(told_so, "Correct the address")
    surfer.page.get_by_label("E-mail address").fill("treasury@example.com")
    press(surfer.page.get_by_role("dialog"), "Save")
    expect(told_so).to_have_count(0)


def test_the_banner_goes_when_it_is_put_away(surfer: Surfer) -> None:
    """The bank stays where it is: first, and red."""
    region = surfer.page.get_by_role("region", name="Needs you")
    region.get_by_role("link", name="Juniper Bank").tap()
    expect(bank(surfer, "Juniper Bank").get_by_role("heading")).to_be_focused()
    press(region, "Put this notice away")
    expect(region).to_have_count(0)
    expect(surfer.page.get_by_role("article").first).to_contain_text("Reconnect Bank")


def test_reconnected_it_turns_green_before_ones_eyes(surfer: Surfer, owner: Owner) -> None:
    """Without a reload; and who cannot see it, hears it."""
    press(bank(surfer, "Juniper Bank"), "Reconnect Bank")
    page = owner.browser.get(told(surfer, "opened"))
    login = {"login": "fine.token@juniper"}
    token = control(owner, "POST", "/simplefin/tokens", login)["setup_token"]
    assert "done" == owner.send(page, setup_token=token).state
    surfer.page.evaluate("dispatchEvent(new Event('focus'))")
    expect(bank(surfer, "Juniper Bank")).to_contain_text("Up to date")
    expect(surfer.page.get_by_role("status")).to_have_text("Juniper Bank is up to date")


def test_a_consent_that_ends_soon_is_renewed_in_time(browser: Browser, owner: Owner) -> None:
    """Days before it ends, and in words: all is well until then."""
    control(owner, "PATCH", "/logins/enablebanking/fine.expiring", {"trouble": "fine"})
    ends = owner.connections()["Sparbank Lindental"]["consent_expires_at"]
    assert ends
    pass_time(owner, 84 * DAY)
    pass_time(owner, CYCLE)
    with Surfer(browser) as surfer:
        open_host(surfer, owner)
        expect(bank(surfer, "Sparbank Lindental")).to_contain_text("days left")
        press(bank(surfer, "Sparbank Lindental"), "Renew")
        assert "/reconnect/" in told(surfer, "opened")
        assert [] == violations(surfer)


def test_what_cannot_be_shown_is_said(surfer: Surfer) -> None:
    """Offline with what was last seen; and it goes on by itself when that is over."""
    surfer.page.context.set_offline(True)
    surfer.page.evaluate("document.querySelector('relink-banks').refresh()")
    expect(surfer.page.locator(".notice", has_text="You are offline")).to_be_visible()
    assert [] == violations(surfer)
    surfer.page.context.set_offline(False)
    expect(surfer.page.locator(".notice", has_text="You are offline")).to_have_count(0)
    surfer.complaints.clear()


def test_a_list_that_never_came_can_be_asked_for_again(browser: Browser, owner: Owner) -> None:
    """With a way to try again, and to the chat."""
    with Surfer(browser) as surfer:
        page = surfer.page
        page.route("**/connections?*", lambda route: route.fulfill(status=503, body="{}"))
        open_host(surfer, owner)
        expect(page.get_by_role("alert")).to_contain_text("cannot be shown at the moment")
        expect(page.get_by_role("alert").get_by_role("link")).to_have_text("Ask in the chat")
        assert [] == violations(surfer)
        page.unroute("**/connections?*")
        press(page.get_by_role("alert"), "Try again")
        expect(bank(surfer, "Juniper Bank")).to_be_visible()


def test_it_speaks_spanish_to_who_has_said_so(surfer: Surfer, owner: Owner) -> None:
    """His profile decides, not the browser, also while the page is open."""
    owner.ask("PUT", "/profile", {"language": "es"})
    surfer.page.evaluate("document.querySelector('relink-banks').refresh()")
    expect(bank(surfer, "Juniper Bank")).to_contain_text("Al día")
    expect(surfer.page.locator(".house")).to_have_attribute("lang", "es")
    assert [] == violations(surfer)
    owner.ask("PUT", "/profile", {"language": "en"})


def test_disconnecting_says_what_happens_first(surfer: Surfer, owner: Owner) -> None:
    """Data are kept unless their deletion is chosen."""
    juniper = bank(surfer, "Juniper Bank")
    press(juniper, "Manage")
    press(juniper, "Disconnect …")
    asked = surfer.page.get_by_role("dialog", name="Disconnect Juniper Bank?")
    expect(asked.get_by_role("radio", name="Keep it")).to_be_checked()
    press(asked, "Disconnect")
    expect(juniper).to_have_count(0)
    assert owner.stack.settle()
    assert "Juniper Bank" not in owner.connections()
