from __future__ import annotations

import pytest

from tests.unit.providers.powens.fakes import Bench, bench


@pytest.fixture
def powens() -> Bench:
    """Return the adapter as it is set up by default."""
    return bench()
