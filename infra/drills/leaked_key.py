"""The key that signs links has leaked: whoever has it can make links, until it is void."""

from __future__ import annotations

from typing import TYPE_CHECKING

from infra.demo.cast import CYCLE, GATHERED
from infra.demo.loop import LOGINS, setup_token
from infra.drills.terminal import Terminal
from relink.links import issue, link_for
from relink.repository import from_item
from relink.signing import FRESH, KeyRing

if TYPE_CHECKING:
    from infra.demo.cast import Cast

BANK = "Juniper Bank"


def drill(cast: Cast) -> None:
    """Make a link with the leaked key, void it, and mend the bank by a fresh one."""
    stack, owner, operator = cast.stack, cast.founder, Terminal(cast)
    cast.tell.begin(f"{BANK} waits for its owner, and the signing key has leaked")
    cast.trouble("simplefin", LOGINS[BANK], "expired")
    cast.pass_time(CYCLE)
    cast.pass_time(GATHERED)
    mailed, forged = owner.link(BANK), _forged(cast)
    cast.tell.observe(
        "the thief's link opens the form, as the mailed one does",
        "the page",
        seen=[len(owner.browser.get(link).forms) > 0 for link in (mailed, forged)],
        expected=[True, True],
    )
    cast.tell.begin("All links are made void")
    operator.ops("rotate-link-key", "--void", "--yes")
    cast.pass_time(FRESH)
    cast.tell.observe(
        "neither opens anything any more",
        "the page",
        seen=[_asks_credentials(cast, link) for link in (mailed, forged)],
        expected=[False, False],
    )
    cast.tell.begin("The owner uses the button in his app")
    fresh = owner.ask("POST", f"/connections/{owner.ids[BANK]}/reconnect")["url"]
    ended = owner.send(owner.browser.get(fresh), setup_token=setup_token(cast, BANK))
    cast.tell.observe(
        "his bank is green",
        "the status page",
        seen=(ended.state, owner.colours(BANK)[BANK]),
        expected=("done", "green"),
    )
    reached = stack.logs()
    cast.tell.observe(
        "no log tells the thief's link or the key",
        "everything that the functions wrote",
        seen=forged.rpartition("/")[2] in reached,
        expected=False,
    )


def _forged(cast: Cast) -> str:
    """Return a link as a thief makes it who has the key and knows the connection's id."""
    secret = cast.stack.attributes["LinkKeySecret"]["Ref"]
    now = int(cast.stack.clock.now())
    ring = KeyRing(cast.stack.clients("secretsmanager"), secret, lambda: now)
    item = cast.stored("ConnectionsTable", cast.founder.ids[BANK])
    link = link_for(from_item(item), now)
    return f"{cast.stack.api.url}/reconnect/{issue(link, ring.keys())}"


def _asks_credentials(cast: Cast, link: str) -> bool:
    page = cast.founder.browser.get(link)
    return any("setup_token" in form.asks for form in page.forms)
