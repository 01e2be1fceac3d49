from __future__ import annotations

import pytest

from tests.unit.providers.plaid.fakes import Bench, bench


@pytest.fixture
def plaid() -> Bench:
    """Return the adapter as it is set up by default."""
    return bench()
