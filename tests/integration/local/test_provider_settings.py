"""The functions of the stack are told of the simulated providers, and their keys in a secret."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest

from relink.providers import PROVIDERS, load

if TYPE_CHECKING:
    from infra.local.stack import Stack

KEYS = {
    "ENABLEBANKING_APP_ID",
    "ENABLEBANKING_PRIVATE_KEY",
    "FINTS_PRODUCT_ID",
    "PLAID_CLIENT_ID",
    "PLAID_SECRET",
    "POWENS_CLIENT_ID",
    "POWENS_CLIENT_SECRET",
    "POWENS_WEBHOOK_SECRET",
}


def kept(stack: Stack) -> dict[str, str]:
    """Return what the secret of the stack holds."""
    secret = stack.attributes["ProviderSecrets"]["Ref"]
    reply = stack.clients("secretsmanager").get_secret_value(SecretId=secret)
    found: dict[str, str] = json.loads(reply["SecretString"])
    return found


def test_keys_lie_in_the_secret_and_nowhere_else(real_stack: Stack) -> None:
    """An environment is shown to whoever may look at a function; the secret is not."""
    assert KEYS == kept(real_stack).keys()
    for name, function in real_stack.functions.items():
        told = function.settings.environment
        assert not KEYS & told.keys(), name
        assert not {*kept(real_stack).values()} & {*told.values()}, name


@pytest.mark.parametrize("name", PROVIDERS)
def test_every_provider_leads_to_its_simulator(real_stack: Stack, name: str) -> None:
    """The worker's environment and the secret are enough to set each adapter up on loopback."""
    told = real_stack.functions["WorkerFunction"].settings.environment
    address = real_stack.simulators.addresses[name]
    assert address in " ".join(told.values())
    assert load(name, {**os.environ, **told, **kept(real_stack)}) is not None
