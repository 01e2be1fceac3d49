"""A bank that needs its owner, on our Banks page: seen, heard, and mended by keys alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.e2e.reader import Reader
from tests.e2e.sights import faults, shifts, watch_shifts
from tests.e2e.surfer import Surfer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page, Route

    from tests.e2e.waiting_banks import WaitingBanks

RED, GREEN = "Harbour Bank", "Juniper Bank"
LOGIN = "fine.red@harbour"
SCREENS = ((320, 568), (390, 664), (768, 1024), (1280, 720), (1920, 1080))
"""Of the smallest phone whole, of others what their browsers leave."""
HEARD = """
- main:
  - region "Needs you":
    - paragraph:
      - strong: "A bank needs you:"
      - link "Harbour Bank"
    - button "Put this notice away"
  - heading "Banks" [level=1]
  - paragraph: 1 needs you · 1 up to date
  - button "Connect a bank"
  - list "Your banks":
    - listitem:
      - article "Harbour Bank":
        - heading "Harbour Bank" [level=2]
        - paragraph: Access token · Spain
        - paragraph: The bank no longer accepts the access details that we have.
        - button "Reconnect Bank"
        - button "Manage"
        - list "Accounts at Harbour Bank"
    - listitem:
      - article "Juniper Bank":
        - paragraph: Up to date
        - button "Sync"
        - button "Manage"
"""

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def reader(banks: WaitingBanks) -> Reader:
    """Return an owner of two banks, one of which needs him."""
    reader = Reader.of(banks.stack, 8)
    for bank, login in ((RED, LOGIN), (GREEN, "fine.green@juniper")):
        assert "done" == reader.by_token(bank, login).state
    reader.turn_red(LOGIN)
    return reader


@pytest.fixture
def page(browser: Browser, reader: Reader) -> Iterator[Page]:
    """Open his Banks page; nothing may be complained of, and no stranger asked."""
    with Surfer(browser) as surfer:
        reader.open_banks(surfer)
        yield surfer.page
        assert [] == surfer.complaints
        assert set() == surfer.strangers


def test_its_one_button_is_seen_without_scrolling(page: Page) -> None:
    """On any screen, and the chat covers it on none."""
    assert [] == faults(page)
    for width, height in SCREENS:
        page.set_viewport_size({"width": width, "height": height})
        button = page.get_by_role("button", name="Reconnect Bank")
        expect(button).to_be_in_viewport(ratio=1)
        button.click(trial=True)  # where it is pressed nothing lies above it
        chat = page.get_by_role("link", name="Chat with us").bounding_box()
        assert chat
        assert chat["x"] + chat["width"] <= width
        assert (chat["x"] > width / 2, chat["y"] > height / 2) == (True, True)


def test_who_cannot_see_it_hears_it_by_name(page: Page) -> None:
    """Landmarks, headings, lists and buttons say what they are and whose; marks say nothing."""
    expect(page.get_by_role("main")).to_match_aria_snapshot(HEARD)
    button = page.get_by_role("button", name="Reconnect Bank")
    expect(button).to_have_accessible_description(RED)


def test_nothing_moves_when_it_is_looked_at_again(page: Page, reader: Reader) -> None:
    """Neither by an answer that says the same, nor by one that brings something new."""
    watch_shifts(page)
    for said in ("same", "new"):
        if said == "new":
            account = reader.connections()[GREEN]["accounts"][0]["account_id"]
            path = f"/connections/{reader.ids[GREEN]}/accounts/{account}"
            reader.ask("PATCH", path, {"name": "Daily money"})
        with page.expect_response("**/connections?*"):
            page.evaluate("document.querySelector('relink-banks').refresh()")
    expect(page.get_by_text("Daily money")).to_be_visible()

    assert [] == shifts(page)


def test_it_can_be_used_from_the_first_answer(browser: Browser, reader: Reader) -> None:
    """What else is asked for may take its time; nothing that is there moves when it comes."""
    with Surfer(browser) as surfer:
        page = surfer.page
        held = _hold_back(page, "**/notifications?*")
        reader.open_banks(surfer)
        watch_shifts(page)
        button = page.get_by_role("button", name="Reconnect Bank")
        expect(button).to_be_enabled()
        page.get_by_role("article", name=GREEN).get_by_role("button", name="Manage").tap()
        expect(page.get_by_role("switch", name="Automatic sync")).to_be_visible()
        assert held
        held[0].continue_()
        page.get_by_role("region", name="Needs you").wait_for()
        found = shifts(page)

    assert [] == found


def test_while_it_loads_it_says_so_and_keeps_the_place(browser: Browser, reader: Reader) -> None:
    """Without a word that could be wrong."""
    with Surfer(browser) as surfer:
        page = surfer.page
        held = _hold_back(page, "**/connections?*")
        reader.open_banks(surfer, shown=".ghost")
        expect(page.get_by_role("main")).to_contain_text("Loading …")
        assert [] == faults(page)
        held[0].continue_()
        expect(page.get_by_role("article", name=RED)).to_be_visible()


def test_from_red_to_green_without_a_pointer(page: Page, reader: Reader) -> None:
    """Tab, type, Enter: the focus is seen on the way, and begins where it is of use."""
    assert "button" == _tab_to(page, "Reconnect Bank", within=8)
    assert "none" != page.evaluate(
        "getComputedStyle(document.querySelector('relink-banks').shadowRoot.activeElement)"
        ".outlineStyle"
    )
    page.keyboard.press("Enter")
    page.get_by_role("heading", level=1, name=RED).wait_for()
    assert "input" == _tab_to(page, "", within=2)
    page.keyboard.type(reader.setup_token(LOGIN))
    page.keyboard.press("Enter")
    page.get_by_role("heading", level=1, name="Reconnected").wait_for()
    reader.open_banks_again(page)

    expect(page.get_by_role("article", name=RED)).to_contain_text("Up to date")
    expect(page.get_by_role("region", name="Needs you")).to_have_count(0)


def _hold_back(page: Page, pattern: str) -> list[Route]:
    """Hold back the answers to some requests, and return them as they come."""
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route(pattern, hold)
    return held


def _tab_to(page: Page, words: str, within: int) -> str:
    """Press Tab until what has the focus says these words; return what it is."""
    for _ in range(within):
        page.keyboard.press("Tab")
        kind, text = page.evaluate(
            """() => {
              let at = document.activeElement;
              while (at.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
              return [at.localName, at.innerText];
            }"""
        )
        if (words and text == words) or (not words and kind == "input"):
            return str(kind)
    return f"{words} was not reached"
