from __future__ import annotations

import pytest

from tests.unit.providers.enablebanking.scripted import Bench


@pytest.fixture
def bench() -> Bench:
    """Return an adapter whose bank is in good order and ready for a consent."""
    made = Bench()
    made.fine()
    made.ready()
    return made
