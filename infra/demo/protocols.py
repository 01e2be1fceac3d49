"""The other four protocols: connected, synced, ended by the clock, mended from one mail."""

from __future__ import annotations

import datetime as dt
import time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from infra.demo.cast import CYCLE, GATHERED, ZONE
from infra.demo.narrator import NotObservedError
from infra.simulators.fints.member import PIN
from infra.simulators.plaid.hosted import NEW

if TYPE_CHECKING:
    from collections.abc import Callable

    from infra.demo.cast import Cast
    from infra.demo.owner import Standing
    from infra.demo.visitor import Page

    Door = Callable[["Cast", "Page"], "Standing"]

FINTS, CONSENT, HOSTED, FORM = (
    "Lindental Firmenportal",
    "Sparbank Lindental",
    "Meridian Commercial Bank",
    "Caja Solana",
)
PROVIDERS = {FINTS: "fints", CONSENT: "enablebanking", HOSTED: "plaid", FORM: "powens"}
COUNTRIES = {FINTS: "DE", CONSENT: "DE", HOSTED: "US", FORM: "ES"}
LOGINS = {
    FINTS: "otp-login.demo",
    CONSENT: "fine.demo",
    HOSTED: "fine.demo",
    FORM: "otp.demo",
}
PASSWORD = "correct horse battery staple"  # noqa: S105 - opens a simulated bank


def connect(cast: Cast) -> None:
    """Connect one bank over each protocol."""
    cast.tell.begin("Meanwhile another owner connects a bank over each of four other protocols")
    owner = cast.treasurer
    status = owner.introduce("Europe/Berlin")
    cast.tell.observe("his profile is stored", "PUT /profile", seen=status, expected=200)
    for bank, provider in PROVIDERS.items():
        _enter(cast, bank, owner.begin(_wanted(cast, bank, provider)), "connected")


def sync(cast: Cast) -> None:
    """Look how the schedule has dealt with them in the six hours that have passed."""
    ago = cast.stack.clock.now() - CYCLE
    since = dt.datetime.fromtimestamp(ago, dt.UTC).isoformat()
    found = cast.treasurer.connections()
    cast.tell.observe(
        "each of the other owner's four has been asked again, unattended, and is green",
        "GET /connections",
        seen={b: (found[b]["status"], found[b]["last_success_at"] > since) for b in PROVIDERS},
        expected=dict.fromkeys(PROVIDERS, ("green", True)),
    )


def foresee(cast: Cast) -> None:
    """Let one permission come near its end: seen in the app, then told in a mail."""
    cast.tell.begin("Two and a half months pass: a permission will end soon")
    owner = cast.treasurer
    cast.pass_until(_last_day(cast) - dt.timedelta(14), 12)
    cast.tell.observe(
        "two weeks ahead his app shows it, and no mail has been sent",
        "GET /notifications",
        seen=(owner.notified("expiring"), len(owner.mails())),
        expected=([CONSENT], 0),
    )
    cast.pass_until(_last_day(cast) - dt.timedelta(7), 9)
    mails = owner.mails()
    cast.tell.observe("a week ahead there is one mail", "the mailbox", seen=len(mails), expected=1)
    cast.tell.observe(
        f"it names that bank alone: “{mails[0].subject}”",
        "the mailbox",
        seen=[b for b in PROVIDERS if b in mails[0].text],
        expected=[CONSENT],
    )


def expire(cast: Cast) -> None:
    """Let two permissions end by the clock, a password be changed, and a bank ask for a code."""
    cast.tell.begin(
        "Early on the day after: two have ended, a password has changed, a bank wants a code"
    )
    owner = cast.treasurer
    mails = len(owner.mails())
    cast.trouble("plaid", LOGINS[HOSTED], "password-changed")
    cast.trouble("powens", LOGINS[FORM], "sca")
    cast.pass_until(_last_day(cast) + dt.timedelta(1), 6, 30)
    found = owner.connections()
    for bank, provider in PROVIDERS.items():
        reason = found[bank]["reason"] or {"text": "no reason"}
        cast.tell.observe(
            f"{bank} ({provider}): {reason['text']}",
            "GET /connections",
            seen=found[bank]["status"],
            expected="red",
        )
    cast.pass_time(GATHERED)
    cast.tell.observe(
        "the app names all four at once, and nobody is mailed at half past six",
        "GET /notifications",
        seen=(owner.notified(), len(owner.mails()) - mails),
        expected=(sorted(PROVIDERS), 0),
    )
    cast.pass_until(cast.today(), 8)
    sent = owner.mails()[mails:]
    cast.tell.observe("exactly one mail, at eight", "the mailbox", seen=len(sent), expected=1)
    cast.tell.observe(
        f"it names all four: “{sent[0].subject}”",
        "the mailbox",
        seen=[b for b in PROVIDERS if b in sent[0].text and b in sent[0].html],
        expected=list(PROVIDERS),
    )


def mend(cast: Cast) -> None:
    """Follow each link of that mail, and do what the bank asks for."""
    cast.tell.begin("The links of that mail: each bank asks in its own way")
    owner = cast.treasurer
    before = {bank: _names(cast, bank) for bank in PROVIDERS}
    for bank in PROVIDERS:
        _enter(cast, bank, owner.browser.get(owner.link(bank)), "reconnected")
    cast.tell.observe(
        "the same connections, the same accounts",
        "GET /connections",
        seen={bank: _names(cast, bank) for bank in PROVIDERS},
        expected=before,
    )
    cast.tell.observe(
        "all notifications are gone", "GET /notifications", seen=owner.notified(), expected=[]
    )


def _enter(cast: Cast, bank: str, page: Page, done: str) -> None:
    began = time.monotonic()
    ended = DOORS[PROVIDERS[bank]](cast, page)
    seconds = time.monotonic() - began
    told = f"{ended.facts['accounts']} accounts"
    if since := ended.facts["back_filled_from"]:
        told += f", back-filled from {since[:10]}"
    cast.tell.observe(
        f"{bank} is {done} over {PROVIDERS[bank]} in {seconds:.1f} s: {told}",
        "the status page",
        seen=(ended.state, cast.treasurer.colours(bank)[bank]),
        expected=("done", "green"),
    )


def _by_tan(cast: Cast, page: Page) -> Standing:
    """Log in with user name and PIN; the bank wants a TAN for it."""
    owner, login = cast.treasurer, LOGINS[FINTS]
    asked = owner.send(page, user=login, pin=cast.secret(PIN))
    cast.tell.observe(
        f"the bank asks for a TAN: “{asked.words}”", "the page", seen=asked.state, expected="asking"
    )
    (waiting,) = cast.bank("GET", f"/fints/{login}")["waiting"]
    return owner.send(owner.look(asked), code=waiting["tan"])


def _by_consent(cast: Cast, page: Page) -> Standing:
    """Go to the bank's page, allow it there, and come back."""
    owner = cast.treasurer
    sent = owner.send(page)
    theirs = _at_the_bank(cast, sent)
    owner.browser.submit(theirs, login=LOGINS[CONSENT], decision="approve")
    return owner.come_back(sent)


def _by_hosted_page(cast: Cast, page: Page) -> Standing:
    """Sign in on the provider's page, and come back."""
    owner = cast.treasurer
    sent = owner.send(page)
    filled = {"login": LOGINS[HOSTED], "action": "continue"}
    shown = owner.browser.submit(_at_the_bank(cast, sent), password=PASSWORD, **filled)
    if "password" in str(shown.forms):  # still there: it has been changed meanwhile
        cast.tell.tell(f"the old password is refused there: “{shown.alert}”", "Plaid's page")
        owner.browser.submit(shown, password=NEW, **filled)
    return owner.come_back(sent)


def _by_form(cast: Cast, page: Page) -> Standing:
    """Fill in the form that the bank declares; the bank sends a code."""
    owner, login = cast.treasurer, LOGINS[FORM]
    asked = owner.send(page, document="nif", login=login, password=cast.secret(PASSWORD))
    cast.tell.observe(
        f"the bank sends a code: “{asked.words}”", "the page", seen=asked.state, expected="asking"
    )
    code = cast.bank("GET", f"/powens/codes?login={login}")["code"]
    return owner.send(owner.look(asked), **{_asked(owner.look(asked)): code})


DOORS: dict[str, Door] = {
    "fints": _by_tan,
    "enablebanking": _by_consent,
    "plaid": _by_hosted_page,
    "powens": _by_form,
}


def _at_the_bank(cast: Cast, sent: Standing) -> Page:
    if sent.state != "redirecting":
        raise NotObservedError(f"the owner is not sent to his bank: {sent.facts}")
    theirs = cast.treasurer.browser.get(sent.facts["redirect_url"])
    cast.tell.observe(
        f"he is sent to sign in elsewhere: “{theirs.title}”",
        urlsplit(theirs.url).path,
        seen=theirs.status,
        expected=200,
    )
    return theirs


def _asked(page: Page) -> str:
    (name,) = page.forms[0].asks
    return name


def _wanted(cast: Cast, name: str, provider: str) -> dict[str, str]:
    """Find a bank by half of its name, and choose one of the ways to reach it."""
    half = name[: len(name) // 2].lower()
    found = cast.treasurer.find(COUNTRIES[name], half)
    ways: list[dict[str, str]] = [w for bank in found if bank["name"] == name for w in bank["ways"]]
    cast.tell.observe(
        f"“{half}” finds {name}; ways to reach it: {len(ways)}",
        "GET /banks/search",
        seen=provider in {way["provider"] for way in ways},
        expected=True,
    )
    mine = [w for w in ways if w["provider"] == provider and w.get("customers") != "business"]
    return dict(mine[0])


def _last_day(cast: Cast) -> dt.date:
    """Return the day on which the consent ends, as its owner's calendar has it."""
    ends = cast.treasurer.connections()[CONSENT]["consent_expires_at"]
    return dt.datetime.fromisoformat(ends).astimezone(ZONE).date()


def _names(cast: Cast, bank: str) -> tuple[str, list[str]]:
    found = cast.treasurer.connections()[bank]
    return found["connection_id"], [a["account_id"] for a in found["accounts"]]
