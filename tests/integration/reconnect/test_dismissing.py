"""What an owner puts away stays away, for him alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import boto3
import pytest

from relink.clock import DAY
from relink.notices import Topic
from tests.fakes import NOON
from tests.integration.reconnect.banners import COLLEAGUE, STRANGER, kinds

if TYPE_CHECKING:
    from tests.integration.reconnect.bench import Bench


def dismiss(bench: Bench, name: str, claims: dict[str, str] | None = None) -> tuple[int, str]:
    """Put a notification away; return the status and the kind of problem."""
    path = f"/notifications/{name}/dismiss"
    answer = bench.api("POST", path, **({"claims": claims} if claims else {}))
    return answer.status, answer.json["type"].rpartition(":")[2] if answer.body else ""


class TestDismissing:
    def test_what_he_has_put_away_is_not_shown_again(self, bench: Bench) -> None:
        """Twice is as good as once, and others stay."""
        red = bench.notice(bench.add())
        ending = bench.green(connection_id="con_2", consent_expires_at=NOON + DAY)
        soon = bench.notice(ending, Topic.EXPIRING)
        assert ["reconnect", "expiring"] == kinds(bench)

        assert (204, "") == dismiss(bench, red.notice_id)
        assert ["expiring"] == kinds(bench)
        bench.clock.advance(60)
        assert (204, "") == dismiss(bench, red.notice_id)
        assert (204, "") == dismiss(bench, soon.notice_id)

        assert [] == kinds(bench)
        at = {n.notice_id: n.dismissed_at for n in bench.services.notices.of("own_1")}
        assert {red.notice_id: NOON, soon.notice_id: NOON + 60} == at

    def test_nobody_puts_away_what_is_anothers(self, bench: Bench) -> None:
        """Not even in the same workspace: it is still his to do."""
        name = bench.notice(bench.add()).notice_id

        for claims in (COLLEAGUE, STRANGER):
            assert (404, "not-found") == dismiss(bench, name, claims)

        assert ["reconnect"] == kinds(bench)
        assert [] == bench.services.notices.of("own_3")

    @pytest.mark.parametrize(
        "name",
        [
            "red",
            "red.con_1",
            "red.con_1.",
            "red..1",
            "red.con_1.1",
            "red.con_1.-1",
            "red.con_1.0x1",
            "red.con_1.٣",
            "red.con_1." + "9" * 5000,
            "red." + "x" * 300 + ".1",
            "red." + "ñ" * 200 + ".1",
            "green.con_1.1",
            "profile",
            "%00",
            "$where",
        ],
    )
    def test_nonsense_names_nothing(self, bench: Bench, name: str) -> None:
        """Whatever stands in the address."""
        bench.profile()
        before = boto3.client("dynamodb").scan(TableName="OwnersTable")["Items"]

        assert (404, "not-found") == dismiss(bench, name)
        assert before == boto3.client("dynamodb").scan(TableName="OwnersTable")["Items"]

    def test_a_number_written_otherwise_is_another_name(self, bench: Bench) -> None:
        """Each notification has one name."""
        made = bench.add()
        bench.notice(made)

        assert (404, "not-found") == dismiss(bench, f"red.con_1.0{made.red_since}")
        assert ["reconnect"] == kinds(bench)

    @pytest.mark.parametrize("name", ["bank_down.0123456789ab.5", "mail_unreachable.x"])
    def test_what_lasts_for_everybody_cannot_be_put_away(self, bench: Bench, name: str) -> None:
        """It goes when its cause goes, and the problem says so."""
        assert (409, "not-dismissible") == dismiss(bench, name)

    def test_whoever_names_no_workspace_dismisses_nothing(self, bench: Bench) -> None:
        """As everywhere."""
        assert (403, "forbidden") == dismiss(bench, "red.con_1.1", {"sub": "own_1"})
