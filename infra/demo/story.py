"""Green, orange, red, mail, link, green: each step is observed where its user would see it."""

from __future__ import annotations

import base64
import re
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import urllib3.exceptions
from botocore.exceptions import BotoCoreError, ClientError

from infra.demo.narrator import Narrator, NotObservedError
from infra.demo.visitor import Page, Visitor
from infra.local.engine import EngineFailedError
from infra.local.simulators import SimulatorsFailedError
from infra.local.stack import Stack, StackOptions
from infra.local.warm_process import FunctionFailedError

if TYPE_CHECKING:
    from infra.local.engine import EngineName

CYCLE = 6 * 3600
GATHERED = 61
OWNER = "owner@example.com"
LOGINS = {
    "Harbour Bank": "fine.demo@harbour",
    "Meridian Bank": "fine.demo@meridian",
    "Juniper Bank": "fine.demo@juniper",
    "Banco Solana": "fine.demo@solana",
}
PROBLEMS = (
    NotObservedError,
    EngineFailedError,
    FunctionFailedError,
    SimulatorsFailedError,
    BotoCoreError,
    ClientError,
    urllib3.exceptions.HTTPError,
)
EXPIRING = ("Juniper Bank", "Banco Solana")


@dataclass
class Cast:
    """Everybody in the story: the stack, its teller, and the owner at his screen."""

    stack: Stack
    tell: Narrator
    owner: Visitor
    ids: dict[str, str] = field(default_factory=dict)
    used: dict[str, str] = field(default_factory=dict)
    secrets: list[str] = field(default_factory=list)

    def connections(self) -> dict[str, dict[str, Any]]:
        """Return what the API says of each bank."""
        status, answer = self.owner.api("GET", "/connections")
        if status != 200:  # noqa: PLR2004
            raise NotObservedError(f"GET /connections answered {status}: {answer}")
        return {c["bank"]["name"]: c for c in answer["connections"]}

    def colours(self, *banks: str) -> dict[str, str]:
        """Return the colours of some banks, or of all."""
        found = self.connections()
        return {b: found[b]["status"] for b in banks or LOGINS}

    def notified(self) -> list[str]:
        """Return which banks the owner's notifications name."""
        _, answer = self.owner.api("GET", "/notifications")
        return sorted(n["bank_name"] for n in answer["notifications"])

    def calls(self, bank: str, since: int = 0) -> int:
        """Return how often a bank was asked for data."""
        login = LOGINS[bank]
        path = f"/calls?provider=simplefin&login={login}&endpoint=accounts&since={since}"
        return int(self.stack.simulators.control("GET", path)["total"])

    def mark(self) -> int:
        """Return a mark from which calls can be counted."""
        return int(self.stack.simulators.control("GET", "/calls")["mark"])

    def trouble(self, bank: str, name: str, **limits: Any) -> None:
        """Let something go wrong at a bank."""
        path = f"/logins/simplefin/{LOGINS[bank]}"
        self.stack.simulators.control("PATCH", path, {"trouble": name, **limits})

    def setup_token(self, bank: str) -> str:
        """Do what the owner does at his SimpleFIN server: create a setup token."""
        answer = self.stack.simulators.control("POST", "/simplefin/tokens", {"login": LOGINS[bank]})
        self.secrets.append(str(answer["setup_token"]))
        return self.secrets[-1]

    def pass_time(self, seconds: int) -> None:
        """Let time pass and everything that it brings come to rest."""
        self.stack.clock.advance(seconds)
        if not self.stack.settle():
            raise NotObservedError(f"the stack was still at work 30 s after {seconds} s passed")

    def submit(self, page: Page, token: str) -> dict[str, Any]:
        """Send the form and return how the attempt ended."""
        status_page = self.owner.submit(page, setup_token=token)
        until = time.monotonic() + 20
        state: dict[str, Any] = {}
        while time.monotonic() < until:
            state = self.owner.state(status_page.url)
            if state["state"] not in {"submitted", "verifying", "accepted", "waiting"}:
                return state
            time.sleep(0.1)
        raise NotObservedError(f"the attempt did not end: {state}")


def run(engine: EngineName, *, as_json: bool) -> int:
    """Tell the story on a stack of its own and return the exit status."""
    tell = Narrator(as_json)
    tell.begin(f"The stack of template.yaml starts on {engine}, on this machine's loopback")
    try:
        with Stack(StackOptions(engine=engine, parameters={"GatherSeconds": 60})) as stack:
            owner = Visitor(
                stack.api.url,
                lambda: stack.issuer.token("owner-1", "workspace-1", OWNER),
            )
            cast = Cast(stack, tell, owner)
            tell.tell(f"{len(stack.functions)} functions wait for their triggers", stack.api.url)
            for chapter in (_connect, _sync, _orange, _red, _silence, _reconnect, _after):
                chapter(cast)
    except PROBLEMS as problem:
        return tell.end(str(problem))
    return tell.end(None)


def _connect(cast: Cast) -> None:
    cast.tell.begin("The owner connects four banks")
    profile = {"email": OWNER, "language": "en", "time_zone": "Europe/Madrid"}
    status, _ = cast.owner.api("PUT", "/profile", profile)
    cast.tell.observe("his profile is stored", "PUT /profile", seen=status, expected=200)
    for bank in LOGINS:
        asked = {
            "bank_id": bank.split()[0].lower(),
            "name": bank,
            "country": "ES",
            "provider": "simplefin",
            "method": "token",
        }
        status, made = cast.owner.api("POST", "/connections", {"bank": asked})
        if status != 201:  # noqa: PLR2004
            raise NotObservedError(f"POST /connections answered {status}: {made}")
        cast.ids[bank] = made["connection_id"]
        began = time.monotonic()
        cast.used[bank] = cast.setup_token(bank)
        ended = cast.submit(cast.owner.get(made["connect_url"]), cast.used[bank])
        seconds = time.monotonic() - began
        cast.tell.observe(
            f"{bank} is connected {seconds:.1f} s after the form was sent",
            "the status page",
            seen=(ended["state"], cast.colours(bank)[bank]),
            expected=("done", "green"),
        )


def _sync(cast: Cast) -> None:
    cast.tell.begin("Six hours pass: the clock syncs every bank")
    mark = cast.mark()
    cast.pass_time(CYCLE)
    cast.tell.observe(
        "each bank was called once",
        "the banks' call count",
        seen={b: cast.calls(b, mark) for b in LOGINS},
        expected=dict.fromkeys(LOGINS, 1),
    )
    cast.tell.observe(
        "all are green",
        "GET /connections",
        seen=cast.colours(),
        expected=dict.fromkeys(LOGINS, "green"),
    )


def _orange(cast: Cast) -> None:
    cast.tell.begin("Meridian Bank goes down for two cycles")
    cast.trouble("Meridian Bank", "down", cycles=2)
    for cycle in ("first", "second"):
        cast.pass_time(CYCLE)
        found = cast.connections()["Meridian Bank"]
        cast.tell.observe(
            f"orange in the {cycle} cycle: {found['reason']['text']}",
            "GET /connections",
            seen=found["status"],
            expected="orange",
        )
    cast.pass_time(CYCLE)
    cast.tell.observe(
        "green again by itself",
        "GET /connections",
        seen=cast.colours("Meridian Bank"),
        expected={"Meridian Bank": "green"},
    )
    cast.tell.observe("nobody was mailed", "the mailbox", seen=_mails(cast), expected=0)
    cast.tell.observe(
        "nobody was notified", "GET /notifications", seen=cast.notified(), expected=[]
    )


def _red(cast: Cast) -> None:
    cast.tell.begin("Two permissions of the same owner end in the same minute")
    for bank in EXPIRING:
        cast.trouble(bank, "expired")
    cast.pass_time(CYCLE)
    found = cast.connections()[EXPIRING[0]]
    cast.tell.observe(
        f"both are red: {found['reason']['text']}",
        "GET /connections",
        seen=cast.colours(*EXPIRING),
        expected=dict.fromkeys(EXPIRING, "red"),
    )
    cast.tell.observe(
        "the primary notification names both at once",
        "GET /notifications",
        seen=cast.notified(),
        expected=sorted(EXPIRING),
    )
    cast.pass_time(GATHERED)
    mails = cast.stack.mailbox.mails(OWNER)
    cast.tell.observe(
        "exactly one mail, a minute later", "the mailbox", seen=len(mails), expected=1
    )
    cast.tell.observe(
        f"it names both banks: “{mails[0].subject}”",
        "the mailbox",
        seen=[b for b in EXPIRING if b in mails[0].text and b in mails[0].html],
        expected=list(EXPIRING),
    )


def _silence(cast: Cast) -> None:
    cast.tell.begin("Twelve hours pass: the schedule leaves red alone")
    mark = cast.mark()
    for _ in range(2):
        cast.pass_time(CYCLE)
    cast.tell.observe(
        "no call for red connections, two for each of the others",
        "the banks' call count",
        seen={b: cast.calls(b, mark) for b in LOGINS},
        expected={b: 0 if b in EXPIRING else 2 for b in LOGINS},
    )
    cast.tell.observe("still that one mail", "the mailbox", seen=_mails(cast), expected=1)


def _reconnect(cast: Cast) -> None:
    cast.tell.begin("The link of that mail")
    bank = EXPIRING[0]
    link = _link(cast, bank)
    scanner = Visitor(cast.stack.api.url)
    scanned = [scanner.get(link).status for _ in range(2)]
    cast.tell.observe(
        "a mail scanner opens it twice", "the page", seen=scanned, expected=[200, 200]
    )
    page = cast.owner.get(link)
    cast.tell.observe(
        "it still shows the form, without a login",
        "the page",
        seen=(page.status, [f.asks for f in page.forms]),
        expected=(200, [["setup_token"]]),
    )
    before = _credentials(cast, bank)
    ended = cast.submit(page, cast.used[bank])
    message = " ".join(ended["messages"].values())
    cast.tell.observe(
        f"a wrong token: “{message}”", "the page", seen=ended["state"], expected="rejected"
    )
    cast.tell.observe(
        "the old credentials are untouched, the bank is still red",
        "the Credentials table",
        seen=(_credentials(cast, bank) == before, cast.colours(bank)[bank]),
        expected=(True, "red"),
    )
    ended = cast.submit(cast.owner.get(link), cast.setup_token(EXPIRING[1]))
    message = " ".join(ended["messages"].values())
    cast.tell.observe(
        f"a token for another bank: “{message}”",
        "the page",
        seen=(ended["state"], cast.colours(bank)[bank]),
        expected=("rejected", "red"),
    )
    accounts = [a["account_id"] for a in cast.connections()[bank]["accounts"]]
    began = time.monotonic()
    ended = cast.submit(cast.owner.get(link), cast.setup_token(bank))
    seconds = time.monotonic() - began
    cast.tell.observe(
        f"a right one: green {seconds:.1f} s after the form was sent",
        "the status page",
        seen=(ended["state"], cast.colours(bank)[bank]),
        expected=("done", "green"),
    )
    cast.tell.observe(
        "the same connection, the same accounts",
        "GET /connections",
        seen=(
            cast.connections()[bank]["connection_id"],
            [a["account_id"] for a in cast.connections()[bank]["accounts"]],
        ),
        expected=(cast.ids[bank], accounts),
    )
    again = cast.owner.get(link)
    cast.tell.observe("the link is dead now", "the page", seen=again.forms, expected=[])


def _after(cast: Cast) -> None:
    cast.tell.begin("What is left")
    cast.tell.observe(
        "the notification of the mended bank is gone, the other one stays",
        "GET /notifications",
        seen=cast.notified(),
        expected=[EXPIRING[1]],
    )
    cast.stack.replay_stream(10)
    cast.stack.settle()
    cast.pass_time(GATHERED)
    cast.tell.observe(
        "stream records delivered again send nothing",
        "the mailbox",
        seen=_mails(cast),
        expected=1,
    )
    dead = ["SyncDeadLetters", "AttemptDeadLetters", "NoticeDeadLetters", "StreamDeadLetters"]
    cast.tell.observe(
        "no message was lost",
        "the dead-letter queues",
        seen={q: cast.stack.waiting(q) for q in dead},
        expected=dict.fromkeys(dead, 0),
    )
    written = cast.stack.logs() + "".join(m.raw.decode() for m in cast.stack.mailbox.mails())
    cast.tell.observe(
        f"none of {len(cast.secrets)} secrets that were entered stands in a log or a mail",
        "everything that the functions wrote",
        seen=[s for s in cast.secrets if s in written],
        expected=[],
    )


def _mails(cast: Cast) -> int:
    return len(cast.stack.mailbox.mails())


def _link(cast: Cast, bank: str) -> str:
    """Return the mail's link for a bank: the token says in clear which connection it opens."""
    for link in re.findall(r"https?://\S+/reconnect/\S+", cast.stack.mailbox.mails(OWNER)[0].text):
        payload = link.rsplit(".", 2)[1]
        if cast.ids[bank].encode() in base64.urlsafe_b64decode(payload + "=="):
            return str(link)
    raise NotObservedError(f"the mail has no link for {bank}")


def _credentials(cast: Cast, bank: str) -> Any:
    items = cast.stack.items("CredentialsTable")
    return next(i for i in items if i["connection_id"]["S"] == cast.ids[bank])
