"""The Banks page in a real browser: from the login to the list, and what its worker is pushed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from infra.demo.owner import Owner
from infra.local.stack import Stack, StackOptions
from tests.e2e.surfer import PATIENCE, Surfer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

    from infra.demo.visitor import Page

LOGIN = "fine.pushed@harbour"
CYCLE = 6 * 3600
GATHERED = 3
PAUSE = 50
"""Milliseconds between two looks."""
SUBSCRIBING = "PushManager.prototype.subscribe = async () => ({...%s, toJSON() { return this; }});"
LISTENING = """
  self.heard = [];
  navigator.serviceWorker?.addEventListener("message", ({data}) => heard.push(data));
"""
SHOWN = """async () => {
  const registered = await navigator.serviceWorker.getRegistration("/banks/worker.js");
  const shown = (await registered?.getNotifications()) ?? [];
  return shown.map(({title, body, tag, data}) => ({title, body, tag, url: data.url}));
}"""

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    """Start a stack."""
    with Stack(StackOptions()) as stack:
        yield stack


@pytest.fixture(scope="module")
def owner(stack: Stack) -> Owner:
    """Return an owner whose one bank is well."""
    made = Owner(stack, "owner-2", "workspace-2", "treasurer@example.com")
    made.ask("PUT", "/profile", {"email": made.email, "quiet_hours": None})
    wanted = {"name": "Harbour Bank", "bank_id": "harbour", "country": "ES"}
    enter(stack, made, made.begin({**wanted, "provider": "simplefin", "method": "token"}))
    return made


def log_in(surfer: Surfer, stack: Stack, owner: Owner) -> None:
    """Open the page as somebody whom the identity provider knows already."""
    surfer.page.goto(f"{stack.api.url}/banks?login_hint={owner.name}")
    surfer.page.locator("relink-banks").wait_for(state="attached")


def test_who_logs_in_sees_his_banks(browser: Browser, stack: Stack, owner: Owner) -> None:
    """He chooses who he is, comes back, and no trace of the login stays in the address."""
    with Surfer(browser) as surfer:
        surfer.page.goto(f"{stack.api.url}/banks")
        surfer.page.get_by_role("link", name=owner.email).tap()
        surfer.page.locator("relink-banks").get_by_text("Harbour Bank").first.wait_for()
        assert f"{stack.api.url}/banks" == surfer.page.url
        assert 0 >= surfer.too_wide()
        kept = surfer.page.evaluate("Object.keys({...sessionStorage, ...localStorage})")
        surfer.page.reload()
        surfer.page.locator("relink-banks").get_by_text("Harbour Bank").first.wait_for()

    assert ["relink-login"] == kept
    assert [] == surfer.complaints
    assert set() == surfer.strangers


def test_an_answer_that_nobody_asked_for_logs_nobody_in(
    browser: Browser, stack: Stack, owner: Owner
) -> None:
    """A code with a foreign state is not even redeemed: it could be another's login."""
    with Surfer(browser) as surfer:
        redeemed: list[str] = []
        surfer.page.on("request", lambda r: redeemed.append(r.url) if "/token" in r.url else None)
        surfer.page.goto(f"{stack.api.url}/banks?code=stolen&state=planted&iss={stack.issuer.url}")
        surfer.page.get_by_role("heading", name="You could not be logged in").wait_for()
        assert 0 == surfer.page.locator("relink-banks").count()
        assert [] == redeemed
        surfer.page.get_by_role("button", name="Log in again").tap()
        surfer.page.get_by_role("link", name=owner.email).wait_for()


def test_a_login_that_is_refused_is_told(browser: Browser, stack: Stack) -> None:
    """With a way to try again, and nothing of a bank."""
    with Surfer(browser) as surfer:
        denied = "error=access_denied&state={}"
        surfer.page.route(
            "**/authorize?*",
            lambda route: route.fulfill(
                status=302,
                headers={"Location": f"{stack.api.url}/banks?" + denied.format(_state(route))},
            ),
        )
        surfer.page.goto(f"{stack.api.url}/banks")
        surfer.page.get_by_text("The login was ended before it was done.").wait_for()

    assert [] == surfer.complaints


def test_who_logs_out_has_no_token_left(browser: Browser, stack: Stack, owner: Owner) -> None:
    """Neither on the page nor in the tab's memory."""
    with Surfer(browser) as surfer:
        log_in(surfer, stack, owner)
        surfer.press("Log out")
        surfer.page.get_by_role("heading", name="You are logged out").wait_for()
        assert 0 == surfer.page.evaluate("sessionStorage.length")
        assert 0 == surfer.page.locator("relink-banks").count()


def test_what_is_pushed_is_shown_and_told_to_the_page(
    browser: Browser, stack: Stack, owner: Owner
) -> None:
    """Offered once a bank has stopped, asked for by a button, sent by our function, shown.

    Without a network Chromium gets no subscription: at `pushManager.subscribe`, and nowhere else, a
    browser of the local push service stands for it. What that reads is handed to the worker
    as the push (DevTools protocol).
    """
    turn_red(stack)
    mend(stack, owner)
    device = stack.push_service.subscribe(stack.push_key.public, owner.name)
    with Surfer(browser) as surfer:
        surfer._context.grant_permissions(["notifications"], origin=stack.api.url)
        surfer.page.add_init_script(SUBSCRIBING % json.dumps(device.subscription()))
        log_in(surfer, stack, owner)
        surfer.press("Tell me in this browser")
        surfer.page.get_by_role("button", name="Tell me in this browser").wait_for(state="hidden")
        surfer.page.close()
        turn_red(stack)
        surfer.page = surfer._context.new_page()
        surfer.page.add_init_script(LISTENING)
        (pushed,) = stack.push_service.pushes(device)
        log_in(surfer, stack, owner)
        surfer.page.locator(".banks:not(:has(.ghost))").wait_for()  # what may lead away has done so
        push(surfer, stack, pushed.said)
        surfer.page.wait_for_function("heard.length")
        heard, shown = surfer.page.evaluate("heard"), notifications(surfer)

    assert [{"type": "relink-push"}] == heard
    assert "Harbour Bank needs to be reconnected" == pushed.said["title"]
    assert [{**pushed.said, "url": f"{stack.api.url}/banks"}] == shown
    assert set() == surfer.strangers


def test_a_page_behind_a_link_changes_in_place(browser: Browser, owner: Owner) -> None:
    """From the submitted form to what came of it: one navigation, and its field is ready."""
    link = reconnecting(owner)
    with Surfer(browser) as surfer:
        surfer.page.goto(link)
        seen: list[str] = []
        surfer.page.on("framenavigated", lambda frame: seen.append(frame.url))
        surfer.fill("SimpleFIN setup token", "bm90IGEgdG9rZW4=")
        surfer.press("Reconnect")
        surfer.page.get_by_role("alert").wait_for()
        focused = surfer.page.evaluate("document.activeElement.name")
        enabled = surfer.page.get_by_role("button", name="Reconnect").is_enabled()

    assert [f"{link}/status"] == seen
    assert ("setup_token", True) == (focused, enabled)
    assert [] == surfer.complaints


def turn_red(stack: Stack) -> None:
    """Let the bank refuse what it has accepted so far, and its owner be told."""
    stack.simulators.control("PATCH", f"/logins/simplefin/{LOGIN}", {"trouble": "expired"})
    pass_time(stack, CYCLE)
    pass_time(stack, GATHERED)


def mend(stack: Stack, owner: Owner) -> None:
    """Reconnect the bank by its owner's link."""
    stack.simulators.control("PATCH", f"/logins/simplefin/{LOGIN}", {"trouble": "fine"})
    enter(stack, owner, owner.browser.get(reconnecting(owner)))


def reconnecting(owner: Owner) -> str:
    """Return a link to reconnect the bank."""
    made = owner.ask("POST", f"/connections/{owner.ids['Harbour Bank']}/reconnect")
    return str(made["url"])


def enter(stack: Stack, owner: Owner, page: Page) -> None:
    """Enter a new setup token."""
    token = stack.simulators.control("POST", "/simplefin/tokens", {"login": LOGIN})["setup_token"]
    assert "done" == owner.send(page, setup_token=token).state


def pass_time(stack: Stack, seconds: int) -> None:
    """Let time pass, and everything that it brings come to rest."""
    stack.clock.advance(seconds)
    assert stack.settle()


def notifications(surfer: Surfer) -> list[dict[str, Any]]:
    """Return what the browser shows, once it shows something: the worker tells pages meanwhile."""
    for _ in range(PATIENCE // PAUSE):
        if shown := surfer.page.evaluate(SHOWN):
            return list(shown)
        surfer.page.wait_for_timeout(PAUSE)
    return []


def push(surfer: Surfer, stack: Stack, payload: dict[str, Any]) -> None:
    """Hand a push to the page's worker, as the browser does."""
    tools = surfer._context.new_cdp_session(surfer.page)
    found: list[str] = []
    tools.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda event: found.extend(r["registrationId"] for r in event["registrations"]),
    )
    tools.send("ServiceWorker.enable")
    for _ in range(PATIENCE // PAUSE):
        if found:
            break
        surfer.page.wait_for_timeout(PAUSE)
    told = {"origin": stack.api.url, "registrationId": found[-1], "data": json.dumps(payload)}
    tools.send("ServiceWorker.deliverPushMessage", told)


def _state(route: Any) -> str:
    """Return the state that a login was asked for with."""
    query = route.request.url.partition("?")[2]
    return str(dict(pair.split("=", 1) for pair in query.split("&"))["state"])
