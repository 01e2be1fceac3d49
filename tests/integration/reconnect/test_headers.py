"""Every page that the function has goes out with the headers that keep it safe, whatever the route.

The routes are the template's and the pages are the templates': a new one is tried here by itself,
or found to be missing.
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest
from botocore.exceptions import EndpointConnectionError

from reconnect import pages
from reconnect.pages import Pages
from relink import links, unsubscribing
from relink.attempt import Kind, State
from relink.connection import Bank, Method
from relink.provider import Field
from relink.reasons import Reason, Status
from tests.deployed_routes import deployed
from tests.fakes import NOON, connection
from tests.integration.reconnect.bench import CLAIMS, Bench
from tests.integration.reconnect.consent import first_sent_off, sent_off
from tests.integration.reconnect.test_status import done, submitted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.integration.reconnect.bench import Answer

PICTURE = "data:image/png;base64,iVBORw0KGgo="
TEMPLATES = {
    p.name.removesuffix(".html.j2") for p in Path(pages.__file__).parent.glob("*/*.html.j2")
}
SHARED = {"page", "parts"}
ELSEWHERE = {"banks", "chat"}
"""Pages with a policy of their own (`test_banks_page.py`)."""
ROUTES = deployed()
EVERYWHERE: Final = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "Strict-Transport-Security": "max-age=63072000",
    "X-Content-Type-Options": "nosniff",
}
ON_PAGES: Final = {
    **EVERYWHERE,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Robots-Tag": "noindex, nofollow",
}
POLICY: Final = {
    "default-src": "'none'",
    "script-src": "'self'",
    "connect-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}
FORBIDDEN: Final = ("camera", "display-capture", "geolocation", "microphone", "payment", "usb")


def red(bench: Bench) -> str:
    """Return the link of a connection that needs its owner."""
    return bench.link(bench.add())


def asking(bench: Bench) -> str:
    """Let a bank ask for a code, with a picture."""
    path = submitted(bench)
    field = {"name": "code", "label": "Code", "kind": "otp"}
    bench.worker(State.ASKING, fields=(field,), prompt="Code?", picture=PICTURE)
    return path


def fresh_link_sent(bench: Bench) -> str:
    """Return the button of an expired link whose owner mail reaches."""
    bench.profile()
    return f"POST {bench.link(bench.add(), expires_at=NOON)}/fresh"


def sent_on(bench: Bench) -> str:
    """Send an owner on to his bank by himself."""
    return f"{sent_off(bench)}/status?go"


def elsewhere(bench: Bench) -> str:
    """Bring a stranger's consent from another browser."""
    first_sent_off(bench)
    state = bench.state_of(bench.attempt())
    bench.other_browser()
    return f"/reconnect/callback?code=x&state={state}"


def rejected(bench: Bench) -> str:
    """Let a bank refuse what was entered."""
    path = submitted(bench)
    bench.worker(State.REJECTED, messages={"setup_token": "No such token."})
    return path


def stopped(bench: Bench) -> str:
    """Let an attempt be interrupted."""
    path = submitted(bench)
    bench.worker(State.INTERRUPTED)
    return path


def fetching_history(bench: Bench) -> str:
    """Have all movements fetched, as the owner's app does."""
    made = bench.green(last_success_at=NOON - 86_400)
    bench.services.reconnecting.begin(made, "f" * 24, {}, {}, NOON, kind=Kind.HISTORICAL)
    return bench.link(bench.stored())


def used(bench: Bench) -> str:
    """Return a link whose work is done, though the bank needs its owner again."""
    made = bench.add(credentials_version=2)
    return bench.link(made, credentials_version=1)


def disconnected(bench: Bench) -> str:
    """Return the link of a connection that was given up."""
    facts = {"status": Status.ORANGE, "reason": Reason.DISCONNECTED, "red_since": None}
    made = bench.add(disconnected_at=NOON, credentials_version=2, **facts)
    return bench.link(made, credentials_version=1)


def unsubscribing_link(bench: Bench) -> str:
    """Return the link at the end of an owner's reminders."""
    return unsubscribing.PATH + unsubscribing.issue("own_1", bench.services.keys.keys())


SITUATIONS: dict[str, Callable[[Bench], str]] = {
    "form": red,
    "challenge": asking,
    "redirecting": sent_on,
    "elsewhere": elsewhere,
    "form, refused": rejected,
    "stopped": stopped,
    "progress": submitted,
    "history": fetching_history,
    "done": done,
    "fixed": lambda bench: bench.link(bench.green()),
    "used": used,
    "disconnected": disconnected,
    "expired": lambda bench: bench.link(bench.add(), expires_at=NOON),
    "paused": lambda bench: bench.link(bench.add(tries=(NOON, NOON, NOON))),
    "unsupported": lambda bench: bench.link(bench.add(reason=Reason.BANK_NOT_SUPPORTED)),
    "astray": lambda _: "/reconnect/callback?state=x",
    "unsubscribe": unsubscribing_link,
    "embedded": lambda _: "/banks",
    "problem": lambda _: "/reconnect/nonsense",
    "sent": fresh_link_sent,
    "unsent": lambda bench: f"POST {bench.link(bench.add(), expires_at=NOON)}/fresh",
}


@pytest.mark.parametrize("situation", SITUATIONS)
def test_every_page_is_kept_safe_by_its_headers(
    bench: Bench, situation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whichever it is: no script but ours, no style of its own, no frame, no referrer, no cache."""
    with rendered(monkeypatch) as seen:
        method, _, path = f"GET {SITUATIONS[situation](bench)}".rpartition(" ")
        visit = bench.post if method.endswith("POST") else bench.get
        links = "?" not in path and method == "GET" and path != "/banks"
        below = [f"{path}/status"] if links else []
        answers = [visit(each) for each in (path, *below)]

    assert situation.partition(",")[0] in seen
    for answer in answers:
        check_page(answer)


def test_every_page_is_among_them() -> None:
    """A page that no situation shows would go unseen."""
    assert TEMPLATES - SHARED - ELSEWHERE == {name.partition(",")[0] for name in SITUATIONS}


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.path}")
def test_every_route_answers_with_safe_headers(bench: Bench, route: Any) -> None:
    """Right or wrong, asked by a browser or by a program, with and without a body."""
    paths = [real_path(bench, route.path), re.sub(r"{\w+}", "nonsense", route.path)]
    for path in paths:
        for accept in ("text/html", "application/json"):
            for sent in ("", "form=x&nonsense=1", "{}"):
                kind = "application/json" if sent == "{}" else "application/x-www-form-urlencoded"
                headers = {"accept": accept, "content-type": kind, "host": "connect.example.com"}
                claims = CLAIMS if route.authorizer else None
                check(bench.call(route.method, path, sent, headers, claims))


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.path}")
def test_every_route_answers_with_safe_headers_when_aws_does_not(
    bench: Bench, route: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Trouble of ours is no reason to be careless."""
    path = real_path(bench, route.path)
    claims = CLAIMS if route.authorizer else None

    def fail(*_: object, **__: object) -> None:
        raise EndpointConnectionError(endpoint_url="https://dynamodb.example")

    monkeypatch.setattr(type(bench.services._dynamodb), "_make_api_call", fail)
    for accept in ("text/html", "application/json"):
        headers = {"accept": accept, "content-type": "application/json"}
        check(bench.call(route.method, path, "{}", headers, claims))


def test_a_password_manager_finds_the_banks_login_and_nothing_else() -> None:
    """The name before the password is the user name; a code is a code; a token is none of them."""
    asked = [
        Field("kind", "Kind", "select"),
        Field("branch", "Branch"),
        Field("login", "Login"),
        Field("pin", "PIN", "password"),
        Field("customer", "Customer", required=False),
        Field("tan", "TAN", "otp"),
    ]
    bank = Bank("b", "A bank", "DE", "fints", Method.DIRECT)

    def shown(method: Method, fields: list[Field] = asked) -> list[str]:
        made = connection(bank=replace(bank, method=method))
        return [i.autocomplete for i in pages.inputs(fields, made, {}, {})]

    direct = ["off", "off", "username", "current-password", "off", "one-time-code"]
    assert direct == shown(Method.DIRECT)
    for method in (Method.TOKEN, Method.CONSENT):
        assert [*["off"] * 5, "one-time-code"] == shown(method)
    assert ["one-time-code"] == shown(Method.DIRECT, asked[-1:])


def check(answer: Answer) -> None:
    """Hold an answer's headers against what it is."""
    if answer.headers.get("Content-Type", "").startswith("text/html") or 303 == answer.status:
        check_page(answer)
        return
    always = {n: value for n, value in EVERYWHERE.items() if n != "Cache-Control"}
    assert always == {name: answer.headers.get(name) for name in always}
    if answer.headers.get("Content-Type", "").endswith("json"):
        kept = "private, no-cache" if "ETag" in answer.headers else "no-store"
        assert kept == answer.headers["Cache-Control"]
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'; frame-ancestors 'none'" == policy


def check_page(answer: Answer) -> None:
    """Hold a page, or what leads to one, against what a browser is told of it."""
    assert {**ON_PAGES} == {name: answer.headers.get(name) for name in ON_PAGES}
    policy = answer.headers["Content-Security-Policy"]
    assert POLICY == dict(part.strip().split(" ", 1) for part in policy.split(";"))
    permissions = answer.headers["Permissions-Policy"].split(", ")
    assert sorted(f"{feature}=()" for feature in FORBIDDEN) == sorted(permissions)
    assert not re.search(r'<script(?! type="module" src="/static/[\w.?=]+"></script>)', answer.body)
    assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:|<base|<iframe", answer.body)


def real_path(bench: Bench, pattern: str) -> str:
    """Return a route's path to what is there."""
    made = bench.add()
    bench.profile()
    told = {
        "token": links.issue(links.link_for(made, NOON), bench.services.keys.keys()),
        "connection_id": made.connection_id,
        "provider": "plaid",
        "event": "connection_synced",
        "file": "pages.css",
        "notification_id": f"RED.{made.connection_id}.{made.red_since}",
    }
    if pattern.startswith("/unsubscribe"):
        return unsubscribing_link(bench)
    return re.sub(r"{(\w+)}", lambda found: told.get(found[1], "x"), pattern)


@contextmanager
def rendered(monkeypatch: pytest.MonkeyPatch) -> Iterator[set[str]]:
    """Note which pages are rendered."""
    seen: set[str] = set()
    real = Pages.render

    def render(self: Pages, name: str, *arguments: Any, **named: Any) -> Any:
        seen.add(name)
        return real(self, name, *arguments, **named)

    with monkeypatch.context() as patched:
        patched.setattr(Pages, "render", render)
        yield seen
