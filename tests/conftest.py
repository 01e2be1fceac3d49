"""What every test starts from: no way to a real account or network, and tables as deployed."""

from __future__ import annotations

import copy
import os
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import botocore.session
import moto.kms.models
import pytest
from aws_lambda_powertools.logging.formatter import clear_context_keys
from hypothesis import HealthCheck, settings
from moto import mock_aws
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.dynamodb.models import dynamodb_backends

from infra.sam.template import load
from tests.privileges.guarding import roles_suffice  # noqa: F401 - guards every test

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parent
LOOPBACK = ("127.0.0.1", "::1", "localhost")
OFFLINE = (ROOT / "unit", ROOT / "infra")
"""Tests in these folders get no socket at all, others loopback only."""

# Half of a small test's time went into reading AWS's descriptions of its services anew, and into
# RSA keys that moto makes for symmetric ones: both are made once a process.
botocore.session.create_loader = cache(botocore.session.create_loader)
moto.kms.models.generate_private_key = cache(moto.kms.models.generate_private_key)  # type: ignore[attr-defined]

# How long an example takes tells of the machine and what else it does, not of the example.
settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the tests outside `OFFLINE` talk to this machine."""
    for item in items:
        if not any(folder in item.path.parents for folder in OFFLINE):
            item.add_marker(pytest.mark.allow_hosts(list(LOOPBACK)))


@pytest.fixture(autouse=True)
def aws_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forget the caller's AWS settings and set credentials that open nothing."""
    for name in [n for n in os.environ if n.startswith(("AWS_", "POWERTOOLS_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    # With account endpoints, botocore asks for streams at a host that moto does not stand in for.
    monkeypatch.setenv("AWS_ACCOUNT_ID_ENDPOINT_MODE", "disabled")


@pytest.fixture(autouse=True)
def lines_about_nobody() -> Iterator[None]:
    """Forget whom lines of the log were about: the worker does after each message, parts do not."""
    yield
    clear_context_keys()


_empty: dict[str, Any] = {}
"""The tables as moto holds them, without items."""


@cache
def _tables() -> dict[str, Any]:
    return dict(load().tables())


@pytest.fixture
def aws() -> Iterator[None]:
    """Answer AWS calls from memory. Single-threaded: moto loses writes under concurrency."""
    with mock_aws():
        yield


@pytest.fixture
def tables(aws: None) -> dict[str, str]:  # noqa: ARG001 - moto must be up
    """Make the tables of template.yaml; return their names by logical id.

    They are made by API calls once a process, and copied empty for each test: that takes
    milliseconds where the calls take a quarter of a second.
    """
    backend = dynamodb_backends[DEFAULT_ACCOUNT_ID]["eu-west-1"]
    if not _empty:
        _make()
        _empty.update(copy.deepcopy(backend.tables))
    backend.tables = copy.deepcopy(_empty)
    return {name: name for name in _tables()}


def _make() -> None:
    client = boto3.client("dynamodb")
    for logical_id, table in _tables().items():
        client.create_table(TableName=logical_id, **table.creation)
        if table.ttl_attribute:
            client.update_time_to_live(
                TableName=logical_id,
                TimeToLiveSpecification={"Enabled": True, "AttributeName": table.ttl_attribute},
            )
