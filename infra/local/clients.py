"""AWS clients that can reach nothing but the emulator, whatever this machine is configured for."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import boto3
import botocore.session
from botocore.config import Config

if TYPE_CHECKING:
    from collections.abc import Mapping

REGION = "eu-west-1"
ACCOUNT = "123456789012"
CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "local",
    "AWS_SECRET_ACCESS_KEY": "local",
    "AWS_REGION": REGION,
    "AWS_DEFAULT_REGION": REGION,
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_ACCOUNT_ID_ENDPOINT_MODE": "disabled",  # moto knows no account in a host name
}
"""What a child process gets instead of this machine's own AWS settings."""


def local_session(lent: Mapping[str, str] = CREDENTIALS) -> boto3.Session:
    """Return a session that reads neither profiles nor credentials of this machine."""
    core = botocore.session.Session(
        session_vars={
            "profile": (None, None, None, None),
            "config_file": (None, None, os.devnull, None),
            "credentials_file": (None, None, os.devnull, None),
            "account_id_endpoint_mode": (None, None, "disabled", None),
        }
    )
    core.set_credentials(
        lent["AWS_ACCESS_KEY_ID"], lent["AWS_SECRET_ACCESS_KEY"], lent.get("AWS_SESSION_TOKEN")
    )
    return boto3.Session(botocore_session=core, region_name=REGION)


class Clients:
    """One client a service, made on first use; clients may be shared between threads."""

    def __init__(self, endpoint: str, lent: Mapping[str, str] = CREDENTIALS) -> None:
        """Take an emulator's address, and credentials: its owner's, or such as a role lends."""
        self.endpoint = endpoint
        self._session = local_session(lent)
        self._made: dict[str, Any] = {}

    def __call__(self, service: str) -> Any:
        """Return the client of a service such as `sqs`."""
        if service not in self._made:
            self._made[service] = self._session.client(
                service,  # type: ignore[call-overload]
                endpoint_url=self.endpoint,
                config=Config(
                    proxies={},
                    max_pool_connections=32,
                    read_timeout=30,
                    retries={"total_max_attempts": 2, "mode": "standard"},
                ),
            )
        return self._made[service]

    def close(self) -> None:
        """Close the connections of all clients."""
        for client in self._made.values():
            client.close()
