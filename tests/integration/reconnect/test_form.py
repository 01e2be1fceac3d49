"""The form behind a link: what opens it, what does not, and that opening it changes nothing."""

from __future__ import annotations

import re
from dataclasses import replace

import boto3
import pytest

from relink.connection import Bank, Method
from relink.reasons import Reason, Status
from tests.fakes import NOON
from tests.integration.reconnect.bench import Bench, queued


def everything() -> list[object]:
    """Return all that is stored."""
    client = boto3.client("dynamodb")
    return [client.scan(TableName=t)["Items"] for t in client.list_tables()["TableNames"]]


def test_the_form_asks_for_what_the_provider_declares(bench: Bench) -> None:
    """The page knows no bank: label, help and kind of each field come from the adapter."""
    page = bench.get(bench.link(bench.add()))

    assert 200 == page.status
    assert "Reconnect Banco de la Ría" == page.title
    assert '<label for="field-setup_token">SimpleFIN setup token</label>' in page.body
    assert 'type="password" autocomplete="off"' in page.body
    assert 'aria-describedby="field-setup_token-help"' in page.body
    assert "The bank no longer accepts the access details that we have." in page.body


def test_opening_a_link_changes_nothing(bench: Bench) -> None:
    """Mail scanners open every link, some more than once, and the owner's must still work."""
    path = bench.link(bench.add())
    before = everything()

    pages = [bench.get(path, user_agent="scanner") for _ in range(3)]
    bench.get(f"{path}/status")

    assert [200, 200, 200] == [p.status for p in pages]
    assert before == everything()
    assert [] == queued()
    assert 303 == bench.submit(path).status


def test_each_form_has_a_mark_of_its_own(bench: Bench) -> None:
    """Two forms make two attempts; one form makes one."""
    path = bench.link(bench.add())

    assert bench.get(path).hidden("form") != bench.get(path).hidden("form")


def test_pages_carry_the_headers_that_keep_them_safe(bench: Bench) -> None:
    """No script, no frame, no cache, no referrer; style and form are ours alone."""
    headers = bench.get(bench.link(bench.add())).headers

    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy
    assert "no-store" == headers["Cache-Control"]
    assert "no-referrer" == headers["Referrer-Policy"]
    assert "nosniff" == headers["X-Content-Type-Options"]
    assert headers["Strict-Transport-Security"].startswith("max-age=")


def test_a_page_loads_only_what_is_ours_and_there(bench: Bench) -> None:
    """Every file that a page names is served, for ever under its version, with its type."""
    page = bench.get(bench.link(bench.add()))
    names = re.findall(r'(?:href|src)="(/static/[^"]+)"', page.body)

    assert ["icon.svg", "pages.css", "link_page.js"] == [n[8:].partition("?")[0] for n in names]
    assert " style=" not in page.body
    for name in names:
        file = bench.get(name)
        assert 200 == file.status
        assert "public, max-age=31536000, immutable" == file.headers["Cache-Control"]
    assert "no-cache" == bench.get("/static/pages.css?v=old").headers["Cache-Control"]


@pytest.mark.parametrize(
    "name", ["nothing.css", "..%2Fhandler.py", "../handler.py", "form.html.j2"]
)
def test_other_files_are_not_served(bench: Bench, name: str) -> None:
    """Only what lies in the folder is found, by its whole name."""
    assert 404 == bench.get(f"/static/{name}").status


def test_the_page_speaks_the_owners_language(bench: Bench) -> None:
    """His profile decides; without one, his browser."""
    path = bench.link(bench.add())
    assert '<html lang="es">' in bench.get(path, accept_language="es-MX,es;q=0.9,en;q=0.5").body

    bench.profile(language="es", time_zone="Europe/Madrid")
    page = bench.get(path)

    assert '<html lang="es">' in page.body
    assert "El banco ya no acepta" in page.body
    assert "4 de noviembre de 2025, 16:06 CET" in page.body


def test_a_healthy_connection_is_already_fixed(bench: Bench) -> None:
    """Whoever comes late, or twice, does no harm."""
    path = bench.link(bench.add(status=Status.GREEN, reason=None, red_since=None))

    for page in (bench.get(path), bench.submit(path), bench.get(f"{path}/status")):
        assert (200, "Already fixed") == (page.status, page.title)
    assert [] == bench.attempts()


def test_an_orange_connection_may_be_reconnected(bench: Bench) -> None:
    """Who needs a sync now may enter his credentials before the bank asks for them."""
    path = bench.link(
        bench.add(status=Status.ORANGE, reason=Reason.BANK_UNAVAILABLE, red_since=None)
    )

    assert 303 == bench.submit(path).status


def test_three_tries_make_a_pause(bench: Bench) -> None:
    """The page says until when and why; the link lives on."""
    bench.profile(time_zone="Europe/Madrid")
    path = bench.link(bench.add(tries=(NOON - 60, NOON - 120, NOON - 3600)))

    for page in (bench.get(path), bench.submit(path)):
        assert (429, "A pause for your safety") == (page.status, page.title)
        assert "You can try again from 2 January 2026, 12:00 CET." in page.body
        assert str(86_400 - 3600) == page.headers["Retry-After"]
    assert [] == bench.attempts()

    bench.clock.advance(86_400)
    assert 200 == bench.get(path).status


def test_a_first_connection_is_the_same_form(bench: Bench) -> None:
    """In other words: nothing is broken, nothing is kept."""
    page = bench.get(bench.link(bench.first()))

    assert "Connect Banco de la Ría" == page.title
    assert "Reconnect" not in page.body


def test_the_owners_own_password_may_come_from_his_password_manager(bench: Bench) -> None:
    """A bank password is one that a password manager knows; a pasted token is not."""
    bank = Bank("b", "Bank", "DE", "simplefin", Method.DIRECT)

    page = bench.get(bench.link(bench.add(bank=bank)))

    assert 'autocomplete="current-password"' in page.body


def test_a_bank_that_is_no_longer_reached_says_so(bench: Bench) -> None:
    """A connection whose adapter was taken out is our trouble, not a fault of the page."""
    bank = replace(bench.add().bank, provider="gone")
    page = bench.get(bench.link(bench.add(connection_id="con_2", bank=bank)))

    assert (503, "Something is not answering") == (page.status, page.title)


def test_a_preflight_of_what_is_there_is_answered_with_nothing(bench: Bench) -> None:
    """API Gateway hands it to us and adds its own headers: it must succeed to be of use."""
    for path in ("/profile", "/connections/con_1/sync", bench.link(bench.add())):
        answer = bench.call("OPTIONS", path)
        assert (204, "") == (answer.status, answer.body)
    assert 404 == bench.call("OPTIONS", "/elsewhere").status


def test_unknown_pages_are_not_there(bench: Bench) -> None:
    """A path below a link that we do not know is a page, elsewhere it is a problem."""
    path = bench.link(bench.add())

    assert "There is nothing here" == bench.get(f"{path}/elsewhere").title
    assert "urn:relink:problem:not-found" == bench.get("/elsewhere").json["type"]
    known = bench.api("DELETE", "/profile")
    assert (405, "urn:relink:problem:method", "GET, HEAD, PUT") == (
        known.status,
        known.json["type"],
        known.headers["Allow"],
    )
