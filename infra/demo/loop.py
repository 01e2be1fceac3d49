"""The main job over one provider: green, orange, red, mail, link, green."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from infra.demo.cast import CYCLE, GATHERED
from infra.demo.visitor import Visitor

if TYPE_CHECKING:
    from infra.demo.cast import Cast

LOGINS = {
    "Harbour Bank": "fine.demo@harbour",
    "Meridian Bank": "fine.demo@meridian",
    "Juniper Bank": "fine.demo@juniper",
    "Banco Solana": "fine.demo@solana",
}
DOWN = "Meridian Bank"
EXPIRING = ("Juniper Bank", "Banco Solana")
MENDED, LEFT = EXPIRING


def connect(cast: Cast) -> None:
    """Connect four banks."""
    cast.tell.begin("Ten in the morning, where he lives: the owner connects four banks")
    owner = cast.founder
    status = owner.introduce("Europe/Madrid")
    cast.tell.observe("his profile is stored", "PUT /profile", seen=status, expected=200)
    status = owner.subscribe()
    cast.tell.observe(
        "his phone may be pushed to", "PUT /push-subscriptions", seen=status, expected=204
    )
    for bank in LOGINS:
        asked = {
            "bank_id": bank.split()[0].lower(),
            "name": bank,
            "country": "ES",
            "provider": "simplefin",
            "method": "token",
        }
        page = owner.begin(asked)
        began = time.monotonic()
        cast.spent[bank] = setup_token(cast, bank)
        ended = owner.send(page, setup_token=cast.spent[bank])
        seconds = time.monotonic() - began
        cast.tell.observe(
            f"{bank} is connected {seconds:.1f} s after the form was sent",
            "the status page",
            seen=(ended.state, owner.colours(bank)[bank]),
            expected=("done", "green"),
        )


def sync(cast: Cast) -> None:
    """Let the schedule call each bank."""
    cast.tell.begin("Six hours pass: the clock syncs every bank")
    mark = cast.mark()
    cast.pass_time(CYCLE)
    cast.tell.observe(
        "each bank was called once",
        "the banks' call count",
        seen=_calls(cast, mark),
        expected=dict.fromkeys(LOGINS, 1),
    )
    cast.tell.observe(
        "all are green",
        "GET /connections",
        seen=cast.founder.colours(),
        expected=dict.fromkeys(LOGINS, "green"),
    )


def wait(cast: Cast) -> None:
    """Let a bank be down for a while: orange, and nobody is told."""
    cast.tell.begin(f"{DOWN} goes down for two cycles")
    owner = cast.founder
    cast.trouble("simplefin", LOGINS[DOWN], "down", cycles=2)
    for cycle in ("first", "second"):
        cast.pass_time(CYCLE)
        found = owner.connections()[DOWN]
        reason = found["reason"] or {"text": "no reason"}
        cast.tell.observe(
            f"orange in the {cycle} cycle: {reason['text']}",
            "GET /connections",
            seen=found["status"],
            expected="orange",
        )
    cast.pass_time(CYCLE)
    cast.tell.observe(
        "green again by itself",
        "GET /connections",
        seen=owner.colours(DOWN),
        expected={DOWN: "green"},
    )
    cast.tell.observe("nobody was mailed", "the mailbox", seen=len(owner.mails()), expected=0)
    cast.tell.observe(
        "nobody was notified", "GET /notifications", seen=owner.notified(), expected=[]
    )


def redden(cast: Cast) -> None:
    """End two permissions in the same minute: one notification each, one mail for both."""
    cast.tell.begin("Two permissions of the same owner end in the same minute")
    owner = cast.founder
    for bank in EXPIRING:
        cast.trouble("simplefin", LOGINS[bank], "expired")
    cast.pass_time(CYCLE)
    reason = owner.connections()[MENDED]["reason"] or {"text": "no reason"}
    cast.tell.observe(
        f"both are red: {reason['text']}",
        "GET /connections",
        seen=owner.colours(*EXPIRING),
        expected=dict.fromkeys(EXPIRING, "red"),
    )
    cast.tell.observe(
        "the primary notification names both at once",
        "GET /notifications",
        seen=owner.notified(),
        expected=sorted(EXPIRING),
    )
    cast.pass_time(GATHERED)
    mails = owner.mails()
    cast.tell.observe(
        "exactly one mail, a minute later", "the mailbox", seen=len(mails), expected=1
    )
    cast.tell.observe(
        f"it names both banks: “{mails[0].subject}”",
        "the mailbox",
        seen=[b for b in EXPIRING if b in mails[0].text and b in mails[0].html],
        expected=list(EXPIRING),
    )
    pushes = owner.pushes()
    cast.tell.observe("and one push", "the push service", seen=len(pushes), expected=1)
    cast.tell.observe(
        f"his phone decrypts it: “{pushes[0].said['title']}”",
        "RFC 8291, read by other code than wrote it",
        seen=[b for b in EXPIRING if b in pushes[0].said["title"]],
        expected=list(EXPIRING),
    )


def stay_silent(cast: Cast) -> None:
    """Let the schedule come by: no machine calls a bank that waits for its owner."""
    cast.tell.begin("Six hours pass: the schedule leaves red alone")
    mark = cast.mark()
    cast.pass_time(CYCLE)
    cast.tell.observe(
        "no call for red connections, one for each of the others",
        "the banks' call count",
        seen=_calls(cast, mark),
        expected={b: 0 if b in EXPIRING else 1 for b in LOGINS},
    )
    mails = len(cast.founder.mails())
    cast.tell.observe("still that one mail", "the mailbox", seen=mails, expected=1)


def reconnect(cast: Cast) -> None:
    """Follow the mail's link: a scanner, a wrong token, another bank's, the right one."""
    cast.tell.begin("The link of that mail")
    owner, link = cast.founder, cast.founder.link(MENDED)
    scanner = Visitor(cast.stack.api.url)
    scanned = [scanner.get(link).status for _ in range(2)]
    cast.tell.observe(
        "a mail scanner opens it twice", "the page", seen=scanned, expected=[200, 200]
    )
    page = owner.browser.get(link)
    cast.tell.observe(
        "it still shows the form, without a login",
        "the page",
        seen=(page.status, [f.asks for f in page.forms]),
        expected=(200, [["setup_token"]]),
    )
    before = cast.credentials(owner.ids[MENDED])
    ended = owner.send(page, setup_token=cast.spent[MENDED])
    cast.tell.observe(
        f"a wrong token: “{ended.words}”", "the page", seen=ended.state, expected="rejected"
    )
    cast.tell.observe(
        "the old credentials are untouched, the bank is still red",
        "the Credentials table",
        seen=(cast.credentials(owner.ids[MENDED]) == before, owner.colours(MENDED)[MENDED]),
        expected=(True, "red"),
    )
    ended = owner.send(owner.browser.get(link), setup_token=setup_token(cast, LEFT))
    cast.tell.observe(
        f"a token for another bank: “{ended.words}”",
        "the page",
        seen=(ended.state, owner.colours(MENDED)[MENDED]),
        expected=("rejected", "red"),
    )
    _mend(cast, link)


def _mend(cast: Cast, link: str) -> None:
    owner = cast.founder
    accounts = [a["account_id"] for a in owner.connections()[MENDED]["accounts"]]
    began = time.monotonic()
    ended = owner.send(owner.browser.get(link), setup_token=setup_token(cast, MENDED))
    seconds = time.monotonic() - began
    cast.tell.observe(
        f"a right one: green {seconds:.1f} s after the form was sent",
        "the status page",
        seen=(ended.state, owner.colours(MENDED)[MENDED]),
        expected=("done", "green"),
    )
    found = owner.connections()[MENDED]
    cast.tell.observe(
        "the same connection, the same accounts",
        "GET /connections",
        seen=(found["connection_id"], [a["account_id"] for a in found["accounts"]]),
        expected=(owner.ids[MENDED], accounts),
    )
    again = owner.browser.get(link)
    cast.tell.observe("the link is dead now", "the page", seen=again.forms, expected=[])
    cast.tell.observe(
        "the notification of the mended bank is gone, the other one stays",
        "GET /notifications",
        seen=owner.notified(),
        expected=[LEFT],
    )


def setup_token(cast: Cast, bank: str) -> str:
    """Do what the owner does at his SimpleFIN server: create a setup token."""
    answer = cast.bank("POST", "/simplefin/tokens", {"login": LOGINS[bank]})
    return cast.secret(str(answer["setup_token"]))


def _calls(cast: Cast, mark: int) -> dict[str, int]:
    return {b: cast.calls("simplefin", login, "accounts", mark) for b, login in LOGINS.items()}
