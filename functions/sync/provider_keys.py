"""Our own keys at the providers: a secret, read when the first adapter is set up."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_secretsmanager.client import SecretsManagerClient


def with_keys(
    environ: Mapping[str, str],
    client: SecretsManagerClient,
    secret_id: str,
) -> dict[str, str]:
    """Return the environment with the settings that the secret's JSON object holds.

    Raises `ValueError`, without the secret's content, if it is no object of texts.
    """
    text = client.get_secret_value(SecretId=secret_id)["SecretString"]
    try:
        keys = json.loads(text)
    except ValueError:
        keys = None
    if not isinstance(keys, dict) or not all(isinstance(v, str) for v in keys.values()):
        raise ValueError("the secret with the provider keys is not a JSON object of texts")
    return {**environ, **keys}
