"""Starts the answering process and fills it: the same connections for us and for the baseline."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import boto3
import urllib3

from relink.clock import DAY
from relink.connection import Bank, Connection, Method
from relink.items import encode
from relink.ledger_items import digest
from relink.provider import Call, Secret
from relink.providers import load
from relink.reasons import Status
from relink.repository import to_item
from sync import worker

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parent.parent
CREATED = 1_767_000_000
TABLES = ("CONNECTIONS", "CREDENTIALS", "LEDGER", "ATTEMPTS", "STATE", "BANKS")
BANKS = 10


@dataclass
class Stage:
    """The answering process, and what it holds."""

    port: int
    now: int

    @property
    def root(self) -> str:
        """Return the address of the AWS that it plays."""
        return f"http://127.0.0.1:{self.port}"

    def control(self, latency: float, slow: dict[str, float] | None = None) -> dict[str, int]:
        """Set how long banks take; return what was seen since the last time."""
        body = json.dumps({"latency": latency, "slow": slow or {}})
        answer = urllib3.request("POST", f"{self.root}/control", body=body)
        seen: dict[str, int] = answer.json()
        return seen

    def settled(self) -> int:
        """Return how many syncs have been settled since `control` was last used."""
        return int(urllib3.request("GET", f"{self.root}/settled").data)

    def ids(self, count: int) -> list[str]:
        """Return the ids of the first connections."""
        return [_connection(number, "").connection_id for number in range(count)]

    def access(self, number: int) -> str:
        """Return the address that a connection's credentials hold; ten banks share them."""
        host = f"user:password@127.0.0.1:{self.port}"
        return f"http://{host}/simplefin/bank-{number % BANKS}"

    def fill(self, count: int) -> None:
        """Store connections that have synced before, with sealed credentials and cursors."""
        client = boto3.client("dynamodb")
        known, cursor = self._known()
        with self.environment():
            vault = worker.bootstrap().batch.syncer.vault
        for number in range(count):
            made = _connection(number, known)
            name = vault._key_name(made)  # noqa: SLF001 - a data key must be there to be found
            key = {"name": name, "data_key": b"wrapped"}
            client.put_item(TableName="state", Item=encode(key))
            secret = Secret(self.access(number).encode())
            put: Any = vault.put(made, secret)["Put"]
            client.put_item(**put)
            client.put_item(TableName="connections", Item=to_item(made))
            at = {"connection_id": made.connection_id, "sk": "cursor", "cursor": cursor}
            client.put_item(TableName="ledger", Item=encode(at))

    @contextmanager
    def environment(self) -> Iterator[None]:
        """Tell the process what the worker is told."""
        queues = {f"{q}_QUEUE_URL": f"{self.root}/{q}" for q in ("SYNC", "ATTEMPT", "WEBHOOK")}
        told = {f"{table}_TABLE": table.lower() for table in TABLES} | queues
        keys = {"INTAKE_KEY_ID": "intake", "VAULT_KEY_ID": "vault", "PROVIDER_SECRETS": "keys"}
        with patch.dict(os.environ, {**told, **keys, "SIMPLEFIN_URLS": f"{self.root}/simplefin"}):
            yield

    def _known(self) -> tuple[str, str]:
        """Return digest and cursor of the bank's answer, so that every sync is an unchanged one."""
        adapter = load("simplefin", {"SIMPLEFIN_URLS": f"{self.root}/simplefin"})
        made, access = _connection(0, ""), Secret(self.access(0).encode())
        cursor = told = ""
        for _ in range(5):  # from the first window to the one that comes again and again
            call = Call(access, cursor, self.now, self.now + 60, keep=lambda _: None)
            result = adapter.sync(made, call)
            cursor, told = result.next_cursor, digest(result)
        return told, cursor


@contextmanager
def staged() -> Iterator[Stage]:
    """Give a stage of its own; this process's AWS clients reach nothing else."""
    command = [sys.executable, "-m", "benchmarks.answering"]
    with subprocess.Popen(  # noqa: S603 - our own
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        if process.stdout is None or process.stdin is None:
            raise RuntimeError("no pipes")
        port = int(process.stdout.readline())
        told = {
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
            "AWS_ACCESS_KEY_ID": "local",
            "AWS_SECRET_ACCESS_KEY": "local",
            "AWS_DEFAULT_REGION": "eu-west-1",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_ACCOUNT_ID_ENDPOINT_MODE": "disabled",
        }
        with patch.dict(os.environ, told), patch.object(boto3, "DEFAULT_SESSION", None):
            worker.bootstrap.cache_clear()
            yield Stage(port, CREATED + DAY)
            worker.bootstrap.cache_clear()
        process.stdin.close()


def _connection(number: int, known: str) -> Connection:
    return Connection(
        connection_id=f"con_{number:08}-0000-4000-8000-000000000000",
        workspace_id=f"ws_{number}",
        owner_id=f"own_{number}",
        bank=Bank(f"bank-{number % BANKS}", "A bank", "ES", "simplefin", Method.TOKEN),
        created_at=CREATED,
        since=CREATED,
        status=Status.GREEN,
        reason=None,
        credentials_version=1,
        digest=known,
        last_success_at=CREATED,
        calls=(1, 1, 1, 1),
    )
