"""Who stands in for an owner: only those to whom the very bank belongs as well."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from relink.addresses import Trouble
from tests.fakes import NOON
from tests.integration.notify.bench import AT_ANY_HOUR, mails, text_of

if TYPE_CHECKING:
    from tests.integration.notify.bench import Bench

DAY = 86_400


@pytest.fixture
def moved(bench: Bench) -> Bench:
    """Return a bench whose owner has gone from ws_1 to ws_2, and whose mail does not arrive."""
    bench.profile("own_1", workspace_id="ws_2", **AT_ANY_HOUR)
    bench.addresses.mark("own_1@example.com", Trouble.BOUNCED, NOON)
    return bench


def told() -> list[tuple[str, str]]:
    """Return who was mailed, and of what."""
    return [(str(mail["To"]), str(mail["Subject"])) for mail in mails()]


def test_nobody_reads_of_another_workspaces_bank(moved: Bench) -> None:
    """The new colleagues have nothing to do with what he connected in his former workspace."""
    moved.profile("own_2", workspace_id="ws_2", **AT_ANY_HOUR)
    moved.tell(moved.redden(moved.add(1, workspace_id="ws_1")))

    assert ["no address"] == moved.deliver()
    assert [] == told()
    assert moved.clock.now + DAY == moved.notice().due_at


def test_each_workspaces_stand_in_reads_of_its_own_banks(moved: Bench) -> None:
    """Two workspaces, two mails, and none of them names the other's bank."""
    moved.profile("own_2", workspace_id="ws_2", **AT_ANY_HOUR)
    moved.profile("own_3", workspace_id="ws_1", **AT_ANY_HOUR)
    moved.tell(*(moved.redden(moved.add(n, workspace_id=w)) for n, w in ((1, "ws_1"), (2, "ws_2"))))

    assert ["sent"] == moved.deliver()
    assert [
        ("own_2@example.com", "Bank 2 needs to be reconnected"),
        ("own_3@example.com", "Bank 1 needs to be reconnected"),
    ] == sorted(told())
    assert all(("Bank 1" in text_of(m)) != ("Bank 2" in text_of(m)) for m in mails())
    assert [1, 1] == [moved.notice(f"con_{n}").mailed for n in (1, 2)]


def test_one_workspace_without_a_reader_holds_up_no_other(moved: Bench) -> None:
    """What nobody there can be told waits; the others are told."""
    moved.profile("own_3", workspace_id="ws_1", **AT_ANY_HOUR)
    moved.tell(*(moved.redden(moved.add(n, workspace_id=w)) for n, w in ((1, "ws_1"), (2, "ws_2"))))
    moved.deliver()

    assert [("own_3@example.com", "Bank 1 needs to be reconnected")] == told()
    assert (0, moved.clock.now + DAY) == (
        moved.notice("con_2").mailed,
        moved.notice("con_2").due_at,
    )


def test_an_owner_reads_of_all_his_banks_himself(bench: Bench) -> None:
    """He connected them: where mail reaches him, it is one mail, wherever he belongs now."""
    bench.profile("own_1", workspace_id="ws_2", **AT_ANY_HOUR)
    bench.tell(*(bench.redden(bench.add(n, workspace_id=w)) for n, w in ((1, "ws_1"), (2, "ws_2"))))
    bench.deliver()

    assert [("own_1@example.com", "Bank 1 and Bank 2 need to be reconnected")] == told()


def test_an_owner_of_whom_nobody_has_told_is_stood_in_for(bench: Bench) -> None:
    """Without a profile he has no address; the bank's workspace is known all the same."""
    bench.profile("own_1", **AT_ANY_HOUR)
    bench.tell(bench.redden(bench.add(1, "own_9")))

    assert ["sent"] == bench.deliver()
    assert [("own_1@example.com", "Bank 1 needs to be reconnected")] == told()
    assert "e-mail does not reach" in text_of(mails()[0])
