"""How an owner is reached: what he says is kept, what he leaves out stays, nonsense is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from reconnect.assembly import bootstrap
from relink.subscriptions import Subscription
from tests.fakes import NOON
from tests.integration.reconnect.bench import CLAIMS, queued
from tests.integration.reconnect.profiles import put

if TYPE_CHECKING:
    from relink.owners import Profile
    from tests.integration.reconnect.bench import Bench

GUESSED = {
    "owner_id": "own_1",
    "email": "own_1@example.com",
    "language": "en",
    "time_zone": "UTC",
    "mail": True,
    "push": True,
    "reminders": True,
    "works_again": False,
    "quiet_hours": {"from": "21:00", "until": "08:00"},
    "mail_trouble": None,
    "web_push": {"public_key": None, "subscriptions": 0},
}
SAID = {
    "email": "a@example.com",
    "language": "es",
    "time_zone": "Europe/Madrid",
    "mail": False,
    "push": False,
    "reminders": False,
    "works_again": True,
    "quiet_hours": {"from": "22:30", "until": "06:15"},
}


def stored(bench: Bench) -> Profile:
    """Return the caller's profile as it is stored."""
    found = bench.services.owners.profile("own_1")
    assert found
    return found


def test_a_profile_nobody_has_set_is_guessed_and_not_stored(bench: Bench) -> None:
    """From what the token and the browser say."""
    assert GUESSED == bench.api("GET", "/profile").json
    assert bench.services.owners.profile("own_1") is None


def test_a_profile_is_kept(bench: Bench) -> None:
    """The host app may set it for its users; what is read can be written back."""
    answer = put(bench, **SAID)

    assert (200, {**GUESSED, **SAID}) == (answer.status, answer.json)
    read = bench.api("GET", "/profile").json
    assert answer.json == read
    again = {name: read[name] for name in SAID}
    assert read == put(bench, **again).json


@pytest.mark.parametrize("name", SAID)
def test_what_is_left_out_keeps_its_value(bench: Bench, name: str) -> None:
    """Whoever changes one thing changes that alone."""
    put(bench, **SAID)
    default = {**GUESSED, "email": "b@example.com"}[name]

    assert {**GUESSED, **SAID, name: default} == put(bench, **{name: default}).json


def test_no_hour_need_be_quiet(bench: Bench) -> None:
    """Null says so, and is read as null again."""
    assert put(bench, quiet_hours=None).json["quiet_hours"] is None
    assert bench.api("GET", "/profile").json["quiet_hours"] is None
    assert stored(bench).quiet_from == stored(bench).quiet_until


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"email": "nobody"}, "#/email"),
        ({"email": "a@b.c\nBcc: x@y.z"}, "#/email"),
        ({"email": "a@example.com, b@example.com"}, "#/email"),
        ({"email": None}, "#/email"),
        ({"language": "tlh"}, "#/language"),
        ({"language": ""}, "#/language"),
        ({"time_zone": "Mars/Olympus"}, "#/time_zone"),
        ({"time_zone": "../../etc/passwd"}, "#/time_zone"),
        ({"time_zone": ""}, "#/time_zone"),
        ({"owner_id": "own_2"}, "#/owner_id"),
        ({"workspace_id": "ws_2"}, "#/workspace_id"),
        ({"quiet_from": "21:00"}, "#/quiet_from"),
        ({"mail": "yes"}, "#/mail"),
        ({"mail": None}, "#/mail"),
        ({"push": 1}, "#/push"),
        ({"reminders": "false"}, "#/reminders"),
        ({"works_again": []}, "#/works_again"),
        ({"quiet_hours": "21:00-08:00"}, "#/quiet_hours"),
        ({"quiet_hours": {}}, "#/quiet_hours/from"),
        ({"quiet_hours": {"from": "21:00"}}, "#/quiet_hours/until"),
        ({"quiet_hours": {"from": "9:00", "until": "10:00"}}, "#/quiet_hours/from"),
        ({"quiet_hours": {"from": "24:00", "until": "08:00"}}, "#/quiet_hours/from"),
        ({"quiet_hours": {"from": "21:60", "until": "08:00"}}, "#/quiet_hours/from"),
        ({"quiet_hours": {"from": "21:00\n", "until": "08:00"}}, "#/quiet_hours/from"),
        ({"quiet_hours": {"from": "२१:२२", "until": "08:00"}}, "#/quiet_hours/from"),
        ({"quiet_hours": {"from": "21:00", "until": "08:00", "zone": "UTC"}}, "#/quiet_hours/zone"),
        ({"quiet_hours": {"from": "08:00", "until": "08:00"}}, "#/quiet_hours"),
        ({"mail_works": False}, "#/mail_works"),
        ({"mail_works": 1}, "#/mail_works"),
        ({"mail_works": None}, "#/mail_works"),
        ({"mail_works": "true"}, "#/mail_works"),
        ({"mail_trouble": None}, "#/mail_trouble"),
    ],
)
def test_a_profile_that_is_not_right_is_refused(
    bench: Bench, change: dict[str, Any], pointer: str
) -> None:
    """An address is one address, a zone one that exists, and nobody writes another's."""
    answer = put(bench, **{"email": "a@example.com", **change})

    pointers = {e["pointer"] for e in answer.json["errors"]}
    assert (422, True) == (answer.status, pointer in pointers)
    assert bench.services.owners.profile("own_1") is None
    assert [] == queued("notices")


def test_what_is_left_out_stays_as_somebody_else_writes_it(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who stops reminders while the app saves a language has stopped them."""
    bench.profile()
    owners = bench.services.owners
    real = owners.profile

    def and_then_he_stops_them(owner_id: str) -> Profile | None:
        found = real(owner_id)
        owners.stop_reminders(owner_id)
        return found

    monkeypatch.setattr(owners, "profile", and_then_he_stops_them)
    answer = put(bench, language="es")
    monkeypatch.undo()

    assert ("es", False) == (answer.json["language"], answer.json["reminders"])
    assert ("es", False) == (stored(bench).language, stored(bench).reminders)


def test_push_is_offered_with_the_key_that_browsers_subscribe_with(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And with how many of his browsers are subscribed."""
    bench.services.subscriptions.save(
        Subscription(
            owner_id="own_1",
            endpoint="https://push.example/1",
            p256dh="p",
            auth="a",
            created_at=NOON,
        )
    )
    monkeypatch.delenv("VAPID_PUBLIC_KEY", raising=False)
    bootstrap.cache_clear()
    told = bench.api("GET", "/profile").json["web_push"]
    assert {"public_key": None, "subscriptions": 1} == told

    monkeypatch.setenv("VAPID_PUBLIC_KEY", "BPk")
    bootstrap.cache_clear()
    assert "BPk" == bench.api("GET", "/profile").json["web_push"]["public_key"]


def test_he_writes_no_ones_profile_but_his_own(bench: Bench) -> None:
    """Whose it is, the token says; so it does for the workspace."""
    bench.profile(workspace_id="ws_old")
    colleague = {"sub": "own_3", "workspace": "ws_1"}

    bench.api("PUT", "/profile", {"language": "es"}, colleague)
    assert ("en", "ws_old") == (stored(bench).language, stored(bench).workspace_id)

    put(bench, works_again=True)
    assert "ws_1" == stored(bench).workspace_id


def test_the_address_of_his_login_is_kept_beside_the_one_that_he_sets(bench: Bench) -> None:
    """What opens a form is mailed to that one alone; a token without it changes nothing."""
    bench.api("PUT", "/profile", {"email": "somebody@elsewhere.example"})
    bench.api("PUT", "/profile", {"language": "es"}, {**CLAIMS, "email_verified": "false"})
    kept = stored(bench)

    expected = ("somebody@elsewhere.example", "own_1@example.com")
    assert expected == (kept.email, kept.login_email)
