"""What names a login: spelling, optional fields, and steps make no other one of it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import boto3
import pytest

from relink.attempt import State
from relink.clock import DAY
from relink.connection import Method
from relink.provider import Ask, Field
from tests.fakes import BANK, NOON
from tests.integration.sync.attempting import go_on, stored
from tests.integration.sync.test_logins import NO, begin, enter, first, logins, refused_thrice

if TYPE_CHECKING:
    from tests.integration.sync.conftest import Bench

USER, PASSWORD = Field("user", "User"), Field("password", "Password", "password")
CUSTOMER = Field("customer", "Customer", required=False)


@pytest.mark.parametrize("user", ["ANA", " a n a", "a-n-a", "\uff41\uff4e\uff41"])
def test_another_spelling_is_the_same_login(bench: Bench, user: str) -> None:
    """Banks are not particular about case, spaces and dashes."""
    refused_thrice(bench)
    first(bench, 3)

    assert State.REFUSED is enter(bench, 3, user)


def test_what_may_be_left_out_makes_no_other_login(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else it could be tried three times with it, and three times without."""
    form = (USER, PASSWORD, CUSTOMER)
    monkeypatch.setattr(bench.provider, "describe_credentials", lambda _: form)
    refused_thrice(bench)
    first(bench, 3)

    assert State.REFUSED is enter(bench, 3, customer="12")


def test_another_login_is_not_kept_waiting(bench: Bench) -> None:
    """Neither another user nor the same name at another bank."""
    refused_thrice(bench)
    bench.provider.logins += [NO, NO]
    first(bench, 3)
    first(bench, 4, bank=replace(BANK, method=Method.DIRECT, bank_id="another"))

    assert State.REJECTED is enter(bench, 3, "eva")
    assert State.REJECTED is enter(bench, 4)


def test_a_user_that_is_asked_for_later_is_counted_as_well(bench: Bench) -> None:
    """Of some banks the form is known only once the login has begun."""
    refused_thrice(bench)
    first(bench, 3)
    bench.provider.logins.append(Ask((USER, PASSWORD), "Log in", b"dialog"))
    begin(bench, 3, {})
    go_on(bench, "att_3")
    asking = stored(bench, "att_3")
    answers = {"user": "ana", "password": "s3cret"}
    sealed = bench.intake.seal(answers, bench.now("con_3"), "att_3")
    bench.attempts.advance(asking, replace(asking, state=State.ANSWERED, answers=sealed))

    assert State.REFUSED is go_on(bench, "att_3")
    assert 4 == len(bench.provider.seen)


def test_a_password_that_is_asked_for_later_counts_for_the_user_of_the_form(bench: Bench) -> None:
    """The attempt knows whose it is: by the name of the login, not by the user's."""
    first(bench, 0)
    later = Ask((PASSWORD,), "Your password", b"dialog")
    bench.provider.logins += [later, NO]
    begin(bench, 0, {"user": "ana"})
    go_on(bench, "att_0")
    bench.clock.advance(5)
    asking = stored(bench, "att_0")
    sealed = bench.intake.seal({"password": "s3cret"}, bench.now("con_0"), "att_0")
    bench.attempts.advance(asking, replace(asking, state=State.ANSWERED, answers=sealed))
    go_on(bench, "att_0")

    [item] = logins(bench)
    assert NOON + 5 == item["try#att_0"]
    assert item["name"] == f"login#{stored(bench, 'att_0').login}"


def test_a_password_that_is_asked_for_again_counts_again(bench: Bench) -> None:
    """As the bank counts it; the fourth of one login does not leave, whoever's attempt it is."""
    first(bench, 0)
    bench.provider.logins += [Ask((PASSWORD,), "Again", b"dialog")] * 3
    begin(bench, 0, {"user": "ana", "password": "wrong"})
    for _ in range(2):
        go_on(bench, "att_0")
        bench.clock.advance(5)
        asking = stored(bench, "att_0")
        sealed = bench.intake.seal({"password": "wrong"}, bench.now("con_0"), "att_0")
        bench.attempts.advance(asking, replace(asking, state=State.ANSWERED, answers=sealed))
    go_on(bench, "att_0")
    first(bench, 1)

    [item] = logins(bench)
    assert {"try#att_0", "try#att_0#1", "try#att_0#2"} == {n for n in item if n.startswith("try#")}
    assert State.REFUSED is enter(bench, 1)


def test_banks_that_share_a_server_share_their_logins(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One bank may be listed under many codes; where it counts, its adapter knows."""
    monkeypatch.setattr(bench.provider, "counted_at", lambda _: "a server", raising=False)
    refused_thrice(bench)
    first(bench, 3, bank=replace(BANK, method=Method.DIRECT, bank_id="another code"))

    assert State.REFUSED is enter(bench, 3)


def test_what_many_people_answer_alike_names_no_login(bench: Bench) -> None:
    """A way to get a code, or a day of birth: it would keep strangers waiting for each other."""
    first(bench, 0)
    way = Field("way", "Way", "select", choices=(("1", "SMS"),))
    bench.provider.logins += [Ask((way, Field("born", "Born")), "Which?", b"dialog"), NO]
    begin(bench, 0, {})
    go_on(bench, "att_0")
    asking = stored(bench, "att_0")
    sealed = bench.intake.seal({"way": "1", "born": "1990"}, bench.now("con_0"), "att_0")
    bench.attempts.advance(asking, replace(asking, state=State.ANSWERED, answers=sealed))
    go_on(bench, "att_0")

    assert ([], "") == (logins(bench), stored(bench, "att_0").login)


def test_no_user_name_is_stored(bench: Bench) -> None:
    """Nor a hash that somebody without the key could find one by."""
    first(bench, 0)
    bench.provider.logins.append(NO)
    enter(bench, 0, "canary71")
    client = boto3.client("dynamodb")
    everything = [client.scan(TableName=t)["Items"] for t in client.list_tables()["TableNames"]]

    assert "canary71" not in str(everything)
    [item] = logins(bench)
    assert item["expires_at"] == NOON + DAY
    assert bench.vault.fingerprint("login", "x") == bench.vault.fingerprint("login", "x")
    assert bench.vault.fingerprint("login", "x") != bench.vault.fingerprint("login", "y")
