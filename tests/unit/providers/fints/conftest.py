from __future__ import annotations

import pytest

from relink.provider import Accepted, Secret
from tests.unit.providers.fints.scripted import Bench


@pytest.fixture
def bench() -> Bench:
    """Return the adapter before a bank that answers as it is told."""
    return Bench()


@pytest.fixture
def secret() -> Secret:
    """Return a login that the bank has accepted before."""
    bench = Bench()
    bench.play("synchronised", "goodbye", "logged_in", "accounts")
    outcome = bench.log_in()
    assert isinstance(outcome, Accepted)
    return outcome.secret
