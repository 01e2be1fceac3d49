"""How long an owner waits: from red to the mail in SES's hands, from the form to green.

Measured in the local stack on an emulator, with the real functions in their own processes; what a
deployed stack adds or saves is the network, the stream's polling and cold starts.
"""

from __future__ import annotations

import sys
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from statistics import median
from typing import TYPE_CHECKING, Any

from infra.demo.cast import Cast, until_ten
from infra.demo.loop import setup_token
from infra.demo.narrator import Narrator, NotObservedError
from infra.local.stack import Stack, StackOptions
from relink.clock import DAY

if TYPE_CHECKING:
    from collections.abc import Iterator

BANKS = ("harbour", "meridian", "juniper", "solana")
OFTEN = 0.02
"""Seconds between two looks."""


@dataclass
class Watch:
    """When a connection was first seen red, and the mailbox first seen full."""

    stack: Stack
    mails: int
    red_at: list[float] = field(default_factory=list)
    mailed_at: list[float] = field(default_factory=list)
    _over: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Look again and again while the body runs."""
        looks = (self._look_for_red, self._look_for_mail)
        threads = [threading.Thread(target=self._until_over, args=(look,)) for look in looks]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._over.set()
            for thread in threads:
                thread.join()

    def _until_over(self, look: Any) -> None:
        while not self._over.wait(OFTEN):
            look()

    def _look_for_red(self) -> None:
        items = self.stack.items("ConnectionsTable")
        if not self.red_at and any(i["status"]["S"] == "red" for i in items):
            self.red_at.append(time.monotonic())

    def _look_for_mail(self) -> None:
        if not self.mailed_at and len(self.stack.mailbox.mails()) > self.mails:
            self.mailed_at.append(time.monotonic())


def measure(engine: str = "ministack") -> dict[str, Any]:
    """Return the medians over a few banks, each reddened and mended in turn."""
    told: Any = {"engine": engine, "parameters": {"GatherSeconds": 0}}
    with Stack(StackOptions(**told, ahead=until_ten(time.time()))) as stack:
        cast = Cast(stack, Narrator(as_json=True))
        cast.founder.introduce("Europe/Madrid")
        connected = [_connect(cast, bank) for bank in BANKS]
        told = [_redden_and_mend(cast, bank) for bank in BANKS[:3]]
    return {
        "first_connect_to_green_seconds": round(median(connected), 2),
        "red_to_mail_seconds": round(median(mailed for mailed, _ in told), 2),
        "reconnect_to_green_seconds": round(median(mended for _, mended in told), 2),
        "measured": len(told),
        "gather_seconds": 0,
    }


def _connect(cast: Cast, bank: str) -> float:
    about = {"bank_id": bank, "name": _name(bank), "country": "ES"}
    page = cast.founder.begin({**about, "provider": "simplefin", "method": "token"})
    return _send(cast, bank, page)


def _redden_and_mend(cast: Cast, bank: str) -> tuple[float, float]:
    watch = Watch(cast.stack, len(cast.stack.mailbox.mails()))
    cast.trouble("simplefin", _login(bank), "expired")
    with watch.watching():
        cast.pass_time(DAY)  # ten in the morning again: nobody is mailed at night
        until = time.monotonic() + 20
        while not watch.mailed_at and time.monotonic() < until:
            time.sleep(OFTEN)
    page = cast.founder.browser.get(cast.founder.link(_name(bank)))
    took = _send(cast, bank, page)
    return watch.mailed_at[0] - watch.red_at[0], took


def _send(cast: Cast, bank: str, page: Any) -> float:
    token = setup_token(cast, _name(bank))
    began = time.monotonic()
    try:
        ended = cast.founder.send(page, setup_token=token)
    except NotObservedError:
        print(cast.stack.logs("WorkerFunction"), file=sys.stderr)  # its folder goes with the stack
        raise
    if ended.state != "done":
        raise RuntimeError(f"{bank}: {ended.state}")
    return time.monotonic() - began


def _login(bank: str) -> str:
    return f"fine.demo@{bank}"


def _name(bank: str) -> str:
    return {"solana": "Banco Solana"}.get(bank, f"{bank.title()} Bank")
