"""The Banks page of ours, its service worker and the chat's page: what goes out, and how safely."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from reconnect.assembly import bootstrap
from relink.attempt import State
from relink.languages import translation
from relink.reasons import Reason, Status
from tests.integration.reconnect.test_headers import ON_PAGES, POLICY
from tests.integration.reconnect.test_status import submitted

if TYPE_CHECKING:
    from tests.integration.reconnect.bench import Answer, Bench

ISSUER = "https://login.example/realm"
SCRIPT = "https://chat.example/widget.js?id=1"
CHAT = "https://chat.example"


def told(bench: Bench, monkeypatch: pytest.MonkeyPatch, **variables: str) -> None:
    """Have the function told more by its environment."""
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    bootstrap.cache_clear()
    bench.services = bootstrap()


def logging_in(bench: Bench, monkeypatch: pytest.MonkeyPatch, **variables: str) -> None:
    """Let owners log in on the page."""
    client = {"JWT_ISSUER": ISSUER, "JWT_AUDIENCE": "api", "LOGIN_CLIENT_ID": "banks"}
    told(bench, monkeypatch, **client, **variables)


def policy(answer: Answer) -> dict[str, str]:
    """Return the rules of a page."""
    rules = answer.headers["Content-Security-Policy"].split("; ")
    return dict(rule.split(" ", 1) for rule in rules)


def test_without_a_client_the_page_says_where_the_banks_are(bench: Bench) -> None:
    """In the host app; no script of a login is loaded."""
    page = bench.get("/banks")

    assert (200, "Your banks") == (page.status, page.title)
    assert "Your banks are in Relink" in page.body
    assert "banks_page.js" not in page.body
    assert POLICY == policy(page)


def test_the_page_talks_to_the_issuer_and_to_us_alone(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Scripts are ours, none is inline; the worker is ours; nobody may frame it."""
    logging_in(bench, monkeypatch, LOGIN_ORIGIN="https://token.example")

    page = bench.get("/banks")

    assert ON_PAGES == {name: page.headers.get(name) for name in ON_PAGES}
    there = "'self' https://login.example https://token.example"
    assert {**POLICY, "connect-src": there, "worker-src": "'self'"} == policy(page)
    assert not re.search(r"<script(?! [^>]*src=)|\son\w+=|\sstyle=", page.body)


def test_the_page_is_told_how_to_log_in(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """By attributes, not by a script; none of them is a secret."""
    logging_in(
        bench, monkeypatch, VAPID_PUBLIC_KEY="key", CHAT_URL="https://a.example/?q={message}"
    )

    found = dict(re.findall(r'data-([\w-]+)="([^"]*)"', bench.get("/banks").body))

    assert (ISSUER, "banks", "api", "openid") == tuple(
        found[name] for name in ("issuer", "client", "audience", "scope")
    )
    assert ("key", "/banks/worker.js") == (found["push-key"], found["push-worker"])
    assert "https://a.example/?q={message}" == found["chat"]


def test_an_issuer_that_is_no_address_opens_nothing(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What could end a rule of the policy is left out of it."""
    told(bench, monkeypatch, LOGIN_CLIENT_ID="banks", JWT_ISSUER="https://a.example; script-src *")

    assert POLICY["script-src"] == policy(bench.get("/banks"))["script-src"]
    assert "'self'" == policy(bench.get("/banks"))["connect-src"]


def test_the_worker_may_serve_the_page_above_it(bench: Bench) -> None:
    """It is asked for anew each time, and not sent to whoever has it."""
    first = bench.get("/banks/worker.js")
    again = bench.get("/banks/worker.js", if_none_match=first.headers["ETag"])

    assert (200, "text/javascript; charset=utf-8") == (first.status, first.headers["Content-Type"])
    assert ("/banks", "no-cache") == (
        first.headers["Service-Worker-Allowed"],
        first.headers["Cache-Control"],
    )
    assert "addEventListener" in first.body
    assert (304, "") == (again.status, again.body)


def test_a_file_is_not_sent_to_whoever_has_it(bench: Bench) -> None:
    """By its tag, which is its version."""
    first = bench.get("/static/link_page.js")
    tag = first.headers["ETag"]

    assert 304 == bench.get("/static/link_page.js", if_none_match=f'W/"x", {tag}').status
    assert 200 == bench.get("/static/link_page.js", if_none_match='"x"').status
    assert tag.strip('"') in bench.get("/unsubscribe/x").body


def test_a_chats_script_runs_on_a_page_apart(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """It would read what is typed, and the token, on any page of its origin: it gets its own."""
    logging_in(bench, monkeypatch, CHAT_SCRIPT=SCRIPT)

    page = bench.get("/chat")
    rules = policy(page)
    assert f'<script src="{SCRIPT}" defer></script>' in page.body
    assert f"'self' {CHAT}" == rules["script-src"]
    assert f"{CHAT} wss://chat.example" in rules["connect-src"]
    assert CHAT == rules["frame-src"]
    assert "allow-scripts" in rules["sandbox"]
    assert "allow-same-origin" not in rules["sandbox"]
    behind = bench.get(bench.link(bench.add()))
    assert POLICY == policy(behind)
    for other in (behind, bench.get("/banks")):
        assert SCRIPT not in other.body
        assert CHAT not in other.headers["Content-Security-Policy"]


def test_without_a_script_the_chat_has_no_page(bench: Bench) -> None:
    """And pages offer no chat at all where none is set."""
    page = bench.get("/chat")

    assert (404, "There is nothing here") == (page.status, page.title)
    assert "Chat with us" not in page.body
    assert "Ask us in the chat" not in page.body


@pytest.mark.parametrize(
    ("variables", "address"),
    [
        ({"CHAT_URL": "https://a.example/?q={message}"}, "https://a.example/?q=SAID"),
        ({"CHAT_URL": "https://a.example/"}, "https://a.example/"),
        ({"CHAT_SCRIPT": SCRIPT}, "/chat#SAID"),
        ({"CHAT_SCRIPT": SCRIPT, "CHAT_URL": "https://a.example/"}, "https://a.example/"),
    ],
)
def test_the_chat_knows_the_bank_and_its_trouble(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], address: str
) -> None:
    """At the bottom of the form's page, in the owner's words, ready to be sent."""
    told(bench, monkeypatch, **variables)
    bench.profile(language="es")

    page = bench.get(bench.link(bench.add(reason=Reason.CONSENT_EXPIRED)))

    trouble = translation("es").gettext(Reason.CONSENT_EXPIRED.explanation.text)
    said = quote(f"Necesito ayuda con Banco de la Ría. {trouble}", safe="")
    assert f'class="chat" href="{address.replace("SAID", said)}' in page.body


def test_a_page_of_trouble_points_to_the_chat(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever cannot go on is told where to ask."""
    told(bench, monkeypatch, CHAT_URL="https://a.example/")

    paused = bench.add(tries=(bench.clock.now,) * 3)
    expired = bench.link(paused, expires_at=1)
    for path in ("/reconnect/x", "/reconnect/callback?state=x", expired, bench.link(paused)):
        assert "Ask us in the chat" in bench.get(path).body


def test_a_pause_says_how_long_it_is_still(bench: Bench) -> None:
    """To a script that counts; the moment itself stands beside it."""
    page = bench.get(bench.link(bench.add(tries=(bench.clock.now - 3600,) * 3)))

    assert 'data-left="82800" data-words="That is in {time}."' in page.body


def test_progress_looks_again_where_it_is(bench: Bench) -> None:
    """With a script in place, without one by the browser's own means."""
    path = submitted(bench)

    assert "1" == bench.get(f"{path}/status").renews
    assert "" == bench.get("/unsubscribe/x").renews


def test_success_waits_for_what_came_of_it(bench: Bench) -> None:
    """Green before the accounts are counted: the page says so, and looks again for the number."""
    path = submitted(bench)
    bench.worker(State.ACCEPTED)
    well = {"status": Status.GREEN, "reason": None, "red_since": None}
    bench.change(**well, last_success_at=bench.clock.now + 1)
    bench.clock.advance(2)

    page = bench.get(f"{path}/status")

    assert ("Reconnected", "1") == (page.title, page.renews)
