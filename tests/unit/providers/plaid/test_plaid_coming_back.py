"""Hosted Link: what came of the owner's visits; one-time tokens are spent once."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from relink.failures import Temporary
from relink.provider import Accepted, Redirect, Rejected, WaitForApp
from relink.providers.plaid import refusals
from relink.providers.plaid.access import Access
from relink.providers.plaid.link import LOOKS
from relink.reasons import Reason, Status
from tests.unit.providers.plaid.fakes import ACCESS, CONNECTION, NOW, Bench, error, recorded
from tests.unit.providers.plaid.visits import ended, left, sessions, visit
from tests.unit.providers.playing import answer

if TYPE_CHECKING:
    from relink.provider import Outcome

SECRET = ACCESS.secret()
URL = "https://secure.plaid.com/hl/1f6f6c2a9d0e"


def out(plaid: Bench, *, updating: bool = False) -> bytes:
    """Send the owner away and return the continuation."""
    plaid.wire.play("/link/token/create", answer(recorded("link_token", expiration=LATER)))
    outcome = plaid.log_in(secret=SECRET if updating else None)
    assert isinstance(outcome, Redirect)
    return outcome.continuation


LATER = "2026-11-22T12:30:00Z"


def test_a_new_item_is_exchanged_and_kept_before_it_is_used(plaid: Bench) -> None:
    """The public token works once: a crash after it must lose nothing."""
    outcome = plaid.log_in(out(plaid))
    assert isinstance(outcome, Accepted)
    assert outcome.secret == SECRET
    assert outcome.expires_at == 1_810_886_400
    assert [a.provider_id for a in outcome.accounts] == [
        "aB1cD2eF3gH4iJ5kL6mN7oP8qR9sT0uV1wX2y",
        "Zz9Yy8Xx7Ww6Vv5Uu4Tt3Ss2Rr1Qq0Pp9Oo8n",
    ]
    assert len(plaid.kept) == 1
    assert ACCESS.token in plaid.kept[0].decode()


def test_a_kept_item_is_not_exchanged_again(plaid: Bench) -> None:
    """After a crash, only the accounts are asked for."""
    plaid.wire.play("/accounts/get", error("INTERNAL_SERVER_ERROR", 500, "API_ERROR"))
    with pytest.raises(Temporary):
        plaid.log_in(out(plaid))
    plaid.wire.play("/accounts/get", answer(recorded("accounts")))
    outcome = plaid.log_in(plaid.kept[0])
    assert isinstance(outcome, Accepted)
    assert outcome.secret == SECRET
    assert plaid.wire.paths().count("/item/public_token/exchange") == 1
    assert plaid.wire.paths().count("/link/token/get") == 1


@pytest.mark.parametrize(
    "success",
    [
        {"results": {"item_add_results": []}},
        {"results": None},
        {"on_success": {"public_token": "", "metadata": {}}},
        {"results": {"item_add_results": [{"public_token": "public-sandbox-1"}]}},
    ],
)
def test_an_updated_item_keeps_its_token(plaid: Bench, success: dict[str, Any]) -> None:
    """Update mode gives no token to exchange, or one that need not be: the access lives on."""
    continuation = out(plaid, updating=True)
    plaid.wire.play("/link/token/get", answer(sessions(ended(**success))))
    outcome = plaid.log_in(continuation, secret=SECRET)
    assert isinstance(outcome, Accepted)
    assert outcome.secret == SECRET
    assert "/item/public_token/exchange" not in plaid.wire.paths()
    assert len(plaid.kept) == 1
    assert ACCESS.token not in plaid.kept[0].decode()


def test_an_update_that_was_kept_goes_on_with_the_accounts(plaid: Bench) -> None:
    """The owner is not sent to the page a second time after a crash."""
    plaid.wire.play("/link/token/get", answer(sessions(ended(results={"item_add_results": []}))))
    plaid.log_in(out(plaid, updating=True), secret=SECRET)
    seen = len(plaid.wire.sent)
    outcome = plaid.log_in(plaid.kept[0], secret=SECRET)
    assert isinstance(outcome, Accepted)
    assert plaid.wire.paths()[seen:] == ["/accounts/get"]


def test_a_handoff_counts_before_the_session_is_told_as_finished(plaid: Bench) -> None:
    """Link's own last event is proof enough in update mode; the accounts verify it."""
    continuation = out(plaid, updating=True)
    handed = visit(events=[{"event_name": "HANDOFF"}])
    plaid.wire.play("/link/token/get", answer(sessions(handed)))
    assert isinstance(plaid.log_in(continuation, secret=SECRET), Accepted)


def test_an_update_that_did_not_help_is_refused(plaid: Bench) -> None:
    """The item itself says whether it can be read again."""
    continuation = out(plaid, updating=True)
    item = {**recorded("item")["item"], "error": recorded("login_required")}
    plaid.wire.play("/link/token/get", answer(sessions(ended())))
    plaid.wire.play("/accounts/get", answer(recorded("accounts", item=item)))
    outcome = plaid.log_in(continuation, secret=SECRET)
    assert isinstance(outcome, Rejected)
    assert outcome.provider_code == "ITEM_LOGIN_REQUIRED"
    assert outcome.provider_text == "The login details of this bank have changed."


def test_leaving_the_page_changes_nothing(plaid: Bench) -> None:
    """Both shapes of an exit are understood; the owner may try again."""
    for gone in (left(), ended(on_exit={"error": None, "metadata": None})):
        continuation = out(plaid, updating=True)
        plaid.wire.play("/link/token/get", answer(sessions(gone)))
        outcome = plaid.log_in(continuation, secret=SECRET)
        assert isinstance(outcome, Rejected)
        assert outcome.field_messages == {"": refusals.LEFT}
    assert plaid.kept == []


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("INVALID_CREDENTIALS", Reason.CREDENTIALS_REJECTED),
        ("ITEM_LOCKED", Reason.ACCESS_LOCKED),
        ("INVALID_MFA", Reason.SCA_REQUIRED),
        ("INVALID_UPDATED_USERNAME", Reason.SCA_REQUIRED),
        ("USER_SETUP_REQUIRED", Reason.ACTION_AT_BANK),
        ("NO_ACCOUNTS", Reason.ACCESS_NOT_GRANTED),
    ],
)
def test_being_turned_away_says_why(plaid: Bench, code: str, reason: Reason) -> None:
    """An exit with the bank's no is a refusal of this login, with its code and a plain text."""
    plaid.wire.play("/link/token/get", answer(sessions(left(code))))
    outcome = plaid.log_in(out(plaid))
    assert isinstance(outcome, Rejected)
    assert outcome.reason is reason
    assert outcome.provider_code == code
    assert outcome.field_messages[""]


@pytest.mark.parametrize("visits", [[left()], []])
def test_an_item_that_was_repaired_elsewhere_is_accepted(
    plaid: Bench,
    visits: list[dict[str, Any]],
) -> None:
    """Link says nothing of it: a red connection's item is asked before it is refused."""
    red = replace(CONNECTION, status=Status.RED, reason=Reason.CREDENTIALS_REJECTED)
    plaid.wire.play("/link/token/get", answer(sessions(*visits)))
    outcome: Outcome = plaid.log_in(out(plaid, updating=True), SECRET, red)
    while isinstance(outcome, WaitForApp):
        outcome = plaid.log_in(outcome.continuation, SECRET, red)
    assert isinstance(outcome, Accepted)


def test_an_item_that_still_needs_its_owner_is_not_accepted(plaid: Bench) -> None:
    """Leaving the page repairs nothing."""
    red = replace(CONNECTION, status=Status.RED, reason=Reason.CREDENTIALS_REJECTED)
    plaid.wire.play("/link/token/get", answer(sessions(left())))
    plaid.wire.play("/accounts/get", error("ITEM_LOGIN_REQUIRED"))
    outcome = plaid.log_in(out(plaid, updating=True), SECRET, red)
    assert isinstance(outcome, Rejected)
    assert outcome.field_messages == {"": refusals.LEFT}


def test_being_turned_away_by_an_outage_is_no_verdict(plaid: Bench) -> None:
    """The bank has said nothing about the login."""
    plaid.wire.play("/link/token/get", answer(sessions(left("INSTITUTION_DOWN"))))
    with pytest.raises(Temporary):
        plaid.log_in(out(plaid))


def test_an_item_without_error_needs_no_repair(plaid: Bench) -> None:
    """Somebody has repaired it already: accepted, if the accounts can be read."""
    plaid.wire.play("/link/token/get", answer(sessions(left("ITEM_NO_ERROR"))))
    outcome = plaid.log_in(out(plaid, updating=True), secret=SECRET)
    assert isinstance(outcome, Accepted)


def test_a_bank_that_is_not_offered_is_told_as_such(plaid: Bench) -> None:
    """Trying again would not help."""
    gone = left(status="institution_not_supported")
    plaid.wire.play("/link/token/get", answer(sessions(gone)))
    outcome = plaid.log_in(out(plaid))
    assert isinstance(outcome, Rejected)
    assert outcome.reason is Reason.BANK_NOT_SUPPORTED


def test_of_several_visits_the_one_that_worked_counts(plaid: Bench) -> None:
    """Whatever the order in which they are told."""
    worked = ended(2, results={"item_add_results": [{"public_token": "public-sandbox-7"}]})
    for visits in ([left(), worked, visit()], [worked, left()]):
        plaid.wire.play("/link/token/get", answer(sessions(*visits)))
        assert isinstance(plaid.log_in(out(plaid)), Accepted)
        assert plaid.wire.last("/exchange")["public_token"] == "public-sandbox-7"


def test_a_second_visit_under_way_outweighs_a_first_that_was_left(plaid: Bench) -> None:
    """The owner has come back to it: wait."""
    plaid.wire.play("/link/token/get", answer(sessions(left(), visit())))
    assert isinstance(plaid.log_in(out(plaid)), WaitForApp)


@pytest.mark.parametrize("visits", [[], [visit()]])
def test_what_is_not_finished_is_looked_at_again_and_then_shown_again(
    plaid: Bench,
    visits: list[dict[str, Any]],
) -> None:
    """Plaid may lag behind the owner; if he never finished, the same page is offered."""
    plaid.wire.play("/link/token/get", answer(sessions(*visits)))
    continuation = out(plaid)
    for _ in range(LOOKS):
        outcome = plaid.log_in(continuation)
        assert isinstance(outcome, WaitForApp)
        continuation = outcome.continuation
    again = plaid.log_in(continuation)
    assert isinstance(again, Redirect)
    assert again.url == URL
    assert isinstance(plaid.log_in(again.continuation), WaitForApp)


def test_an_expired_page_is_replaced_by_a_new_one(plaid: Bench) -> None:
    """The owner came back too late: he is sent to a page that works."""
    plaid.wire.play("/link/token/get", answer(sessions()))
    continuation = out(plaid)
    outcome = plaid.log_in(continuation, now=NOW + 3600)
    assert isinstance(outcome, Redirect)
    assert plaid.wire.paths().count("/link/token/create") == 2


def test_a_forgotten_link_token_is_replaced(plaid: Bench) -> None:
    """Plaid forgets sessions after some hours."""
    continuation = out(plaid)
    plaid.wire.play("/link/token/get", error("INVALID_LINK_TOKEN", kind="INVALID_INPUT"))
    assert isinstance(plaid.log_in(continuation), Redirect)


def test_no_token_shows_in_a_representation(plaid: Bench) -> None:
    """Whatever is printed of a login under way opens nothing."""
    outcome = plaid.log_in(out(plaid))
    assert ACCESS.token not in repr(outcome)
    assert ACCESS.token not in repr(ACCESS)
    assert "secret-of-ours" not in repr(plaid.adapter._client)
    assert json.loads(SECRET.reveal())["token"] == ACCESS.token
    assert Access.of(SECRET) == ACCESS
