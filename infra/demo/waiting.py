"""An owner who does not come: reminded twice, never more; and told of by his mail's return."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from infra.demo.cast import ZONE
from infra.demo.loop import LEFT, MENDED
from infra.local.clients import REGION
from infra.local.mail.events import Fate

if TYPE_CHECKING:
    from infra.demo.cast import Cast
    from infra.local.mail.mail import Mail

RETURNED = 20
"""Seconds after which what SES tells of a mail has been dealt with."""


def remind(cast: Cast) -> None:
    """Let three days pass: one reminder, in the thread of the first mail."""
    cast.tell.begin(f"Three days later {LEFT} still waits for its owner")
    owner = cast.founder
    cast.pass_until(_red_day(cast) + dt.timedelta(3), 9)
    mails = owner.mails()
    cast.tell.observe("there is one reminder", "the mailbox", seen=len(mails) - 1, expected=1)
    first, reminder = mails[0], mails[-1]
    cast.tell.observe(
        f"it names the bank that still waits, not the mended one: “{reminder.subject}”",
        "the mailbox",
        seen=[b for b in (LEFT, MENDED) if b in reminder.text],
        expected=[LEFT],
    )
    cast.tell.observe(
        "mail programs show it below the first mail",
        "its References",
        seen=str(reminder.message["References"]).split()[0],
        expected=f"<{first.message_id}@{REGION}.amazonses.com>",
    )
    cast.tell.observe(
        "reminders can be ended with one click",
        "its List-Unsubscribe-Post",
        seen=reminder.message["List-Unsubscribe-Post"],
        expected="List-Unsubscribe=One-Click",
    )


def bounce(cast: Cast) -> None:
    """Let the last reminder come back: the address is marked, a colleague is told instead."""
    cast.tell.begin("After a week comes the last reminder, but his mailbox is no more")
    owner, colleague = cast.founder, cast.colleague
    colleague.introduce("Europe/Madrid")
    cast.stack.mailbox.decide(owner.email, Fate.BOUNCED)
    cast.pass_until(_red_day(cast) + dt.timedelta(7), 9)
    cast.pass_time(RETURNED)
    trouble = owner.ask("GET", "/profile")["mail_trouble"]
    cast.tell.observe(
        "it comes back, and his address is marked",
        "GET /profile",
        seen=(len(owner.mails()), trouble and trouble["trouble"]),
        expected=(3, "bounced"),
    )
    told: list[Mail] = colleague.mails()
    cast.tell.observe("his colleague is told instead", "the mailbox", seen=len(told), expected=1)
    cast.tell.observe(
        f"of the same bank: “{told[0].subject}”",
        "the mailbox",
        seen=LEFT in told[0].text,
        expected=True,
    )
    cast.stack.mailbox.decide(owner.email, None)
    answer = owner.ask("PUT", "/profile", {"mail_works": True})
    cast.tell.observe(
        "he says that it works again, and the mark is gone",
        "PUT /profile",
        seen=answer["mail_trouble"],
        expected=None,
    )


def fall_silent(cast: Cast) -> None:
    """Look back after months: who was reminded twice is not written to again."""
    cast.tell.begin("Months later the bank that nobody mended is still red")
    cast.tell.observe(
        "its owner's app still says so, but no mail has come since the last reminder",
        "the mailbox",
        seen=(cast.founder.notified(), len(cast.founder.mails()), len(cast.colleague.mails())),
        expected=([LEFT], 3, 1),
    )


def _red_day(cast: Cast) -> dt.date:
    since = cast.founder.connections()[LEFT]["since"]
    return dt.datetime.fromisoformat(since).astimezone(ZONE).date()
