"""What `make build` makes, for this machine: under Lambda's runtime client, and from itself."""

from __future__ import annotations

import hashlib
import json
import subprocess
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from infra.lambda_runtime import events
from infra.lambda_runtime.packages import ROOT
from infra.lambda_runtime.runtime_process import InitFailed, started
from relink import schedule
from relink.connection import Bank, Connection, Method
from relink.owners import Owners, Profile
from relink.queues import DigestMessage, SyncMessage, to_body
from relink.reasons import Reason, Scope, Status
from relink.repository import to_item
from tests.fakes import connection

if TYPE_CHECKING:
    from tests.integration.lambda_runtime.conftest import Shop

FUNCTIONS = ["DispatchFunction", "WorkerFunction", "NotifyFunction", "ReconnectFunction"]
CLAIMS = {"sub": "own_1", "workspace": "ws_1", "email": "owner@example.com"}
PYC_HASHED, PYC_CHECKED = 1, 2
# Imports all of a package's modules below those named, and all that these import when needed.
IMPORT_ALL = """
import importlib, pathlib, sys
for top in sys.argv[1:]:
    for file in sorted(pathlib.Path(top.replace(".", "/")).rglob("*.py")):
        if "compiled" not in file.parts:
            name = ".".join(file.with_suffix("").parts).removesuffix(".__init__")
            importlib.import_module(name)
print(*(m.__file__ for m in sys.modules.values() if getattr(m, "__file__", None)), sep="\\n")
"""


def foreign(shop: Shop, files: list[str]) -> list[str]:
    """Return those of the imported files that neither a package nor Lambda's Python holds."""
    python = Path(shop.builder.python).resolve().parents[1]
    own = (str(shop.shared), str(python))
    return [name for name in files if not str(Path(name).resolve()).startswith(own)]


def stored(shop: Shop, **facts: Any) -> Connection:
    """Put a connection into its table."""
    made = connection(**{"status": Status.GREEN, "reason": None, **facts})
    table = shop.account.name("ConnectionsTable")
    shop.account.clients("dynamodb").put_item(TableName=table, Item=to_item(made))
    return made


def messages(shop: Shop, queue: str) -> list[dict[str, Any]]:
    """Take what waits in a queue."""
    taken = shop.account.clients("sqs").receive_message(
        QueueUrl=shop.account.name(queue), MaxNumberOfMessages=10
    )
    return [json.loads(message["Body"]) for message in taken.get("Messages", [])]


def test_dispatch_queues_what_is_due(shop: Shop) -> None:
    """The clock's event becomes a message for each connection in the present slots."""
    minute = schedule.minute_of(int(time.time()))
    for number in range(2):  # the next minute may have begun before the function looks
        stored(shop, connection_id=f"con_due_{number}", slot=(minute + number) % schedule.SLOTS)
    with shop.started("DispatchFunction") as running:
        answer = running.invoke(events.scheduled("EveryMinute"))

    assert answer.error is None
    sent = {message["connection_id"] for message in messages(shop, "SyncQueue")}
    assert sent & {"con_due_0", "con_due_1"}
    assert [] == foreign(shop, shop.imported.read_text().splitlines())


def test_worker_hands_back_only_what_it_cannot_read(shop: Shop) -> None:
    """One message is about a connection that may not be called, the other one about nothing."""
    stored(shop, connection_id="con_red", status=Status.RED, reason=Reason.CONSENT_EXPIRED)
    queue = shop.account.attributes["SyncQueue"]["Arn"]
    event = events.queued(queue, to_body(SyncMessage("con_red", 1)), "nonsense")
    with shop.started("WorkerFunction") as running:
        answer = running.invoke(event)

    broken = event["Records"][1]["messageId"]
    assert {"batchItemFailures": [{"itemIdentifier": broken}]} == answer.result
    assert [] == foreign(shop, shop.imported.read_text().splitlines())


def test_notify_writes_a_letter_about_what_turned_red(shop: Shop) -> None:
    """The stream's record becomes a notice, and its owner's turn a mail from compiled templates."""
    clients, red_since = shop.account.clients, int(time.time())
    owners = Owners(clients("dynamodb"), shop.account.name("OwnersTable"))
    at_any_hour = {"quiet_from": "00:00", "quiet_until": "00:00", "email": CLAIMS["email"]}
    owners.change_profile(Profile(owner_id="own_1", workspace_id="ws_1"), at_any_hour)
    before = connection(connection_id="con_1", status=Status.GREEN, reason=None)
    red = {"status": Status.RED, "reason": Reason.CONSENT_EXPIRED, "scope": Scope.CONNECTION}
    bank = Bank("bank", "Bank of Tests", "ES", "simplefin", Method.TOKEN)
    facts = {"connection_id": "con_1", "red_since": red_since, "since": red_since, "bank": bank}
    after = stored(shop, **red, **facts)
    stream = shop.account.attributes["ConnectionsTable"]["StreamArn"]
    turn = to_body(DigestMessage("own_1"))
    with shop.started("NotifyFunction") as running:
        told = running.invoke(events.changed(stream, to_item(before), to_item(after)))
        sent = running.invoke(events.queued(shop.account.attributes["NoticeQueue"]["Arn"], turn))

    assert (None, None) == (told.error, sent.error)
    (mail,) = shop.mailbox.mails(CLAIMS["email"])
    assert ("Bank of Tests" in mail.text, "Bank of Tests" in mail.html) == (True, True)
    assert [] == foreign(shop, shop.imported.read_text().splitlines())


@pytest.mark.parametrize("snapshot", [False, True])
def test_reconnect_shows_the_form_behind_a_link(shop: Shop, *, snapshot: bool) -> None:
    """Whether everything is made at the first request, or has been kept in a snapshot."""
    bank = {"bank_id": "bank", "name": "Bank", "country": "US", "provider": "simplefin"}
    body = json.dumps({"bank": {**bank, "method": "token"}})
    connect = events.requested(
        "POST", "/connections", "POST /connections", claims=CLAIMS, body=body
    )
    function = replace(shop.deployed("ReconnectFunction"), snapshot=snapshot)
    with started(function, shop.log) as running:
        made = running.invoke(connect)
        path = urlsplit(json.loads(made.result["body"])["connect_url"]).path
        token = {"token": path.rpartition("/")[2]}
        route = "GET /reconnect/{token}"
        shown = running.invoke(events.requested("GET", path, route, parameters=token))
        assert snapshot == running.api.restored

    assert (201, 200) == (made.result["statusCode"], shown.result["statusCode"])
    assert 'name="setup_token"' in shown.result["body"]
    assert [] == foreign(shop, shop.imported.read_text().splitlines())


def test_a_snapshot_is_taken_without_asking_anybody(shop: Shop) -> None:
    """What was connected or answered before it would be dead or old when it is restored."""
    function = shop.deployed("ReconnectFunction")
    nowhere = {**function.environment, "AWS_ENDPOINT_URL": "http://127.0.0.1:9"}
    with started(replace(function, snapshot=True, environment=nowhere), shop.log) as running:
        assert running.api.restored


def test_a_handler_that_is_not_there_fails_the_init(shop: Shop) -> None:
    """As in Lambda: what these tests run under would notice a broken package."""
    function = replace(shop.deployed("DispatchFunction"), handler="sync.start_dispatch.nothing")
    with pytest.raises(InitFailed, match="HandlerNotFound"), started(function, shop.log):
        pass  # pragma: no cover
    function = replace(function, handler="sync.start_worker.lambda_handler")
    with pytest.raises(InitFailed, match="ImportModuleError"), started(function, shop.log):
        pass  # pragma: no cover


@pytest.mark.parametrize(
    ("function", "modules"),
    [
        ("WorkerFunction", ["sync", "relink"]),
        ("NotifyFunction", ["notify"]),
        ("ReconnectFunction", ["reconnect"]),
    ],
)
def test_all_that_is_imported_late_is_in_the_package(
    shop: Shop, function: str, modules: list[str]
) -> None:
    """Also what no event of these tests needs; and nothing of it from the checkout."""
    package = shop.package(function)
    path = f"{package}:{shop.runtime()}"
    done = subprocess.run(
        [shop.builder.python, "-c", IMPORT_ALL, *modules],
        cwd=package,
        env={"PYTHONPATH": path, "PYTHONNOUSERSITE": "1", "IMPORTED": str(shop.folder / "all")},
        check=False,
        capture_output=True,
        text=True,
    )

    assert (0, "") == (done.returncode, done.stderr)
    assert [] == foreign(shop, done.stdout.splitlines())
    assert str(ROOT) not in done.stdout


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_package_is_compiled_and_lean(shop: Shop, function: str) -> None:
    """Each module has bytecode that is loaded without a look at its source; boto3 is Lambda's."""
    package = shop.package(function)
    sources = {f.relative_to(package) for f in package.rglob("*.py")}
    compiled = list(package.rglob("*.pyc"))
    flags = {int.from_bytes(f.read_bytes()[4:8], "little") for f in compiled}
    tops = {f.parts[0] for f in sources}

    assert len(sources) == len(compiled)
    assert {PYC_HASHED} == {flag & (PYC_HASHED | PYC_CHECKED) for flag in flags}
    assert not tops & {"boto3", "botocore", "s3transfer", "awslambdaric", "moto", "pytest", "bin"}


def test_a_package_is_made_of_the_same_bytes_again(shop: Shop) -> None:
    """Else each deployment would replace, and SnapStart warm, what has not changed."""
    again = shop.builder.package("ReconnectFunction", shop.folder / "again")
    first, second = digests(shop.package("ReconnectFunction")), digests(again)

    assert first == second


def digests(folder: Path) -> dict[str, str]:
    """Return a digest of each file."""
    return {
        str(file.relative_to(folder)): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    }
