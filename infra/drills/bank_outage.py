"""A bank is down for everybody: nobody is alarmed for nothing, and operators can hold it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from infra.demo.cast import CYCLE
from infra.demo.loop import LOGINS
from infra.drills.terminal import Terminal

if TYPE_CHECKING:
    from infra.demo.cast import Cast

BANK = "Meridian Bank"
PLACE = ("simplefin", "meridian")


def drill(cast: Cast) -> None:
    """Let the bank go down, hold it by hand, and let it come back."""
    owner, operator = cast.founder, Terminal(cast)
    cast.tell.begin(f"{BANK} goes down")
    cast.trouble("simplefin", LOGINS[BANK], "down", cycles=1)
    cast.pass_time(CYCLE + 120)
    cast.tell.observe(
        "the connection is orange, its owner was not mailed",
        "GET /connections, the mailbox",
        seen=(owner.colours(BANK)[BANK], len(owner.mails())),
        expected=("orange", 0),
    )
    told = operator.ops("show", owner.ids[BANK])
    cast.tell.observe(
        f"its story names the cause: {told['connection']['reason']}",
        "its answer",
        seen=told["connection"]["status"],
        expected="orange",
    )
    cast.tell.begin("The bank says that it will be away for a day: the operator holds it")
    operator.ops("pause-bank", *PLACE, "--hours", "24")
    mark = cast.mark()
    cast.pass_time(CYCLE + 120)
    cast.tell.observe(
        "a cycle later nobody has called it, and all others are synced",
        "the banks' call count",
        seen={
            bank: cast.calls("simplefin", login, "accounts", mark) for bank, login in LOGINS.items()
        },
        expected={bank: int(bank != BANK) for bank in LOGINS},
    )
    cast.tell.begin("It is back sooner")
    wait = operator.ops("resume-bank", *PLACE)["known_everywhere_in_seconds"]
    cast.pass_time(wait + 1)
    operator.ops("replay", owner.ids[BANK])
    cast.tell.await_(
        "it is green at once", "GET /connections", lambda: owner.colours(BANK)[BANK], "green"
    )
    cast.tell.observe("nobody was mailed", "the mailbox", seen=len(owner.mails()), expected=0)
