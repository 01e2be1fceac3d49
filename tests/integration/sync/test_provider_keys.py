"""Our own keys at the providers come from a secret, and are never told in an error."""

from __future__ import annotations

import boto3
import pytest

from sync.credentials.provider_keys import with_keys

pytestmark = pytest.mark.usefixtures("aws")


def test_keys_join_the_environment() -> None:
    """An adapter finds its addresses and its keys in one place; the secret goes first."""
    client = boto3.client("secretsmanager")
    client.create_secret(Name="keys", SecretString='{"PLAID_SECRET": "s3cret"}')

    found = with_keys({"PLAID_URL": "https://plaid.test", "PLAID_SECRET": ""}, client, "keys")
    assert {"PLAID_URL": "https://plaid.test", "PLAID_SECRET": "s3cret"} == found


@pytest.mark.parametrize("text", ["not json s3cret", '["s3cret"]', '{"PLAID_SECRET": 1}'])
def test_a_malformed_secret_is_said_without_its_content(text: str) -> None:
    """Whoever reads the log learns what to mend, and no key."""
    client = boto3.client("secretsmanager")
    client.create_secret(Name="keys", SecretString=text)

    with pytest.raises(ValueError, match="not a JSON object of texts") as caught:
        with_keys({}, client, "keys")
    assert "s3cret" not in repr(caught.value)
