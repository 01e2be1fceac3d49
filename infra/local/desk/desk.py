"""The desk of a stack that is left running: its pages, in a browser, on loopback."""

from __future__ import annotations

import re
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from infra.local.desk import letters, pages
from infra.local.desk.switches import RefusedError, Switches
from infra.local.web.loopback_server import LoopbackServer, Reply, Request

if TYPE_CHECKING:
    from collections.abc import Callable

    from infra.local.stack import Stack

FOLDER = Path(__file__).with_name("templates")
PAGE_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; "
    "frame-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action http://127.0.0.1:*"
)
MAIL_POLICY = (
    "sandbox allow-popups allow-popups-to-escape-sandbox; "
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'"
)
STATIC = {"desk.css": "text/css; charset=utf-8", "desk.js": "text/javascript; charset=utf-8"}
PAGES = {
    "/": ("connections", pages.connections),
    "/mail": ("mails", pages.mails),
    "/letters": ("letters", letters.letters),
    "/push": ("pushes", pages.pushes),
    "/banks": ("banks", pages.banks),
    "/logs": ("logs", pages.logs),
    "/access": ("access", pages.access),
}


class Desk:
    """Serves the pages; every switch is a form that leads back to a page."""

    def __init__(self, stack: Stack, port: int = 0) -> None:
        self._stack = stack
        self._switches = Switches(stack)
        self._templates = Environment(
            loader=FileSystemLoader(FOLDER),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.filters["ago"] = pages.ago
        self._templates.filters["moment"] = pages.moment
        self._server = LoopbackServer(self._answer, port, largest_body=1 << 20).start()
        self.url = self._server.url

    def close(self) -> None:
        """Stop serving."""
        self._server.close()
        self._switches.close()

    def _answer(self, request: Request) -> Reply:
        if request.headers.get("host") != self.url.removeprefix("http://"):
            return Reply(HTTPStatus.MISDIRECTED_REQUEST)  # another name that resolves to loopback
        if request.method == "POST":
            return self._switch(request)
        return self._read(request)

    def _read(self, request: Request) -> Reply:
        if found := re.fullmatch(r"/mail/(\d+)(/html|/raw)?", request.path):
            return self._mail(int(found[1]), found[2] or "")
        if found := re.fullmatch(r"/letters/([\w-]+)/(\w+)", request.path):
            return self._letter(found[1], found[2])
        if request.path.removeprefix("/") in STATIC:
            name = request.path.removeprefix("/")
            content = (FOLDER / name).read_bytes()
            return Reply(HTTPStatus.OK, content, [("Content-Type", STATIC[name])])
        if request.path not in PAGES:
            return self._page("failure", {"failure": "There is no such page."}, 404)
        name, facts = PAGES[request.path]
        return self._page(name, facts(self._stack, request.parameters()))

    def _switch(self, request: Request) -> Reply:
        origin = request.headers.get("origin", self.url)
        if origin != self.url:
            return Reply(HTTPStatus.FORBIDDEN)  # another site's form in this browser
        switch = self._switch_for(unquote(request.path))
        if switch is None:
            return self._page("failure", {"failure": "There is no such switch."}, 404)
        try:
            result = switch(request.parameters())
        except RefusedError as error:
            return self._page("failure", {"failure": str(error)}, HTTPStatus.CONFLICT)
        if isinstance(result, dict):
            return self._page("access", pages.access(self._stack, result))
        return Reply(HTTPStatus.SEE_OTHER, headers=[("Location", result)])

    def _switch_for(self, path: str) -> Callable[[dict[str, str]], Any] | None:
        return {
            "/clock": self._switches.advance,
            "/connect": self._switches.connect,
            "/reconnect": self._switches.reconnect,
            "/trouble": self._switches.trouble,
            "/deed": self._switches.deed,
            "/outage": self._switches.outage,
            "/latency": self._switches.latency,
            "/refuse-mail": self._switches.refuse_mail,
            "/mail-fate": self._switches.mail_fate,
            "/report-mail": self._switches.report_mail,
            "/subscribe": self._switches.subscribe,
            "/unsubscribe": self._switches.unsubscribe,
            "/refuse-push": self._switches.refuse_push,
            "/token": self._switches.token,
        }.get(path)

    def _mail(self, number: int, form: str) -> Reply:
        mail = next((m for m in self._stack.mailbox.mails() if m.number == number), None)
        if mail is None:
            return self._page("failure", {"failure": "There is no such mail."}, 404)
        if form == "/raw":
            return Reply(HTTPStatus.OK, mail.raw, [("Content-Type", "text/plain; charset=utf-8")])
        if form == "/html":
            kind = [("Content-Type", "text/html; charset=utf-8")]
            content = pages.framed(mail.html).encode()
            return Reply(HTTPStatus.OK, content, [*kind, ("Content-Security-Policy", MAIL_POLICY)])
        return self._page("mail", pages.mail(self._stack, mail))

    def _letter(self, name: str, form: str) -> Reply:
        found = letters.content(name, form)
        if found is None:
            return self._page("failure", {"failure": "There is no such letter."}, 404)
        kind, content = found
        headers = [("Content-Type", kind), ("Content-Security-Policy", MAIL_POLICY)]
        return Reply(HTTPStatus.OK, content, headers)

    def _page(self, name: str, facts: dict[str, Any], status: int = HTTPStatus.OK) -> Reply:
        frame = pages.frame(self._stack, name)
        text = self._templates.get_template(f"{name}.html.j2").render(**frame, **facts)
        headers = [
            ("Content-Type", "text/html; charset=utf-8"),
            ("Content-Security-Policy", PAGE_POLICY),
            ("Cache-Control", "no-store"),
            ("Referrer-Policy", "same-origin"),
        ]
        return Reply(status, text.encode(), headers)
