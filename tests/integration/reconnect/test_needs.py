"""What a connection needs of its owner decides what his link shows."""

from __future__ import annotations

from relink.attempt import State
from relink.reasons import Reason, Status
from tests.integration.reconnect.bench import Bench, queued

LOST = {"acc_1": "access_not_granted", "acc_2": "bank_unavailable"}
GREEN = {"status": Status.GREEN, "reason": None, "red_since": None}


def test_a_bank_that_is_no_longer_offered_asks_for_nothing(bench: Bench) -> None:
    """No form could mend it: the page names the way that can."""
    made = bench.add(reason=Reason.BANK_NOT_SUPPORTED, provider_text="Retired")
    path = bench.link(made)

    pages = [bench.get(path), bench.submit(path)]

    for page in pages:
        assert (410, "Connect Banco de la Ría in the other way") == (page.status, page.title)
        assert "<form" not in page.body
        assert "Open the Banks section in Relink" in page.body
        assert "Retired" in page.body
    assert [] == bench.attempts()
    assert [] == queued()


def test_an_attempt_under_way_at_such_a_bank_ends_first(bench: Bench) -> None:
    """Somebody has begun: what the bank says to it counts more."""
    path = bench.link(bench.add())
    bench.submit(path)
    bench.change(reason=Reason.BANK_NOT_SUPPORTED)

    assert 303 == bench.get(path).status
    bench.worker(State.REJECTED, reason="bank_not_supported", messages={"": "Closed."})
    assert 410 == bench.get(path).status


def test_an_account_that_needs_its_owner_opens_the_form(bench: Bench) -> None:
    """The others go on syncing, and the link of a green connection is no dead end."""
    bench.know("Savings")
    bench.know("Shared", "acc_2")
    path = bench.link(bench.add(troubles=LOST, **GREEN))

    page = bench.get(path)

    assert (200, "Reconnect Banco de la Ría") == (page.status, page.title)
    assert "<strong>Savings</strong>: The bank did not give access to the accounts." in page.body
    assert "One account needs you:" in page.body
    assert Reason.ACCESS_NOT_GRANTED.explanation.instruction in page.body
    assert "Shared" not in page.body
    assert 303 == bench.submit(path).status


def test_an_account_that_waiting_mends_asks_nobody(bench: Bench) -> None:
    """Orange is not the owner's business."""
    bench.know("Shared", "acc_2")
    troubles = {"acc_2": "bank_unavailable", "acc_3": "eaten_by_dog"}
    path = bench.link(bench.add(troubles=troubles, **GREEN))

    assert "Already fixed" == bench.get(path).title


def test_what_an_account_still_needs_is_said_at_the_end(bench: Bench) -> None:
    """The bank said yes, but not to everything."""
    bench.know("Savings")
    path = bench.link(bench.add(troubles=LOST, **GREEN))
    bench.submit(path)
    bench.worker(State.DONE, accounts=2)
    bench.change(credentials_version=2)

    page = bench.get(f"{path}/status")

    assert page.title.startswith("Reconnected: 2 accounts")
    assert "<strong>Savings</strong>" in page.body
    assert "There is nothing more to do" not in page.body
    used = bench.get(path)
    assert (410, "This link has been used") == (used.status, used.title)
    assert "<strong>Savings</strong>" in used.body
    assert f'action="{path}/fresh"' in used.body
