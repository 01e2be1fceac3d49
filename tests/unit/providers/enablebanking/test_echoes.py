"""A bank that repeats what it was sent: nothing that nobody may read gets into an error."""

from __future__ import annotations

import json

import pytest

from relink.providers.enablebanking.refusals import refusal
from relink.providers.transport import Answer

SESSION = "bf508f9e-8634-45ef-b2b7-85b04aa0360a"


@pytest.mark.parametrize("name", ["error", "code", "message", "detail"])
@pytest.mark.parametrize("lead", ["/sessions/", "x" * 50])
@pytest.mark.parametrize("status", [400, 418, 500])
def test_what_is_hidden_is_struck_from_code_and_text(name: str, lead: str, status: int) -> None:
    """Wherever it stands, and before anything is cut to its length."""
    body = json.dumps({name: f"{lead}{SESSION} is unknown"}).encode()
    error = refusal(Answer(status, {"content-type": "application/json"}, body), 0, hide=[SESSION])

    for shown in (error.provider_code, error.provider_text, str(error), repr(error)):
        assert SESSION[:8] not in shown
