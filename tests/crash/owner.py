"""An owner at his browser, and his host app: what fails he tries again, what he sees he acts on."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlencode, urlsplit

from tests.crash.wire import Stopped

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.crash.world import World

CLAIMS = {"sub": "own_1", "workspace": "ws_1", "email": "own_1@example.com"}
BROWSER = {
    "accept": "text/html,application/xhtml+xml",
    "accept-language": "en-GB,en;q=0.8",
    "content-type": "application/x-www-form-urlencoded",
    "host": "connect.example.com",
    "user-agent": "Firefox",
}
APP = {"accept": "application/json", "content-type": "application/json"}
PATIENCE = 8
STEPS = 60
WAITS = 5
"""Seconds between two looks at a page, and before a request is sent again."""
OVER = frozenset({"done", "fixed"})
FAILED = frozenset({"rejected", "unavailable", "interrupted", "expired", "refused", "open"})


@dataclass
class Owner:
    """One owner; `typed` counts what he has entered, which is something new each time."""

    world: World
    typed: int = 0
    cookies: dict[str, str] = field(default_factory=dict)

    def api(
        self, method: str, path: str, value: Any = None, key: str = ""
    ) -> tuple[int, dict[str, Any]]:
        """Have the host app call the API until it has an answer; return its status and body."""
        headers = {**APP, **({"idempotency-key": key} if key else {})}
        body = json.dumps(value) if value is not None else ""
        answer = self._ask(method, path, body, headers, CLAIMS)
        return answer["statusCode"], json.loads(answer.get("body") or "{}")

    def reconnect(self, path: str) -> str:
        """Go from a link to the end of an attempt; return how it has ended."""
        page = self._page("GET", path)
        if page["statusCode"] == 200 and 'name="form"' in page["body"]:
            self._submit(path)
        return self.see_through(path)

    def see_through(self, path: str, *, once: bool = False) -> str:
        """Do what the page asks for until an attempt ends well, or, with `once`, anyhow."""
        for _ in range(STEPS):
            told = self._standing(path)
            state = str(told.get("state") or told.get("type"))
            if state in OVER or (once and state in FAILED):
                return state
            if state in FAILED:
                self._submit(path)
            elif state == "asking":
                self._answer(path)
            elif state == "redirecting":
                self._go_to_bank(str(told["redirect_url"]))
            self.world.settle(WAITS)
            self.world.settle_until(self.world.now + WAITS)
        raise AssertionError("an owner who gets nowhere")

    def look(self, path: str) -> dict[str, Any]:
        """Open a page of the API once more, as whoever waits for something does."""
        return self.api("GET", path)[1]

    def webhook(self, path: str, value: Any) -> None:
        """Be a provider that sends a webhook until it is taken."""
        self._ask("POST", path, json.dumps(value), APP, None)

    def _standing(self, path: str) -> dict[str, Any]:
        """Return how the attempt stands, as a program reads it."""
        headers = {**BROWSER, "accept": "application/json"}
        answer = self._ask("GET", f"{path}/status", "", headers, None)
        found: dict[str, Any] = json.loads(answer["body"])
        return found

    def _submit(self, path: str) -> None:
        """Fill the form in, with something that was never typed before."""
        self.typed += 1
        form = {"form": f"form-{self.typed:020d}"}
        if self.world.bank.way != "consent":
            form["secret"] = f"secret-{self.typed}"
        if self.world.bank.way in {"code", "app"}:
            form["user"] = "ana"
        self._page("POST", path, form)

    def _answer(self, path: str) -> None:
        page = self._page("GET", f"{path}/status")
        turn = re.search(r'name="turn" value="([^"]*)"', page["body"])
        if turn is None:
            return
        self.typed += 1
        self._page("POST", path, {"turn": turn[1], "code": f"code-{self.typed}"})

    def _go_to_bank(self, url: str) -> None:
        """Give the consent at the bank and come back by the address that it redirects to."""
        (state,) = parse_qs(urlsplit(url).query)["state"]
        self.typed += 1
        query = urlencode({"state": state, "code": f"code-{self.typed}"})
        self._page("GET", f"/reconnect/callback?{query}")

    def _page(self, method: str, path: str, form: Mapping[str, str] | None = None) -> Any:
        body = urlencode(form) if form else ""
        return self._ask(method, path, body, BROWSER, None)

    def _ask(
        self,
        method: str,
        path: str,
        body: str,
        headers: Mapping[str, str],
        claims: Mapping[str, str] | None,
    ) -> Any:
        """Send a request until it is answered: a reload, or a click on the button again."""
        for _ in range(PATIENCE):
            answer = self._once(method, path, body, headers, claims)
            if answer is not None:
                return answer
            self.world.settle_until(self.world.now + WAITS)
        raise AssertionError("an owner who is not answered")

    def _once(
        self,
        method: str,
        path: str,
        body: str,
        headers: Mapping[str, str],
        claims: Mapping[str, str] | None,
    ) -> Any:
        """Return the answer; None if there is none, or one that says to come back."""
        event = _event(method, path, body, headers, self.cookies)
        if claims is not None:
            event["requestContext"]["authorizer"] = {"jwt": {"claims": dict(claims)}}
        try:
            answer = self.world.invoke("ReconnectFunction", event)
        except Stopped:
            self.world.revive()
            return None
        told = {name.lower(): value for name, value in answer["headers"].items()}
        again = answer["statusCode"] >= 500 or "in-flight" in answer.get("body", "")
        if again or answer["statusCode"] == 409:
            self.world.advance(int(told.get("retry-after", 0)))
            return None
        given = answer.get("cookies") or ()
        self.cookies |= dict(c.partition(";")[0].split("=", 1) for c in given)
        return answer


def _event(
    method: str, path: str, body: str, headers: Mapping[str, str], cookies: Mapping[str, str]
) -> dict[str, Any]:
    path, _, query = path.partition("?")
    return {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": query,
        "headers": dict(headers),
        "cookies": [f"{name}={value}" for name, value in cookies.items()],
        "requestContext": {
            "domainName": "connect.example.com",
            "http": {"method": method, "path": path, "sourceIp": "192.0.2.7"},
            "requestId": "request",
            "stage": "$default",
        },
        "isBase64Encoded": True,
        **(
            {"queryStringParameters": {k: v[0] for k, v in parse_qs(query).items()}}
            if query
            else {}
        ),
        **({"body": base64.b64encode(body.encode()).decode()} if body else {}),
    }
