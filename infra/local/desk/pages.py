"""What the desk's pages show, read from the running stack."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from infra.local.desk import deeds
from infra.local.mail.events import Fate
from infra.local.reachable_banks import ENTER, reachable_banks
from relink.clock import DAY
from relink.repository import from_item
from relink.schedule import MINUTE, SLOTS, next_run

if TYPE_CHECKING:
    from infra.local.mail.mail import Mail
    from infra.local.stack import Stack
    from relink.connection import Connection

Facts = dict[str, Any]
STEPS = [
    ("1 min", 60),
    ("15 min", 900),
    ("1 h", 3600),
    ("6 h 1 min", SLOTS * MINUTE),  # each connection has one turn in it
    ("1 day", DAY),
    ("3 days", 3 * DAY),
    ("7 days", 7 * DAY),
]
LOG_LINES = 400
_LINK = re.compile(r"https?://[^\s<>\"]+")
_UNITS = [(DAY, "d"), (3600, "h"), (60, "min")]


def moment(seconds: float | None) -> str:
    """Return a time for people to read, in UTC."""
    if seconds is None:
        return "never"
    return dt.datetime.fromtimestamp(seconds, dt.UTC).strftime("%a %d %b, %H:%M:%S")


def ago(seconds: float | None, now: float) -> str:
    """Return how far a moment is from now, such as `5 min ago` or `in 2 h`."""
    if seconds is None:
        return "never"
    distance = abs(now - seconds)
    size, unit = next(((size, unit) for size, unit in _UNITS if distance >= size), (1, "s"))
    text = f"{distance / size:.0f} {unit}"
    return f"in {text}" if seconds > now else f"{text} ago"


def frame(stack: Stack, page: str) -> Facts:
    """Return what each page shows around its own content."""
    return {
        "page": page,
        "now": stack.clock.now(),
        "offset": int(stack.clock.offset),
        "steps": STEPS,
        "mail_count": len(stack.mailbox.mails()),
        "push_count": len(stack.push_service.pushes()),
    }


def connections(stack: Stack, _: Facts) -> Facts:
    """Return the table's connections, and what a new one can be made from."""
    found = [from_item(item) for item in stack.items("ConnectionsTable")]
    found.sort(key=lambda connection: (connection.created_at, connection.connection_id))
    return {
        "rows": [_row(connection, int(stack.clock.now())) for connection in found],
        "banks": reachable_banks(),
        "enter": ENTER,
        "simplefin_site": f"{stack.simulators.addresses['simplefin']}/create",
        "owners": [
            (who, f"{stack.api.url}/banks?{urlencode({'login_hint': who.sub})}")
            for who in stack.issuer.known()
        ],
        "queues": {queue: stack.waiting(queue) for queue in stack.template.queues()},
    }


def _row(connection: Connection, now: int) -> Facts:
    held = connection.status == "red" or connection.slot is None
    return {
        "connection": connection,
        "reason": (connection.reason or "").replace("_", " "),
        "next_run": None if held else next_run(connection.slot or 0, now),
        "calls": sum(1 for called in connection.calls if called > now - DAY),
    }


def mails(stack: Stack, _: Facts) -> Facts:
    """Return the mailbox, newest first, and what awaits further mails."""
    mailbox = stack.mailbox
    return {
        "mails": [(mail, mailbox.fate(mail)) for mail in mailbox.mails()[::-1]],
        "awaiting": mailbox.decided(),
        "fates": list(Fate),
    }


def mail(stack: Stack, mail: Mail) -> Facts:
    """Return one mail with its headers and the links in its text."""
    return {
        "mail": mail,
        "fate": stack.mailbox.fate(mail),
        "fates": list(Fate),
        "headers": [(name, str(value)) for name, value in mail.message.items()],
        "links": list(dict.fromkeys(link.rstrip(".,)") for link in _LINK.findall(mail.text))),
    }


def pushes(stack: Stack, _: Facts) -> Facts:
    """Return the browsers, and what was pushed to them, newest first, as they read it."""
    service = stack.push_service
    return {"pushes": service.pushes()[::-1], "browsers": service.browsers()}


def framed(html: str) -> str:
    """Return a mail's HTML with its links opening in tabs of their own, not in the frame."""
    base = '<base target="_blank">'
    return re.sub(r"(<head[^>]*>)", rf"\1{base}", html, count=1) if "<head" in html else base + html


def banks(stack: Stack, _: Facts) -> Facts:
    """Return the simulated banks, who has signed in there, and the calls counted."""
    overview = stack.simulators.control("GET", "")
    counts = stack.simulators.control("GET", "/calls")["counts"]
    providers = [name for name in overview["troubles"] if name != "every provider"]
    return {
        "places": [*overview["banks"], *({"id": n, "name": n, "country": ""} for n in providers)],
        "outages": overview["outages"],
        "latency": overview["latency"],
        "logins": overview["logins"],
        "awaits": [
            {"login": login["login"], "provider": login["provider"], "told": told}
            for login in overview["logins"]
            for told in deeds.awaits(stack.simulators, login)
        ],
        "deeds": deeds.DEEDS,
        "counts": counts,
        "troubles": overview["troubles"],
        "providers": providers,
    }


def logs(stack: Stack, parameters: Facts) -> Facts:
    """Return the end of one function's log."""
    names = list(stack.functions)
    chosen = parameters.get("function", names[0])
    text = stack.functions[chosen].logs() if chosen in stack.functions else ""
    return {
        "names": names,
        "chosen": chosen,
        "text": "\n".join(text.splitlines()[-LOG_LINES:]),
        "invocations": {name: one.invocations for name, one in stack.functions.items()},
    }


def access(stack: Stack, parameters: Facts) -> Facts:
    """Return the stack's addresses, and the token that was just made, if any."""
    return {
        "addresses": {
            "API": stack.api.url,
            "Token issuer": stack.issuer.url,
            "Simulated banks": stack.simulators.base,
            f"AWS ({stack.engine.name})": stack.engine.url,
        },
        "token": parameters.get("token", ""),
        "sub": parameters.get("sub", "owner-1"),
        "workspace": parameters.get("workspace", "workspace-1"),
        "email": parameters.get("email", "owner@example.com"),
        "tables": [stack.attributes[table]["Ref"] for table in stack.template.tables()],
        "run_dir": str(stack.run_dir),
    }
