"""A visit's pages: how often the bank is called, what is stored, and what they say together."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from relink.bank_accounts import identity
from relink.failures import NeedsOwner, Temporary
from relink.ledger_items import digest
from relink.provider import SyncResult
from relink.reasons import Reason, Scope, Status
from sync.visits.fetching import PAGES
from tests.fakes import NOON, account
from tests.unit.sync.bench import MINUTES, Desk, Shelf, claimed

if TYPE_CHECKING:
    from relink.connection import Connection
    from relink.provider import Call

UNREACHED = Temporary(Reason.NOT_REACHED, scope=Scope.PROVIDER, reached=False)
CALM = SyncResult(accounts=(account(),), next_cursor="end")


def page(number: int, **facts: object) -> SyncResult:
    """Return a page that is not the last one."""
    return replace(CALM, next_cursor=f"c{number}", has_more=True, **facts)  # type: ignore[arg-type]


def test_pages_are_fetched_from_where_the_last_one_ended() -> None:
    """Each page is stored before the next is asked for; the last one settles."""
    desk = Desk().play(page(1), page(2), CALM)
    told = desk.visit(cursor="c0")

    assert [c.cursor for c in desk.provider.calls] == ["c0", "c1", "c2"]
    assert desk.ledger.pages == [page(1), page(2), CALM]
    assert (told.after.status, told.after.lease) == (Status.GREEN, "")


def test_a_cursor_that_was_not_read_is_read() -> None:
    """Not knowing it is not having none: that would fetch everything again."""
    desk = Desk().play(CALM)
    desk.ledger.cursors["con_1"] = "c7"
    desk.visit(cursor=None)

    assert desk.provider.calls[0].cursor == "c7"


def test_a_call_that_reached_nobody_is_made_once_more() -> None:
    """Law 5: one retry, and only if the bank was provably not reached."""
    desk = Desk().play(UNREACHED, CALM)

    assert desk.visit().after.status is Status.GREEN
    assert len(desk.provider.calls) == 2
    assert desk.shelf.stored.calls == (NOON, 9, 8, 7)


def test_a_second_page_does_not_bring_a_second_retry() -> None:
    """One retry at most in a cycle, not one a page."""
    desk = Desk().play(UNREACHED, page(1), UNREACHED, CALM)
    desk.visit()

    assert len(desk.provider.calls) == 3
    assert desk.shelf.stored.status is Status.ORANGE


def test_a_call_is_not_given_back_once_a_page_has_come() -> None:
    """Law 5: the bank was reached in this visit, whatever became of its later pages."""
    desk = Desk().play(page(1), UNREACHED)
    desk.visit()

    assert desk.shelf.stored.calls == (NOON, 9, 8, 7)
    assert desk.shelf.stored.reason is Reason.NOT_REACHED


def test_a_call_that_never_reached_the_bank_is_given_back() -> None:
    """Neither of the two tries got through."""
    desk = Desk().play(UNREACHED)
    desk.visit()

    assert (len(desk.provider.calls), desk.shelf.stored.calls) == (2, (9, 8, 7, 0))


def test_an_attended_call_gives_nothing_back() -> None:
    """It was not taken from the day's four."""
    desk = Desk().play(UNREACHED)
    desk.visit(counted=False)

    assert desk.shelf.stored.calls == (NOON, 9, 8, 7)


@pytest.mark.parametrize("cursor", ["", "c1"])
def test_pages_that_lead_nowhere_end_the_visit(cursor: str) -> None:
    """A bank that always has more of the same is not asked two hundred times."""
    desk = Desk().play(replace(CALM, next_cursor=cursor, has_more=True))
    told = desk.visit(cursor="c1")

    assert len(desk.provider.calls) == 1
    assert (told.after.status, told.after.reason) == (Status.ORANGE, Reason.BAD_ANSWER)


def test_what_time_does_not_allow_is_left_to_the_next_cycle() -> None:
    """The pages so far are stored and the cursor stands: orange, and it goes on from there."""
    desk = Desk()
    real = desk.provider.sync

    def slow(connection: Connection, call: Call) -> SyncResult:
        desk.clock.advance(MINUTES // 2)
        return real(connection, call)

    desk.provider.sync = slow  # type: ignore[method-assign]
    told = desk.play(page(1), page(2), page(3)).visit()

    assert (told.after.status, told.after.reason) == (Status.ORANGE, Reason.DATA_PENDING)
    assert desk.ledger.cursors["con_1"] == "c2"


def test_a_visit_ends_after_so_many_pages() -> None:
    """Without end there is an end."""
    desk = Desk().play(*[page(n) for n in range(PAGES + 5)])

    assert desk.visit().after.reason is Reason.DATA_PENDING
    assert len(desk.provider.calls) == PAGES


def test_an_unchanged_answer_is_not_stored_again() -> None:
    """The digest of what the Ledger holds for sure is all that is needed."""
    desk = Desk().play(CALM)
    told = desk.visit(known=digest(CALM))

    assert desk.ledger.pages == []
    assert (told.after.status, told.after.digest) == (Status.GREEN, digest(CALM))


def test_an_answer_of_several_pages_has_no_digest() -> None:
    """No single page tells all that the Ledger holds."""
    desk = Desk().play(page(1), CALM)

    assert desk.visit(known=digest(CALM)).after.digest == ""


def test_the_digest_follows_what_was_stored_even_in_trouble() -> None:
    """Data came with a complaint: the data are stored, the colour follows the complaint."""
    ill = replace(CALM, trouble=Temporary(Reason.BANK_UNAVAILABLE, scope=Scope.PROVIDER))
    desk = Desk().play(ill)
    told = desk.visit(known="another")

    assert (told.after.status, told.after.digest) == (Status.ORANGE, digest(ill))
    assert desk.ledger.pages == [ill]


def test_a_failure_before_anything_was_stored_keeps_the_digest() -> None:
    """The Ledger holds what it held."""
    desk = Desk().play(Temporary(Reason.BANK_UNAVAILABLE))

    assert desk.visit(known="held").after.digest == "held"


def test_complaints_and_troubles_of_all_pages_count() -> None:
    """Each page may speak of other accounts; the last one is not the whole truth."""
    first, second = account("One", "1"), account("Two", "2")
    ill = Temporary(Reason.ACCOUNT_UNAVAILABLE, scope=Scope.ACCOUNT)
    desk = Desk().play(
        page(1, accounts=(first,), account_errors={"1": ill}, consent_expires_at=NOON + 9),
        replace(CALM, accounts=(second,)),
    )
    told = desk.visit()

    assert (told.accounts, list(told.after.troubles.values())) == (2, ["account_unavailable"])
    assert told.after.consent_expires_at == NOON + 9


def test_a_complaint_of_an_early_page_is_not_forgotten() -> None:
    """All data are stored first; then the colour follows the complaint."""
    down = Temporary(Reason.BANK_UNAVAILABLE, scope=Scope.PROVIDER)
    desk = Desk().play(page(1, trouble=down), CALM)
    told = desk.visit()

    assert (told.after.status, told.after.reason) == (Status.ORANGE, Reason.BANK_UNAVAILABLE)
    assert len(desk.ledger.pages) == 2


def test_what_the_owner_must_mend_goes_before_what_waits() -> None:
    """Of several complaints the one that only the owner can end is told."""
    down = Temporary(Reason.BANK_UNAVAILABLE, scope=Scope.PROVIDER)
    gone = NeedsOwner(Reason.CONSENT_REVOKED)
    desk = Desk().play(page(1, trouble=down), replace(CALM, trouble=gone))

    assert desk.visit().after.reason is Reason.CONSENT_REVOKED


@pytest.mark.parametrize("name", ["", "unlisted", "x" * 5_000])
def test_a_trouble_of_an_account_that_was_not_listed_is_no_attribute(name: str) -> None:
    """DynamoDB has no empty names in a map, and a bank's ids are not ours to keep there."""
    ill = Temporary(Reason.ACCOUNT_UNAVAILABLE, scope=Scope.ACCOUNT)
    desk = Desk().play(replace(CALM, account_errors={name: ill}))
    told = desk.visit()

    assert (told.after.status, dict(told.after.troubles)) == (Status.GREEN, {})


@pytest.mark.parametrize("reason", [r for r in Reason if r.status is Status.RED])
def test_a_fault_of_ours_is_never_red(reason: Reason) -> None:
    """Law 2, for faults in the adapter, in our store and in what joins them."""
    faults = [RuntimeError(reason.value), KeyError(reason.value), ZeroDivisionError()]
    for fault in faults:
        assert Desk().play(fault).visit().after.status is Status.ORANGE
        desk = Desk().play(CALM)
        desk.ledger.fault = fault
        told = desk.visit()
        assert (told.after.reason, told.after.scope) == (Reason.INTERNAL, Scope.OPERATOR)
        assert told.after.calls == (NOON, 9, 8, 7)


def test_an_account_that_cannot_be_named_harms_no_other() -> None:
    """An adapter that knows no identity of an account still tells of it."""
    nameless = replace(account("Two", "2"), identities=())
    desk = Desk().play(replace(CALM, accounts=(account(), nameless)))

    assert desk.visit().accounts == 2


def test_red_is_not_repainted_by_an_attended_call_that_fails() -> None:
    """Law 4: what only the owner can end is not ended by a timeout."""
    red = claimed(status=Status.RED, reason=Reason.CONSENT_EXPIRED, red_since=NOON - 60)
    desk = Desk(shelf=Shelf(red)).play(Temporary(Reason.BANK_UNAVAILABLE))
    told = desk.visit(counted=False)

    assert (told.after.status, told.after.red_since) == (Status.RED, NOON - 60)
    assert told.after.lease == ""


def test_the_owners_time_of_waiting_is_back_filled() -> None:
    """Without a cursor, movements are wanted from the last success on."""
    desk = Desk(shelf=Shelf(claimed(last_success_at=NOON - 86_400))).play(CALM)
    desk.visit()

    assert desk.provider.calls[0].since == NOON - 86_400


def test_accounts_are_named_by_our_ids_in_the_item() -> None:
    """A bank's own account number is in no connection item, and in no stream record of one."""
    number = "ES9121000418450200051332"
    shown = replace(account("One", number), identities=(identity("iban", number),))
    ill = Temporary(Reason.ACCOUNT_UNAVAILABLE, scope=Scope.ACCOUNT)
    desk = Desk().play(replace(CALM, accounts=(shown,), account_errors={number: ill}))

    assert number not in repr(desk.visit().after)
