"""A person with a browser and an app: submits the pages' forms, calls the API with a token."""

from __future__ import annotations

import html
import json
import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.cookies import SimpleCookie
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urljoin, urlsplit

import urllib3

if TYPE_CHECKING:
    from collections.abc import Callable

BROWSER = {
    "User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
    "Accept": "text/html,application/xhtml+xml",
    "Accept-Language": "en",
}


@dataclass(frozen=True)
class Page:
    """What a browser got."""

    url: str
    status: int
    headers: dict[str, str]
    text: str

    @property
    def words(self) -> str:
        """Return what is read on the page."""
        parser = _Reading()
        parser.feed(self.text)
        return " ".join(" ".join(parser.words).split())

    @property
    def title(self) -> str:
        """Return the page's heading."""
        return self._within("h1")

    @property
    def alert(self) -> str:
        """Return what the page warns of."""
        return self._within('[^>]*role="?alert"?')

    def _within(self, tag: str) -> str:
        found = re.search(rf"<{tag}[^>]*>([^<]*)<", self.text)
        return html.unescape(found[1]).strip() if found else ""

    @property
    def forms(self) -> list[Form]:
        """Return the page's forms."""
        parser = _Reading()
        parser.feed(self.text)
        return parser.forms


@dataclass
class Form:
    """A form: where it goes, what is filled in already, and what it asks for."""

    action: str
    method: str
    filled: dict[str, str] = field(default_factory=dict)
    asks: list[str] = field(default_factory=list)


class Visitor:
    """Someone at the HTTP API; `token` gives the access token that his app holds at the time."""

    def __init__(self, base: str, token: Callable[[], str] = str) -> None:
        self._base = base
        self._token = token
        self._http = urllib3.PoolManager(retries=False)
        self._cookies: dict[str, dict[str, str]] = {}

    def api(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """Call the owner's API; return status and JSON."""
        headers = {"Authorization": f"Bearer {self._token()}", "Accept": "application/json"}
        data = None
        if body is not None:
            headers["Content-Type"] = "application/json"
            data = json.dumps(body)
        reply = self._http.request(method, self._base + path, headers=headers, body=data)
        return reply.status, json.loads(reply.data) if reply.data else None

    def get(self, url: str, **headers: str) -> Page:
        """Open an address, following where it leads."""
        return self._follow("GET", url, None, headers)

    def submit(self, page: Page, **answers: str) -> Page:
        """Fill in the page's first form and send it, following where it leads."""
        form = page.forms[0]
        data = urlencode({**form.filled, **answers})
        target = urljoin(page.url, form.action or page.url)
        return self._follow("POST", target, data, {})

    def state(self, status_url: str) -> Any:
        """Return how an attempt stands, as the page's script asks for it."""
        page = self.get(status_url, Accept="application/json")
        return json.loads(page.text)

    def _follow(self, method: str, url: str, data: str | None, headers: dict[str, str]) -> Page:
        for _ in range(5):
            sent = {**BROWSER, **self._remembered(url), **headers}
            if data is not None:
                sent["Content-Type"] = "application/x-www-form-urlencoded"
            reply = self._http.request(method, url, headers=sent, body=data, redirect=False)
            self._remember(url, reply)
            if reply.status not in {301, 302, 303, 307, 308}:
                names = {k.lower(): v for k, v in reply.headers.items()}
                return Page(url, reply.status, names, reply.data.decode())
            method, data = "GET", None
            url = urljoin(url, reply.headers["Location"])
        raise RuntimeError(f"{url} leads in a circle")

    def _remember(self, url: str, reply: urllib3.BaseHTTPResponse) -> None:
        jar = self._cookies.setdefault(urlsplit(url).netloc, {})
        for header in reply.headers.getlist("set-cookie"):
            jar |= {name: morsel.value for name, morsel in SimpleCookie(header).items()}

    def _remembered(self, url: str) -> dict[str, str]:
        jar = self._cookies.get(urlsplit(url).netloc)
        return {"Cookie": "; ".join(f"{k}={v}" for k, v in jar.items())} if jar else {}


class _Reading(HTMLParser):
    """Collects the words and forms of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self.forms: list[Form] = []
        self._mute = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {k: v or "" for k, v in attrs}
        if tag in {"script", "style", "title"}:
            self._mute += 1
        if tag == "form":
            self.forms.append(Form(given.get("action", ""), given.get("method", "get")))
        if tag in {"input", "select", "textarea"} and self.forms and given.get("name"):
            if given.get("type") == "hidden":
                self.forms[-1].filled[given["name"]] = given.get("value", "")
            else:
                self.forms[-1].asks.append(given["name"])

    def handle_endtag(self, tag: str) -> None:
        if tag in {"script", "style", "title"}:
            self._mute -= 1

    def handle_data(self, data: str) -> None:
        if not self._mute and data.strip():
            self.words.append(data.strip())
