"""What the worker writes to its log: little, and no secret."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from relink.failures import Misconfigured, Temporary
from relink.provider import Secret, SyncResult
from relink.reasons import Reason, Status
from tests.integration.sync.batches import add_all, by_connection

if TYPE_CHECKING:
    import io

    from relink.connection import Connection
    from relink.provider import Call
    from tests.integration.sync.conftest import Bench


def test_a_fault_of_ours_is_told_without_its_words(
    bench: Bench,
    log: io.StringIO,
) -> None:
    """Law 10: an exception's text may quote a secret, so only its kind and place are logged."""
    bench.add()
    by_connection(bench, {"con_1": RuntimeError("password hunter2 was refused")})
    bench.sync(1)

    told = log.getvalue()
    assert "RuntimeError" in told
    assert "con_1" in told
    assert "hunter2" not in told


def test_what_only_we_can_mend_is_told_to_the_operator_each_time(
    bench: Bench,
    log: io.StringIO,
) -> None:
    """Law 2: orange for the owner, an error in the log for the operator's alarm."""
    add_all(bench, [{"status": Status.ORANGE, "reason": Reason.UNKNOWN}] * 3)
    by_connection(
        bench,
        {
            "con_0": Misconfigured(Reason.MISCONFIGURED, provider_code="key"),
            "con_1": Temporary(Reason.UNKNOWN, provider_code="weird"),
            "con_2": Temporary(Reason.BANK_UNAVAILABLE, provider_code="usual"),
        },
    )
    bench.sync(1, "con_0", "con_1", "con_2")

    errors = [json.loads(x) for x in log.getvalue().splitlines() if '"ERROR"' in x]
    assert [(e["connection_id"], e["provider_code"]) for e in errors] == [
        ("con_0", "key"),
        ("con_1", "weird"),
    ]


def test_a_batch_without_news_is_one_line_in_the_log(
    bench: Bench,
    log: io.StringIO,
) -> None:
    """At scale a line a sync would cost more than the sync."""
    for n in range(5):
        bench.add(connection_id=f"con_{n}")
    bench.sync(1, *[f"con_{n}" for n in range(5)])

    lines = log.getvalue().splitlines()
    assert [json.loads(line)["outcomes"] for line in lines] == [{"green": 5}]


def test_secrets_of_a_whole_batch_are_in_no_line_of_the_log(
    bench: Bench,
    log: io.StringIO,
) -> None:
    """Law 10, whatever goes wrong on the way."""
    bench.add()

    def sync(connection: Connection, call: Call) -> SyncResult:
        del connection
        call.keep(Secret(b"canary-2"))
        raise RuntimeError("canary-3") from ValueError(call.secret.reveal())

    bench.provider.sync = sync  # type: ignore[method-assign]
    bench.sync(1)

    told = log.getvalue()
    assert not [c for c in ("the old password", "canary-2", "canary-3") if c in told]
