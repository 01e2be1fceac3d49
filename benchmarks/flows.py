"""What each flow asks of AWS, from its trigger to its end, as counted at the client."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from relink.clock import DAY
from relink.connection import Bank, Connection, Method
from relink.failures import NeedsOwner
from relink.owners import Owners, Profile
from relink.provider import Secret
from relink.queues import SyncMessage, to_body
from relink.reasons import Reason, Scope, Status
from relink.repository import Connections, to_item
from relink.schedule import MINUTE, SLOTS
from relink.transitions import failed
from sync import worker

if TYPE_CHECKING:
    from benchmarks.house import House
    from sync.credentials.vault import Vault

BATCH = 50
DUE = 100
CYCLE = SLOTS * MINUTE
BANK = Bank("ria", "Banco de la Ría", "ES", "simplefin", Method.TOKEN)
ACCESS = b"https://user:password@bank.example/simplefin"
TOKEN = base64.b64encode(b"https://bridge.simplefin.org/simplefin/claim/token").decode()
CLAIMS = {"sub": "own_1", "workspace": "ws_0", "email": "own_1@example.com"}
BROWSER = {
    "accept": "text/html,application/xhtml+xml",
    "accept-language": "en-GB,en;q=0.8",
    "content-type": "application/x-www-form-urlencoded",
    "host": "connect.example.com",
    "user-agent": "Firefox",
}


@dataclass
class Flows:
    """The flows, each with all that it needs already there."""

    house: House

    @property
    def connections(self) -> Connections:
        """Return the Connections table, unmetered."""
        return Connections(self.house.clients("dynamodb"), self.house.name("ConnectionsTable"))

    @property
    def vault(self) -> Vault:
        """Return the worker's own vault, with the keys that it keeps at hand."""
        with self.house.environment("WorkerFunction"):
            return worker.bootstrap().batch.syncer.vault

    def settle_in(self) -> None:
        """Store a batch of connections with credentials and sync them twice: all is warm then."""
        for number in range(BATCH):
            self.add(number)
        self.sync()

    def dispatch(self) -> int:
        """Queue a minute's connections; return how many were due."""
        for number in range(DUE):
            self.connections.create(self.made(10_000 + number, workspace="ws_due"))
        house = self.house
        now, slot = house.now, _connection(0, workspace="ws_due").home_slot
        house.now = (now // CYCLE + 1) * CYCLE + (slot - 1) * MINUTE
        house.invoke("DispatchFunction", {})
        house.now += MINUTE
        house.reset()
        house.invoke("DispatchFunction", {})
        found = len(house.take("SyncQueue"))
        house.now = now
        return found

    def cold_sync(self) -> int:
        """Sync the batch in a process that has no key at hand: each shard's is unwrapped once."""
        return self.sync(warm=False)

    def sync(self, *, warm: bool = True) -> int:
        """Sync the batch in its next turn; return how many were synced."""
        house = self.house
        house.now += CYCLE + MINUTE
        if warm:
            for number in range(BATCH):
                self.vault.make_ready(_connection(number))
            batch = worker.bootstrap().batch
            batch.syncer.provider(BANK.provider)
            batch.breaker.recent(house.now)
        bodies = [to_body(SyncMessage(f"con_{n}", house.now // CYCLE)) for n in range(BATCH)]
        records = [{"messageId": f"m{i}", "body": body} for i, body in enumerate(bodies)]
        house.reset()
        house.invoke("WorkerFunction", {"Records": records})
        return BATCH

    def changed_sync(self) -> int:
        """Sync the batch with two new movements each."""
        self.house.bank.news = 2
        count = self.sync()
        self.house.bank.news = 0
        return count

    def notice(self) -> int:
        """Tell an owner by mail that a connection has turned red, and note its end."""
        house = self.house
        owners = Owners(house.clients("dynamodb"), house.name("OwnersTable"))
        owners.change_profile(
            Profile(
                owner_id="own_1",
                workspace_id="ws_0",
                email="own_1@example.com",
                quiet_from="00:00",
                quiet_until="00:00",
            ),
            {},
        )
        before, after = self.redden()
        house.reset()
        house.invoke("NotifyFunction", {"Records": [_record(before, after)]})
        house.now += MINUTE
        house.invoke("NotifyFunction", {"Records": house.take("NoticeQueue")})
        well = replace(after, status=Status.GREEN, reason=None, scope=None, red_since=None)
        self.connections.save(after, replace(well, since=house.now), expect=["status"])
        house.invoke("NotifyFunction", {"Records": [_record(after, well)]})
        house.take("NoticeQueue")
        self.connections.save(self.stored(0), before, expect=[])
        return 1

    def attempt(self) -> int:
        """Reconnect by the page's link: opened, submitted, accepted, synced, watched twice."""
        house = self.house
        self.redden()
        house.reset()
        link = self._call("POST", "/connections/con_0/reconnect", claims=CLAIMS)
        path = urlsplit(json.loads(link["body"])["url"]).path
        self._call("GET", path)
        form = {"form": "f" * 24, "setup_token": TOKEN}
        self._call("POST", path, urlencode(form))
        self._call("GET", f"{path}/status")
        for record in house.take("AttemptQueue"):
            house.invoke("WorkerFunction", {"Records": [record]})
        self._call("GET", f"{path}/status")
        return 1

    def visit(self) -> int:
        """Look at the Banks page: an owner of three connections gets them, and what is amiss."""
        self.add(BATCH, workspace="ws_0")
        self.add(BATCH + 1, workspace="ws_0")
        self.house.reset()
        self._call("GET", "/connections", claims=CLAIMS)
        self._call("GET", "/notifications", claims=CLAIMS)
        return 1

    def add(self, number: int, workspace: str = "") -> None:
        """Store a connection whose credentials the vault holds."""
        made = self.made(number, workspace)
        self.connections.create(made)
        put: Any = self.vault.put(made, Secret(ACCESS))["Put"]
        self.house.clients("dynamodb").put_item(**put)

    def made(self, number: int, workspace: str = "") -> Connection:
        """Return a connection as it is when it has been connected."""
        made = _connection(number, workspace)
        return replace(made, slot=made.home_slot)

    def stored(self, number: int) -> Connection:
        """Return a connection as it is stored."""
        found = self.connections.get(f"con_{number}")
        if found is None:
            raise LookupError(number)
        return found

    def redden(self) -> tuple[Connection, Connection]:
        """Turn a connection red; return it as it was and as it is."""
        before = self.stored(0)
        error = NeedsOwner(Reason.CREDENTIALS_REJECTED, scope=Scope.CONNECTION)
        after = failed(before, error, self.house.now, counted=False)
        self.connections.save(before, after, expect=["status"])
        return before, after

    def _call(
        self, method: str, path: str, body: str = "", claims: dict[str, str] | None = None
    ) -> dict[str, Any]:
        context: dict[str, Any] = {
            "domainName": "connect.example.com",
            "http": {"method": method, "path": path, "sourceIp": "192.0.2.7"},
            "requestId": "request",
            "stage": "$default",
        }
        if claims:
            context["authorizer"] = {"jwt": {"claims": claims}}
        event = {
            "version": "2.0",
            "routeKey": "$default",
            "rawPath": path,
            "rawQueryString": "",
            "headers": BROWSER,
            "requestContext": context,
            "isBase64Encoded": True,
            **({"body": base64.b64encode(body.encode()).decode()} if body else {}),
        }
        answer: dict[str, Any] = self.house.invoke("ReconnectFunction", event)
        if answer["statusCode"] >= HTTPStatus.BAD_REQUEST:
            raise RuntimeError(f"{method} {path}: {answer['statusCode']} {answer.get('body')}")
        return answer


def _connection(number: int, workspace: str = "") -> Connection:
    now = 1_767_268_800 - DAY
    return Connection(
        connection_id=f"con_{number}",
        workspace_id=workspace or f"ws_{number}",
        owner_id="own_1",
        bank=BANK,
        created_at=now,
        since=now,
        status=Status.GREEN,
        reason=None,
        credentials_version=1,
    )


def _record(before: Connection, after: Connection) -> dict[str, Any]:
    """Return the stream's record of a change, as Lambda hands it over."""
    images = {"OldImage": to_item(before), "NewImage": to_item(after)}
    told = {"SequenceNumber": "1", **images}
    return {"eventID": "1", "eventSource": "aws:dynamodb", "dynamodb": told}
