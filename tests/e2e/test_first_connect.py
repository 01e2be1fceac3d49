"""A bank is connected for the first time in a real browser: from the search to green."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.e2e.reader import Reader
from tests.e2e.sights import faults
from tests.e2e.surfer import Surfer
from tests.e2e.waiting_banks import PASSWORD

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

    from tests.e2e.waiting_banks import WaitingBanks

LOGIN = "fine.first"

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def reader(banks: WaitingBanks) -> Reader:
    """Return an owner without a bank."""
    return Reader.of(banks.stack, 7)


@pytest.fixture
def surfer(browser: Browser, reader: Reader) -> Iterator[Surfer]:
    """Open the owner's Banks page; nothing may be complained of, and no stranger asked."""
    with Surfer(browser) as surfer:
        reader.open_banks(surfer)
        yield surfer
        assert [] == surfer.complaints
        assert set() == surfer.strangers


def search(surfer: Surfer, country: str, typed: str, bank: str, way: str) -> None:
    """Look for a bank as one who knows a part of its name, and take one of the ways to it."""
    surfer.press("Connect a bank")
    surfer.choose("Country", country)
    surfer.fill("Name of the bank", typed)
    found = surfer.page.locator(".found li", has_text=bank)
    found.get_by_role("button", name=way).first.tap()
    surfer.wait_for(bank)


def shown(surfer: Surfer, reader: Reader, bank: str) -> None:
    """Wait until the Banks page shows a bank in green."""
    reader.open_banks(surfer)
    expect(surfer.page.get_by_role("article", name=bank)).to_contain_text("Up to date")


def test_by_the_banks_own_form(surfer: Surfer) -> None:
    """The form asks what this bank asks; green follows by itself."""
    search(surfer, "ES", "solana", "Caja Solana", "Direct access")
    assert [] == faults(surfer.page)
    surfer.choose("Tipo de documento", "nif")
    surfer.fill("Usuario", LOGIN)
    surfer.fill("Clave de acceso", PASSWORD)
    surfer.press("Connect Caja Solana")
    surfer.wait_for("Connected")
    assert [] == faults(surfer.page)
    surfer.page.get_by_role("link", name="Your banks").tap()
    article = surfer.page.get_by_role("article", name="Caja Solana")
    expect(article).to_contain_text("Up to date")


def test_by_the_banks_own_page_in_the_browser_that_began_it(
    browser: Browser, surfer: Surfer, reader: Reader
) -> None:
    """Another that was led to the same page is refused, and learns no link; nothing comes of it."""
    search(surfer, "DE", "sparb", "Sparbank Lindental", "Open Banking, for private customers")
    form = surfer.page.url
    surfer.press("Continue to")
    surfer.page.get_by_label("Login").wait_for()
    with Surfer(browser) as stranger:
        stranger.page.goto(surfer.page.url)
        stranger.fill("Login", "fine.stranger")
        stranger.press("Allow")
        stranger.wait_for("Continue where you began")
        assert [] == faults(stranger.page)
        assert 0 == stranger.page.locator('a[href*="/reconnect/"]').count()
        assert "relink-" not in str(stranger.page.context.cookies())
    assert "orange" == reader.connections()["Sparbank Lindental"]["status"]
    (mark,) = (c for c in surfer.page.context.cookies() if c["name"].startswith("relink-"))
    assert (True, "Lax", "/") == (mark["httpOnly"], mark["sameSite"], mark["path"])

    surfer.page.goto(form)  # the bank's page was good once
    surfer.page.get_by_role("link", name="Start again").tap()
    surfer.press("Continue to")
    surfer.fill("Login", LOGIN)
    surfer.press("Allow")
    surfer.wait_for("Connected")
    shown(surfer, reader, "Sparbank Lindental")


def test_by_the_page_of_the_provider(surfer: Surfer, reader: Reader) -> None:
    """Powens shows a page of its own for a bank that asks for nothing on ours."""
    search(surfer, "DE", "sparb", "Sparbank Lindental", "Powens")
    surfer.press("Continue to")
    surfer.fill("User name", LOGIN)
    surfer.fill("Password", PASSWORD)
    surfer.press("Give access")
    surfer.wait_for("Connected")
    reader.open_banks(surfer)
    articles = surfer.page.get_by_role("article", name="Sparbank Lindental")
    expect(articles.filter(has_text="Up to date")).to_have_count(2)
