"""What is kept in a snapshot, and what each process makes anew that is restored from it."""

from __future__ import annotations

import random
import ssl
from importlib import import_module
from typing import TYPE_CHECKING

from snapshot_restore_py import get_after_restore, get_before_snapshot

from reconnect import snapshot
from reconnect.assembly import Services

if TYPE_CHECKING:
    import pytest


def test_lambda_is_told_what_to_call() -> None:
    """The handler's module is all that the runtime client imports."""
    import_module("reconnect.handler")

    assert snapshot.warm in [function for function, _, _ in get_before_snapshot()]
    assert snapshot.renew in [function for function, _, _ in get_after_restore()]


def test_processes_of_one_snapshot_have_random_numbers_of_their_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Python's generator and OpenSSL's would go on alike in all of them."""
    fed: list[bytes] = []
    monkeypatch.setattr(ssl, "RAND_add", lambda entropy, _: fed.append(entropy))
    kept = random.getstate()
    drawn = set()
    for _ in range(3):
        random.setstate(kept)
        snapshot.renew()
        drawn.add(random.random())  # noqa: S311 - it is what is looked at

    assert 3 == len(drawn)
    assert [snapshot.SEED_BYTES] * 3 == [len(entropy) for entropy in set(fed)]


def test_everything_that_a_request_may_need_is_found() -> None:
    """Parts are properties that are made once; a new one is made before the snapshot, too."""
    parts = set(snapshot._parts(Services))

    assert {"link_pages", "connections_api", "keys", "_dynamodb", "_sqs", "_intake"} <= parts
