"""A consent's life over the wire: given, read, ended, given again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from relink.accounts import match
from relink.failures import NeedsOwner, ProviderError, Temporary
from relink.provider import Accepted, Ask, Presence, Redirect, Rejected
from relink.reasons import Reason
from tests.contract.simulators.client import call

if TYPE_CHECKING:
    from tests.contract.providers.enablebanking.stage import Stage, Synced

DAY = 86_400
OWNER = Presence("192.0.2.7", "Browser/1", {"accept-language": "es-ES"})


def test_a_consent_is_given_read_and_renewed_for_the_same_accounts(stage: Stage) -> None:
    """The whole story: sync, expiry at its hour, red, a new consent, the same accounts."""
    first = stage.consented("fine.acme")
    assert isinstance(first, Accepted)
    found = stage.all(first.secret, presence=OWNER)
    assert 3 == len(found.pages[0].accounts)
    assert first.expires_at == found.pages[0].consent_expires_at

    stage.clock.advance(DAY // 4)
    again = stage.all(first.secret, found.cursor)
    assert again.booked()

    assert first.expires_at is not None
    stage.clock.now = first.expires_at
    with pytest.raises(NeedsOwner) as raised:
        stage.sync(first.secret, again.cursor)
    assert Reason.CONSENT_EXPIRED is raised.value.reason

    renewed = stage.consented("fine.acme")
    assert isinstance(renewed, Accepted)
    uids = [{a.provider_id for a in outcome.accounts} for outcome in (first, renewed)]
    assert uids[0].isdisjoint(uids[1])
    before = match("con_1", first.accounts, ())
    after = match("con_1", renewed.accounts, ())
    assert set(before.values()) == set(after.values())

    filled = stage.all(renewed.secret, again.cursor, OWNER)
    days = [t.booked_on for t in filled.pages[0].added if t.booked_on]
    assert (max(days) - min(days)).days > 170


def test_the_hosted_page_works_as_a_plain_form(stage: Stage) -> None:
    """A browser without scripts can allow it, once."""
    way = stage.sent()
    page = call("GET", way.url)
    assert 200 == page.status
    assert "Caja Solana" in page.text
    form = f"sessionid={way.url.rpartition('=')[2]}&login=fine&decision=approve".encode()
    address = way.url.partition("?")[0]
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = call("POST", address, form, headers=headers)

    assert 303 == answer.status
    assert "code=" in answer.headers["Location"]
    assert 404 == call("POST", address, form, headers=headers).status


def test_a_refusal_at_the_bank_leaves_the_old_consent_alone(stage: Stage) -> None:
    """Nothing was given, nothing is taken: the old session still opens the accounts."""
    old = stage.secret("fine.acme")
    way = stage.sent()
    outcome = stage.step(stage.back(way, "fine.acme", "deny"), way.continuation)

    assert isinstance(outcome, Rejected)
    assert Reason.ACCESS_NOT_GRANTED is outcome.reason
    assert 3 == len(stage.sync(old).accounts)


def test_a_new_consent_leaves_the_old_one_alone(stage: Stage) -> None:
    """It stays until the new one has been put in its place, which is not the adapter's to do."""
    old = stage.secret("fine.acme")
    stage.secret("fine.acme")

    assert 3 == len(stage.sync(old).accounts)


def test_a_code_is_spent_once(stage: Stage) -> None:
    """The kept session answers a second try; a second spending sends the owner there again."""
    way = stage.sent()
    answers = stage.back(way, "fine.acme")
    first = stage.step(answers, way.continuation)
    kept = stage.step(answers, stage.kept[-1])
    spent = stage.step(answers, way.continuation)

    assert first == kept
    assert isinstance(spent, Redirect)
    assert 1 == stage.calls("fine.acme")["sessions.create"]


def test_a_code_that_lay_too_long_is_refused(stage: Stage) -> None:
    """Ten minutes, and the owner has to start again."""
    way = stage.sent()
    answers = stage.back(way, "fine.acme")
    stage.clock.advance(601)
    outcome = stage.step(answers, way.continuation)

    assert isinstance(outcome, Rejected)
    assert "EXPIRED_AUTHORIZATION_CODE" == outcome.provider_code


def test_a_lost_answer_is_no_verdict_and_the_next_way_works(stage: Stage) -> None:
    """The code may have been spent: it is not sent again, and a new consent is asked for."""
    stage.trouble("fine.acme", "answer-lost")
    with pytest.raises(Temporary):
        stage.consented("fine.acme")

    assert isinstance(stage.consented("fine.acme"), Accepted)


def test_a_bank_that_wants_a_company_id_gets_it_checked(stage: Stage) -> None:
    """Asked for, sent along, and a wrong one is refused before anybody is sent anywhere."""
    asked = stage.step({}, bank="lindental")
    assert isinstance(asked, Ask)
    wrong = stage.step({"companyId": "123"}, asked.continuation, "lindental")
    assert isinstance(wrong, Rejected)
    assert "123" not in repr(wrong)

    assert isinstance(stage.consented("fine.acme", "lindental"), Accepted)


def test_the_banks_trouble_on_its_page_is_orange(stage: Stage) -> None:
    """Its own failure is not the owner's no."""
    stage.trouble("fine.acme", "bank-page-fails")

    with pytest.raises(Temporary) as raised:
        stage.consented("fine.acme")
    assert Reason.BANK_UNAVAILABLE is raised.value.reason


def test_other_accounts_share_no_identity(stage: Stage) -> None:
    """Another customer's login cannot be taken for this one's."""
    first = stage.consented("fine.acme")
    stage.trouble("fine.acme", "other-accounts")
    other = stage.consented("fine.acme")

    assert isinstance(first, Accepted)
    assert isinstance(other, Accepted)
    assert {i for a in first.accounts for i in a.identities}.isdisjoint(
        {i for a in other.accounts for i in a.identities}
    )


def test_a_consent_to_nothing_is_refused(stage: Stage) -> None:
    """It does not replace one that opens something."""
    stage.trouble("fine.acme", "no-accounts")

    assert isinstance(stage.consented("fine.acme"), Rejected)


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("expired", Reason.CONSENT_EXPIRED),
        ("revoked", Reason.CONSENT_REVOKED),
        ("closed", Reason.CONNECTION_GONE),
    ],
)
def test_a_session_that_ends_is_red_until_a_new_one(
    stage: Stage, kind: str, reason: Reason
) -> None:
    """Whatever ended it, a new consent mends it."""
    secret = stage.secret("fine.acme")
    stage.trouble("fine.acme", kind)
    with pytest.raises(NeedsOwner) as raised:
        stage.sync(secret)
    assert reason is raised.value.reason

    assert 3 == len(stage.sync(stage.secret("fine.acme")).accounts)
    with pytest.raises(NeedsOwner):
        stage.sync(secret)


def test_a_disconnect_closes_the_consent(stage: Stage) -> None:
    """Afterwards the session opens nothing, and a second disconnect is none."""
    secret = stage.secret("fine.acme")
    for _ in range(2):
        stage.adapter.disconnect(stage.connection(), secret)

    with pytest.raises(NeedsOwner):
        stage.sync(secret)


def test_a_session_that_nobody_keeps_can_be_ended(stage: Stage) -> None:
    """Once its code is exchanged it lies in the continuation; before that there is none."""
    way = stage.sent()
    assert stage.adapter.obtained(way.continuation) is None
    accepted = stage.step(stage.back(way, "fine.acme"), way.continuation)
    assert isinstance(accepted, Accepted)
    left = stage.adapter.obtained(stage.kept[-1])
    assert accepted.secret == left
    stage.adapter.disconnect(stage.connection(), accepted.secret)

    with pytest.raises(NeedsOwner):
        stage.sync(accepted.secret)


def test_four_unattended_reads_a_day_and_as_many_attended_as_wanted(stage: Stage) -> None:
    """The fifth is refused until midnight; the owner's own is not counted."""
    secret = stage.secret("fine.acme")
    cursor = stage.all(secret, presence=OWNER).cursor
    for _ in range(4):
        stage.all(secret, cursor)
        stage.clock.advance(60)
    with pytest.raises(Temporary) as raised:
        stage.sync(secret, cursor)

    assert Reason.RATE_LIMITED is raised.value.reason
    assert raised.value.retry_at is not None
    assert 0 == raised.value.retry_at % DAY
    assert 3 == len(stage.sync(secret, cursor, OWNER).accounts)


def test_a_banks_required_headers_are_all_sent_or_none(stage: Stage) -> None:
    """A bank that wants them gets them with the owner's sync, and serves the others without."""
    secret = stage.secret("fine.acme", "rivage")

    assert {} == stage.sync(secret, presence=OWNER).account_errors
    assert {} == stage.sync(secret).account_errors


def test_pages_bring_what_one_page_would(stage: Stage) -> None:
    """However long the pages are, the same movements arrive."""
    secret = stage.secret("fine.acme")
    whole = stage.all(secret, presence=OWNER)
    stage.simulators.control("POST", "/enablebanking/settings", page_size=7)
    paged = stage.all(secret, presence=OWNER)

    assert len(paged.pages) > 1
    assert whole.booked() == paged.booked()
    assert whole.pending() == paged.pending()
    assert whole.cursor == paged.cursor


def test_months_of_syncs_make_no_doubles_and_no_gaps(stage: Stage) -> None:
    """What came bit by bit is what comes at once, with references and without."""
    for login in ("fine.acme", "no-references-at-once.acme"):
        secret = stage.secret(login)
        found = stage.all(secret, presence=OWNER)
        booked, cursor = _ids(found), found.cursor
        for _ in range(12):
            stage.clock.advance(5 * DAY)
            found = stage.all(secret, cursor)
            booked |= _ids(found)
            cursor = found.cursor

        assert _ids(stage.all(stage.secret(login), presence=OWNER)) == booked


def test_an_outage_at_the_bank_heals(stage: Stage) -> None:
    """Orange while it lasts, and nothing is left of it."""
    secret = stage.secret("fine.acme")
    stage.simulators.control("POST", "/outage", bank="solana", on=True)
    with pytest.raises(Temporary) as raised:
        stage.sync(secret, presence=OWNER)
    assert Reason.BANK_UNAVAILABLE is raised.value.reason
    stage.simulators.control("POST", "/outage", bank="solana", on=False)

    assert 3 == len(stage.sync(secret, presence=OWNER).accounts)


def test_a_service_that_cannot_be_reached_was_not_reached(stage: Stage) -> None:
    """Nobody listens: the call was not made, and may be made again."""
    secret = stage.secret("fine.acme")
    stage.adapter._client.root = "http://127.0.0.1:1"

    with pytest.raises(ProviderError) as raised:
        stage.sync(secret)
    assert not raised.value.reached


def _ids(found: Synced) -> set[str]:
    return {name for _, name in found.booked()}
