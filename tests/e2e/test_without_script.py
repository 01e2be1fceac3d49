"""Every page behind a link as it is without JavaScript: readable, and looked at in all sizes.

The tests tell one story, in their order: the stack's time only goes forward.
"""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import pytest

from infra.local.mail.events import Fate
from infra.local.stack import Stack, StackOptions
from infra.simulators.fints.member import PIN
from reconnect.api.sync_now import COOL_DOWN
from relink.attempt import PATIENCE
from tests.e2e.reader import Reader, look
from tests.e2e.waiting_banks import PARAMETERS, REDS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser


TRIED, USED, DOWN, OVER = "Harbour Bank", "Harbour Branch", "Harbour Savings", "Harbour Office"
LOGINS = {
    TRIED: "fine.tried@harbour",
    USED: "fine.used@harbour",
    DOWN: "fine.unanswered@harbour",
    OVER: "fine.over@harbour",
}
WRONG = "bm90IGEgdG9rZW4="
DAY = 86_400
CAJA = {"name": "Caja Solana", "bank_id": "solana", "country": "ES"}
SPARBANK = "Sparbank Lindental"
UNSUPPORTED = "fine.unsupported"
PASSWORD = "correct horse battery staple"

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    """Start a stack whose weeks pass for nobody else's links."""
    with Stack(StackOptions(parameters=PARAMETERS)) as stack:
        yield stack


@pytest.fixture(scope="module")
def reader(stack: Stack) -> Reader:
    """Return an owner whose banks have all turned red but one."""
    reader = Reader.of(stack, 9)
    for bank, login in LOGINS.items():
        assert "done" == reader.by_token(bank, login).state
    page = reader.begin({**CAJA, "provider": "powens", "method": "direct"})
    entered = {"login": UNSUPPORTED, "password": PASSWORD, "document": "nif"}
    assert "done" == reader.send(page, **entered).state
    reader.trouble(UNSUPPORTED, "not-supported", "powens")
    reader.turn_red(*LOGINS.values())
    return reader


def test_a_form_says_why_and_what_happens_next(browser: Browser, reader: Reader) -> None:
    """And points to the chat, with the bank and its trouble in the message."""
    words = look(browser, reader.fresh_link(TRIED), TRIED)

    assert "What happens next" in words
    assert "Chat with us" in words


def test_what_was_wrong_stands_beside_the_field_until_a_pause(
    browser: Browser, reader: Reader
) -> None:
    """Tries that are left are counted, then the page says until when it waits, and why."""
    link = reader.fresh_link(TRIED)
    for left in (2, 1):
        sent = reader.send(reader.page(link), setup_token=WRONG)
        assert "rejected" == sent.state
        assert f"{left} tr" in look(browser, sent.url, TRIED)
    sent = reader.send(reader.page(link), setup_token=WRONG)
    words = look(browser, sent.url, "A pause for your safety")
    assert "You can try again from" in words


def test_a_bank_that_does_not_answer_is_not_said_to_have_refused(
    browser: Browser, reader: Reader
) -> None:
    """The old access was kept; there is a way to try again."""
    link = reader.fresh_link(DOWN)
    token = reader.setup_token(LOGINS[DOWN])
    reader.trouble(LOGINS[DOWN], "down")
    sent = reader.send(reader.page(link), setup_token=token)

    assert "not been refused" in look(browser, sent.url, "Your bank is not answering")


def test_a_link_that_has_done_its_work_says_so(browser: Browser, reader: Reader) -> None:
    """Well: already fixed. Red again: used, and a fresh one is mailed to the owner alone."""
    link = reader.mend(USED, LOGINS[USED])
    assert "nothing to do" in look(browser, link, "Already fixed")
    reader.turn_red(LOGINS[USED])
    words = look(
        browser,
        link,
        "This link has been used",
        press="Mail a fresh link",
        then="Look into your mailbox",
    )
    assert reader.email not in words
    reader.mend(USED, LOGINS[USED])


def test_the_owners_language_goes_before_the_browsers(browser: Browser, reader: Reader) -> None:
    """Whoever opens the link, his bank is told of in the words that its owner reads."""
    link = reader.fresh_link(TRIED)
    reader.ask("PUT", "/profile", {"language": "es"})
    words = look(browser, link, "Una pausa por tu seguridad")
    reader.ask("PUT", "/profile", {"language": "en"})

    assert "Pregúntanos en el chat" in words


def test_a_bank_that_is_no_longer_offered_this_way_names_the_other(
    browser: Browser, reader: Reader
) -> None:
    """There is nothing to enter."""
    link = reader.fresh_link(CAJA["name"])

    assert "Banks section" in look(browser, link, "Connect Caja Solana in the other way")


def test_a_bank_that_was_given_up_opens_no_form(browser: Browser, reader: Reader) -> None:
    """Its link is over with it."""
    link = reader.fresh_link(OVER)
    reader.ask("DELETE", f"/connections/{reader.ids[OVER]}?data=keep", expect=202)
    assert reader.stack.settle()

    assert "Nothing is fetched any more" in look(browser, link, f"{OVER} is disconnected")


def test_what_is_no_link_of_ours_says_what_to_do(browser: Browser, reader: Reader) -> None:
    """Cut off on its way, or from a bank that nobody went to."""
    root = reader.stack.api.url

    assert "Copy the whole link" in look(browser, f"{root}/reconnect/cut", "There is nothing here")
    astray = look(browser, f"{root}/reconnect/callback?state=none&code=none", "This try is over")
    assert "Nothing was changed" in astray


def granted(reader: Reader, path: str) -> Any:
    """Ask for all history, again if the bank's turn has just come and it is to be left alone."""
    reader.pass_time(600)
    status, told = reader.browser.api("POST", path, {"kind": "historical"})
    if status == HTTPStatus.ACCEPTED:
        return told
    reader.pass_time(COOL_DOWN)
    return reader.ask("POST", path, {"kind": "historical"}, expect=HTTPStatus.ACCEPTED)


def test_all_history_is_fetched_and_said_to_be_here(browser: Browser, reader: Reader) -> None:
    """Its page is like that of an attempt."""
    asked = granted(reader, f"/connections/{reader.ids[USED]}/sync")
    assert reader.stack.settle()

    assert "as far back" in look(browser, asked["url"], "All movements are here")


def test_a_way_to_the_bank_is_shown_to_the_browser_that_began(
    browser: Browser, reader: Reader
) -> None:
    """Another one may start again; it is not sent where it could not come back from."""
    sent = reader.send(reader.begin(reader.way("DE", SPARBANK, "enablebanking")))
    assert "redirecting" == sent.state

    words = look(browser, sent.url, "Continue where you began")
    assert "Start again in this browser" in words


def test_a_challenge_that_nobody_answers_is_given_up(browser: Browser, reader: Reader) -> None:
    """What the owner has missed is not held against him."""
    page = reader.begin(REDS["password and TAN"].wanted())
    sent = reader.send(page, user="photo-login-at-once.late", pin=PIN)
    assert "asking" == sent.state
    reader.pass_time(PATIENCE)

    assert "Start again when you have a moment" in look(browser, sent.url, "That took too long")


def test_an_expired_link_is_replaced_by_mail_alone(browser: Browser, reader: Reader) -> None:
    """And if no mail reaches the owner, that is said instead of a promise."""
    link = reader.fresh_link(DOWN)
    reader.stack.mailbox.decide(reader.email, Fate.BOUNCED)
    reader.pass_time(15 * DAY)
    reader.pass_time(60)
    expired, button = "This link has expired", "Mail a fresh link"
    look(browser, link, expired, press=button, then="We cannot mail you a link")
    reader.stack.mailbox.decide(reader.email, None)
    reader.ask("PUT", "/profile", {"mail_works": True})
    words = look(browser, link, expired, press=button, then="Look into your mailbox")
    assert reader.email not in words


def test_reminders_are_stopped_by_one_button(browser: Browser, reader: Reader) -> None:
    """Which a mail scanner that follows every link does not press."""
    stop, stopped = "Stop the reminders", "No more reminders"

    words = look(browser, _unsubscribing(reader), f"{stop}?", press=stop, then=stopped)
    assert "you still get one mail" in words


def _unsubscribing(reader: Reader) -> str:
    headers = (str(mail.message["List-Unsubscribe"] or "") for mail in reader.mails())
    return next(found[1] for each in headers if (found := re.search(r"<(http[^>]+)>", each)))
