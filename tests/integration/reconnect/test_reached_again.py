"""How an owner whom mail did not reach is reached again, and told of trouble."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from relink.addresses import Trouble
from relink.queues import DigestMessage
from tests.fakes import NOON
from tests.integration.reconnect.bench import drain, queued
from tests.integration.reconnect.profiles import put

if TYPE_CHECKING:
    from tests.integration.reconnect.bench import Bench


class TestReachedAgain:
    """What was held back because he could not be told, or not then, is looked at anew at once."""

    @pytest.mark.parametrize(
        "change",
        [
            {"email": "new@example.com"},
            {"mail": True},
            {"push": False},
            {"quiet_hours": None},
            {"quiet_hours": {"from": "23:00", "until": "08:00"}},
            {"time_zone": "Asia/Tokyo"},
            {"mail_works": True},
        ],
    )
    def test_a_change_of_how_or_when_he_is_reached(
        self, bench: Bench, change: dict[str, Any]
    ) -> None:
        """Notify decides what is due of it; a message too many does nothing."""
        bench.profile(mail=False)

        assert 200 == put(bench, **change).status
        assert [DigestMessage("own_1")] == queued("notices")

        drain("notices")
        put(bench, **change)
        expected = [DigestMessage("own_1")] if "mail_works" in change else []
        assert expected == queued("notices")

    @pytest.mark.parametrize(
        "change",
        [{"language": "es"}, {"reminders": False}, {"works_again": True}, {"mail": True}],
    )
    def test_nothing_else_wakes_anybody(self, bench: Bench, change: dict[str, Any]) -> None:
        """Nor does what is said once more."""
        bench.profile()

        assert 200 == put(bench, **change).status
        assert [] == queued("notices")

    def test_an_owner_whom_nobody_knew(self, bench: Bench) -> None:
        """His notices have waited for this."""
        put(bench, language="en")

        assert [DigestMessage("own_1")] == queued("notices")


class TestTrouble:
    """What SES has told of an address."""

    def test_he_sees_that_mail_does_not_reach_him(self, bench: Bench) -> None:
        """Why, and since when; not that of an address which he has no more."""
        bench.profile()
        bench.services.addresses.mark("own_1@example.com", Trouble.BOUNCED, NOON)
        expected = {"trouble": "bounced", "since": "2026-01-01T12:00:00Z"}

        assert expected == bench.api("GET", "/profile").json["mail_trouble"]
        assert put(bench, email="new@example.com").json["mail_trouble"] is None

    def test_he_may_say_that_mail_works_again(self, bench: Bench) -> None:
        """The mark is gone, for the address that he has from now on."""
        bench.profile()
        for email in ("own_1@example.com", "new@example.com"):
            bench.services.addresses.mark(email, Trouble.BOUNCED, NOON)

        answer = put(bench, email="new@example.com", mail_works=True)

        assert answer.json["mail_trouble"] is None
        assert bench.services.addresses.standing("new@example.com", NOON) is None
        assert bench.services.addresses.standing("own_1@example.com", NOON) is not None

    def test_a_complaint_is_not_taken_back_by_naming_its_address(self, bench: Bench) -> None:
        """Whoever names an address need not be who reads its mail, and wants no more of ours."""
        bench.profile()
        bench.services.addresses.mark("bea@example.com", Trouble.COMPLAINED, NOON)

        answer = put(bench, email="bea@example.com", mail_works=True)
        put(bench, email="own_1@example.com", mail_works=True)

        assert "complained" == answer.json["mail_trouble"]["trouble"]
        kept = bench.services.addresses.standing("bea@example.com", NOON)
        assert Trouble.COMPLAINED == (kept and kept.trouble)

    def test_without_an_address_there_is_nothing_to_forgive(self, bench: Bench) -> None:
        """And nothing is amiss."""
        bench.profile(email="")

        answer = put(bench, mail_works=True)

        assert (200, None) == (answer.status, answer.json["mail_trouble"])
