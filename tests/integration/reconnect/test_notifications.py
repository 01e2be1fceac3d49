"""What an owner is shown above everything else: only while it is true, until he puts it away."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from relink.addresses import Trouble
from relink.clock import DAY
from relink.notices import Topic
from relink.reasons import Reason, Status
from tests.fakes import NOON
from tests.integration.reconnect.banners import COLLEAGUE, STRANGER, kinds, shown

if TYPE_CHECKING:
    from tests.integration.reconnect.bench import Bench


class TestRed:
    def test_a_red_bank_is_told_with_all_that_its_owner_needs(self, bench: Bench) -> None:
        """Which bank, why, since when, and what to do."""
        made = bench.add(provider_text="Kein Zugang")
        told = bench.notice(made)

        [one] = shown(bench)

        reason = Reason.CREDENTIALS_REJECTED.explanation
        assert {
            "notification_id": f"red.con_1.{made.red_since}",
            "kind": "reconnect",
            "level": "primary",
            "connection_id": "con_1",
            "connection_ids": ["con_1"],
            "bank_name": "Banco de la Ría",
            "bank_names": ["Banco de la Ría"],
            "text": reason.text,
            "instruction": reason.instruction,
            "reason": {
                "code": "credentials_rejected",
                "status": "red",
                "text": reason.text,
                "instruction": reason.instruction,
                "bank_text": "Kein Zugang",
            },
            "red_since": "2026-01-01T11:59:00Z",
            "since": "2026-01-01T11:59:00Z",
            "created_at": "2026-01-01T12:00:00Z",
        } == one
        assert told.notice_id == one["notification_id"]

    def test_it_shows_while_its_incident_lasts(self, bench: Bench) -> None:
        """No ghost of one that is over, another workspace's, or of a connection that is gone."""
        made = bench.add()
        bench.notice(made)
        bench.notice(made, moment=NOON - 9000)
        bench.notice(replace(made, connection_id="con_gone"))
        bench.notice(bench.add(connection_id="con_2", workspace_id="ws_2"))
        bench.notice(bench.green(connection_id="con_3"), moment=made.red_since)
        cleared = bench.add(connection_id="con_4")
        bench.notice(cleared, cleared_at=NOON)

        assert ["con_1"] == [n["connection_id"] for n in shown(bench)]
        assert [] == shown(bench, COLLEAGUE)
        assert [] == shown(bench, STRANGER)

        bench.change(status=Status.GREEN, reason=None, red_since=None)
        assert [] == shown(bench)

    def test_one_account_that_needs_him_is_enough(self, bench: Bench) -> None:
        """The connection is green, the incident is the account's."""
        lost = {"acc_1": "access_not_granted"}
        bench.notice(bench.green(troubles=lost, accounts_red_since=NOON - 60))

        [one] = shown(bench)

        assert ("primary", "access_not_granted") == (one["level"], one["reason"]["code"])
        assert "2026-01-01T11:59:00Z" == one["red_since"]


class TestExpiring:
    def test_a_consent_that_ends_soon_is_told_less_loudly(self, bench: Bench) -> None:
        """With its end, and the days of the reader's calendar that are left."""
        bench.profile(time_zone="Europe/Madrid", language="es")
        ends = NOON + 6 * DAY + 11 * 3600 + 1800
        bench.notice(bench.green(consent_expires_at=ends), Topic.EXPIRING)

        [one] = shown(bench)

        assert ("expiring", "secondary", f"expiring.con_1.{ends}", 7) == (
            one["kind"],
            one["level"],
            one["notification_id"],
            one["days_left"],
        )
        assert "2026-01-07T23:30:00Z" == one["consent_expires_at"]
        assert "Banco de la Ría" in one["text"]
        assert "8 de enero de 2026" in one["text"]
        assert ["con_1"] == one["connection_ids"]

    def test_it_is_over_once_the_consent_is_renewed(self, bench: Bench) -> None:
        """Or once the bank refuses us: then there is something to do at once."""
        made = bench.green(consent_expires_at=NOON + DAY)
        bench.notice(made, Topic.EXPIRING)
        assert ["expiring"] == kinds(bench)

        bench.change(status=Status.RED, reason=Reason.CONSENT_EXPIRED, red_since=NOON)
        assert [] == kinds(bench)

        bench.change(
            status=Status.GREEN, reason=None, red_since=None, consent_expires_at=NOON + 180 * DAY
        )
        assert [] == kinds(bench)

    def test_it_begins_a_fortnight_before_and_not_earlier(self, bench: Bench) -> None:
        """Whatever was stored early for the sake of zones that are ahead."""
        bench.notice(bench.green(consent_expires_at=NOON + 15 * DAY), Topic.EXPIRING)
        assert [] == kinds(bench)

        bench.clock.advance(DAY)
        assert [14] == [n["days_left"] for n in shown(bench)]

    def test_one_that_has_passed_says_so_until_the_bank_refuses_us(self, bench: Bench) -> None:
        """Some banks go on for a while."""
        bench.notice(bench.green(consent_expires_at=NOON - DAY), Topic.EXPIRING)

        [one] = shown(bench)

        assert 0 == one["days_left"]
        told = "The permission to read Banco de la Ría ended on 31 December 2025."
        assert told == one["text"]


class TestAddresses:
    def test_an_owner_whom_mail_does_not_reach_is_told(self, bench: Bench) -> None:
        """He sees which address, and what he can do; it goes when he has done it."""
        bench.profile()
        bench.services.addresses.mark("own_1@example.com", Trouble.BOUNCED, NOON - 60)

        [one] = shown(bench)

        assert ("mail_unreachable", "primary", "own_1", "bounced") == (
            one["kind"],
            one["level"],
            one["owner_id"],
            one["trouble"],
        )
        assert "Mail to own_1@example.com does not arrive." == one["text"]
        assert "2026-01-01T11:59:00Z" == one["since"]

        bench.api("PUT", "/profile", {"mail_works": True})
        assert [] == shown(bench)

    def test_who_reported_us_as_spam_is_told_why_nothing_comes(self, bench: Bench) -> None:
        """In other words: the mail did arrive."""
        bench.profile()
        bench.services.addresses.mark("own_1@example.com", Trouble.COMPLAINED, NOON)

        [one] = shown(bench)
        assert "reported as spam" in one["text"]
        assert "Enter another address in your settings." == one["instruction"]

    @pytest.mark.parametrize("facts", [{"mail": False}, {"email": ""}, {"email": "x@example.com"}])
    def test_an_address_that_is_not_written_to_is_nobodys_trouble(
        self, bench: Bench, facts: dict[str, Any]
    ) -> None:
        """He wants no mail, has no address, or another one."""
        bench.profile(**facts)
        bench.services.addresses.mark("own_1@example.com", Trouble.BOUNCED, NOON)

        assert [] == shown(bench)

    def test_a_delay_is_no_notification(self, bench: Bench) -> None:
        """It is still under way."""
        bench.profile()
        bench.services.addresses.mark("own_1@example.com", Trouble.DELAYED, NOON)

        assert [] == shown(bench)

    def test_colleagues_are_told_whose_banks_wait_unheard(self, bench: Bench) -> None:
        """While one of them is red or about to end; his address stays his own."""
        bench.profile()
        bench.services.addresses.mark("own_1@example.com", Trouble.BOUNCED, NOON)
        bench.green()
        assert [] == shown(bench, COLLEAGUE)

        bench.change(status=Status.RED, reason=Reason.CONSENT_EXPIRED, red_since=NOON)
        [one] = shown(bench, COLLEAGUE)
        assert ("mail_unreachable", "primary", "own_1") == (
            one["kind"],
            one["level"],
            one["owner_id"],
        )
        assert (["con_1"], ["Banco de la Ría"]) == (one["connection_ids"], one["bank_names"])
        told = "Mail does not reach the person who connected Banco de la Ría."
        assert told == one["text"]
        assert "example.com" not in str(one)

        bench.change(
            status=Status.GREEN, reason=None, red_since=None, consent_expires_at=NOON + DAY
        )
        assert ["mail_unreachable"] == kinds(bench, COLLEAGUE)
        assert [] == shown(bench, STRANGER)


def test_the_loudest_come_first(bench: Bench) -> None:
    """An owner who reads one line only reads the one that needs him now."""
    bench.profile()
    bench.services.addresses.mark("own_1@example.com", Trouble.BOUNCED, NOON)
    bench.notice(bench.green(connection_id="con_0", consent_expires_at=NOON + DAY), Topic.EXPIRING)
    bench.notice(bench.add())

    assert ["reconnect", "mail_unreachable", "expiring"] == kinds(bench)
    levels = [n["level"] for n in shown(bench)]
    assert ["primary", "primary", "secondary"] == levels


def test_many_banks_take_no_more_requests_than_one(bench: Bench) -> None:
    """The list is asked for with each page of the host app."""
    calls: Counter[str] = Counter()
    client = bench.services._dynamodb
    client.meta.events.register("before-call.*.*", lambda model, **_: calls.update([model.name]))

    def counted() -> Counter[str]:
        calls.clear()
        shown(bench)
        return calls.copy()

    bench.profile()
    bench.notice(bench.add(connection_id="con_0"))
    few = counted()
    for number in range(1, 41):
        owner = f"own_{number}" if number % 2 else "own_1"
        if owner != "own_1":
            bench.profile(owner_id=owner, email=f"{owner}@example.com")
        bench.notice(bench.add(connection_id=f"con_{number}", owner_id=owner))

    assert few == counted()
    assert sum(few.values()) <= 6
