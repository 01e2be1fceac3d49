"""Whom a mail gives a form that opens without a login, and whom it sends to his app instead."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from relink.provider import SyncResult
from tests.fakes import NOON, account
from tests.integration.notify.bench import mails, text_of

if TYPE_CHECKING:
    from tests.integration.notify.bench import Bench

WITHOUT = "without a login"


def mailed(bench: Bench, **facts: Any) -> str:
    """Return the text of the mail about a connection that has turned red."""
    bench.tell(bench.redden(bench.add(**facts)))
    bench.deliver()
    [mail] = mails()
    return text_of(mail)


@pytest.mark.parametrize("login_email", ["", "own_1@example.com", " Own_1@Example.com"])
def test_the_address_that_the_host_app_knows_gets_the_form(bench: Bench, login_email: str) -> None:
    """Or the one that it lets its users have, where its token says none."""
    bench.profile(email="own_1@example.com", login_email=login_email)
    text = mailed(bench, last_success_at=NOON)

    assert (True, True) == ("/reconnect/" in text, WITHOUT in text)


def test_another_address_is_sent_to_the_app(bench: Bench) -> None:
    """Nobody has verified it: what opens a form without a login is not mailed there."""
    bench.profile(email="somebody@elsewhere.example", login_email="own_1@example.com")
    text = mailed(bench, last_success_at=NOON)

    assert (True, False, False) == ("/banks\n" in text, "/reconnect/" in text, WITHOUT in text)


def test_no_mail_leads_to_a_form_that_takes_any_accounts(bench: Bench) -> None:
    """None is known that a login would have to match: it is as a first connect."""
    bench.profile()
    text = mailed(bench, last_success_at=None)

    assert (True, False) == ("/banks\n" in text, "/reconnect/" in text)


def test_a_bank_that_has_never_synced_is_mended_by_its_mail(bench: Bench) -> None:
    """The first yes has told whose accounts they are."""
    bench.profile()
    bench.ledger.store("con_1", SyncResult((account(),)), NOON)

    assert "/reconnect/" in mailed(bench, last_success_at=None)
