"""The link at the end of a reminder stops reminders: without login, once pressed, nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import boto3
import pytest

from relink import links, unsubscribing
from tests.integration.reconnect.bench import FORM_TYPE, Bench, queued

if TYPE_CHECKING:
    from tests.integration.reconnect.bench import Answer

STOP = "Stop the reminders?"
STOPPED = "No more reminders"


def path(bench: Bench, owner_id: str = "own_1") -> str:
    """Return the path that stands in an owner's reminders."""
    return unsubscribing.PATH + unsubscribing.issue(owner_id, bench.services.keys.keys())


def reminded(bench: Bench, owner_id: str = "own_1") -> bool:
    """Tell whether an owner gets reminders."""
    profile = bench.services.owners.profile(owner_id)
    assert profile
    return profile.reminders


def one_click(bench: Bench, where: str) -> Answer:
    """Send what a mail provider sends when its user presses its button (RFC 8058)."""
    headers = {"content-type": FORM_TYPE, "user-agent": "Mail-Provider", "host": "api.example.com"}
    return bench.call("POST", where, "List-Unsubscribe=One-Click", headers)


def test_opening_the_link_changes_nothing(bench: Bench) -> None:
    """Mail scanners open every link."""
    bench.profile()

    pages = [bench.get(path(bench), user_agent="scanner") for _ in range(3)]

    assert [(200, STOP)] * 3 == [(p.status, p.title) for p in pages]
    assert f'action="{path(bench)}"' in pages[0].body
    assert "default-src 'none'" in pages[0].headers["Content-Security-Policy"]
    assert "no-store" == pages[0].headers["Cache-Control"]
    assert reminded(bench)


def test_the_button_stops_reminders_and_says_what_still_comes(bench: Bench) -> None:
    """Pressed again, or opened again, it is as it was."""
    bench.profile(works_again=True)

    answers = [bench.post(path(bench)), bench.post(path(bench)), bench.get(path(bench))]

    assert [(200, STOPPED)] * 3 == [(a.status, a.title) for a in answers]
    assert "you still get one mail about it" in answers[0].body
    assert "<form" not in answers[0].body
    assert not reminded(bench)
    profile = bench.services.owners.profile("own_1")
    assert profile
    assert (True, True, "own_1@example.com") == (profile.mail, profile.works_again, profile.email)
    assert [] == queued("notices")


def test_a_mail_providers_button_stops_them_too(bench: Bench) -> None:
    """Its POST comes from elsewhere, with no cookie, and is answered without a redirect."""
    bench.profile()

    assert 200 == one_click(bench, path(bench)).status
    assert not reminded(bench)


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        ("", {}),
        ("List-Unsubscribe=One-Click", {"origin": "https://mail.example"}),
        ("List-Unsubscribe=One-Click", {"sec_fetch_site": "cross-site"}),
        ("--b\r\n\r\n--b--", {"content_type": "multipart/form-data; boundary=b"}),
        ("{}", {"content_type": "application/json"}),
        ("x" * 100_000, {"content_type": ""}),
        ("form=%ff%fe", {}),
    ],
)
def test_whatever_the_body_says(bench: Bench, body: str, headers: dict[str, str]) -> None:
    """Nothing of it is read: the token says all that there is to say."""
    bench.profile()

    assert 200 == bench.post(path(bench), body, **headers).status
    assert not reminded(bench)


def test_only_his_own_are_stopped(bench: Bench) -> None:
    """The token names one owner."""
    bench.profile()
    bench.profile(owner_id="own_3")

    bench.post(path(bench, "own_3"))

    assert (True, False) == (reminded(bench), reminded(bench, "own_3"))


def test_an_owner_who_is_gone_is_told_the_same(bench: Bench) -> None:
    """No reminders come to him either; and nothing is stored of him."""
    for owner_id in ("own_gone", "auth0|ñ/..%2F" + "x" * 200):
        answers = [bench.get(path(bench, owner_id)), bench.post(path(bench, owner_id))]
        assert [STOP, STOPPED] == [a.title for a in answers]
        assert bench.services.owners.profile(owner_id) is None


def test_the_page_speaks_the_owners_language(bench: Bench) -> None:
    """His profile decides, then his browser."""
    assert '<html lang="es">' in bench.get(path(bench), accept_language="es").body
    bench.profile(language="es")

    for page in (bench.get(path(bench)), one_click(bench, path(bench))):
        assert '<html lang="es">' in page.body


@pytest.mark.parametrize(
    "token", ["nonsense", "a.b.c", "a.b.c.d", "..", "%00", "x" * 5000, "ñandú", "<script>"]
)
def test_nonsense_for_a_token_is_no_page(bench: Bench, token: str) -> None:
    """Whatever stands in the address, there is nothing here."""
    bench.profile()
    for answer in (
        bench.get(f"/unsubscribe/{token}"),
        bench.post(f"/unsubscribe/{token}"),
        one_click(bench, f"/unsubscribe/{token}"),
    ):
        assert (404, True) == (answer.status, "There is nothing here" in answer.body)
        assert "<script>" not in answer.body
    assert reminded(bench)


def test_a_token_with_one_bit_flipped_is_no_page(bench: Bench) -> None:
    """It stops what was signed, or nothing."""
    bench.profile()
    where = path(bench)
    for place in range(len(unsubscribing.PATH), len(where), 7):
        flipped = where[:place] + ("A" if where[place] != "A" else "B") + where[place + 1 :]
        assert 404 == bench.post(flipped).status
    assert reminded(bench)


def test_links_of_one_kind_do_not_open_the_other(bench: Bench) -> None:
    """Who may stop reminders may not reconnect a bank; the key is the same, the purpose is not."""
    made = bench.add()
    bench.profile()
    keys = bench.services.keys.keys()
    reconnecting = links.issue(links.link_for(made, bench.clock.now), keys)
    stopping = unsubscribing.issue("own_1", keys)

    assert 404 == bench.post(f"/unsubscribe/{reconnecting}").status
    assert 404 == bench.get(f"/reconnect/{stopping}").status
    assert reminded(bench)


def test_a_link_signed_right_after_a_rotation_opens_at_once(bench: Bench) -> None:
    """Though this process has read the keys a minute ago; and the former ones go on working."""
    bench.profile()
    made = bench.add()
    before = bench.link(made)
    assert 200 == bench.get(before).status
    bench.clock.advance(60)
    client = boto3.client("secretsmanager")
    client.put_secret_value(SecretId="link-key", SecretString="n" * 64)
    elsewhere = type(bench.services.keys)(client, "link-key", bench.clock)

    after = links.issue(links.link_for(made, bench.clock.now), elsewhere.keys())

    assert 200 == bench.get(f"/reconnect/{after}").status
    stopping = unsubscribing.PATH + unsubscribing.issue("own_1", elsewhere.keys())
    assert 200 == bench.post(stopping).status
    assert 200 == bench.get(before).status
