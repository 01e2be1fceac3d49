"""Our own keys at the providers: a secret, read when an adapter is set up, and again later."""

from __future__ import annotations

import json
from functools import lru_cache
from threading import Lock
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mypy_boto3_secretsmanager.client import SecretsManagerClient

    from relink.provider import Provider

KEPT: Final = 300
"""Seconds for which an adapter is kept with our keys: a key that was replaced is soon used."""
ADAPTERS: Final = 16


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


def kept(make: Callable[[str], Provider], time: Callable[[], int]) -> Callable[[str], Provider]:
    """Return `make`, called once a name and period, however many threads ask at the same time."""
    made, lock = lru_cache(ADAPTERS)(lambda name, _: make(name)), Lock()

    def get(name: str) -> Provider:
        with lock:
            return made(name, time() // KEPT)

    return get
