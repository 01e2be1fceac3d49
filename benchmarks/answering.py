"""A process of its own that answers as AWS and a bank would: canned, from memory, with a latency.

`python -m benchmarks.answering` prints its port and serves until its standard input ends. Items
are stored as they are put and handed out; an update is answered, not applied: what is measured is
the client, not a store. What is right is the tests' business.
"""

from __future__ import annotations

import asyncio
import base64
import json
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

KEY = base64.b64encode(bytes(32)).decode()
DAY = 86_400
Item = dict[str, Any]


class World:
    """The items of all tables, and how long each bank takes to answer."""

    def __init__(self) -> None:
        self.items: dict[tuple[str, str, str], Item] = {}
        self.latency = 0.0
        self.slow: dict[str, float] = {}
        self.now = self.most = 0
        self.settled = self.opened = 0
        self.account_set = json.dumps(_account_set()).encode()
        self._operations: dict[str, Callable[[Any], Any]] = {
            "PutItem": self._put,
            "GetItem": self._get,
            "BatchGetItem": self._batch_get,
            "UpdateItem": self._update,
            "Decrypt": lambda asked: {"KeyId": asked.get("KeyId", "key"), "Plaintext": KEY},
            "GetSecretValue": lambda asked: {"ARN": asked["SecretId"], "SecretString": "{}"},
            "SendMessage": lambda _: {"MessageId": "m", "MD5OfMessageBody": ""},
        }

    def aws(self, target: str, body: bytes) -> bytes:
        """Answer one request to AWS."""
        return json.dumps(self._operations[target.rpartition(".")[2]](json.loads(body))).encode()

    async def bank(self, path: str) -> bytes:
        """Answer one request to a bank, after its latency."""
        self.now += 1
        self.most = max(self.most, self.now)
        name = path.split("/")[2]
        if wait := self.slow.get(name, self.latency):
            await asyncio.sleep(wait)
        self.now -= 1
        return self.account_set

    def control(self, body: bytes) -> bytes:
        """Set the latencies; return, and forget, what was seen since the last time.

        How many bank calls were in flight at most, what was settled, and what connections opened.
        """
        told = json.loads(body)
        self.latency, self.slow = told.get("latency", 0.0), told.get("slow", {})
        seen = {"most": self.most, "settled": self.settled, "opened": self.opened}
        self.most = self.settled = self.opened = 0
        return json.dumps(seen).encode()

    def _place(self, table: str, key: Item) -> tuple[str, str, str]:
        values = key.get("connection_id") or key["name"]
        return table, values["S"], key.get("sk", {}).get("S", "")

    def _put(self, asked: Any) -> Any:
        self.items[self._place(asked["TableName"], asked["Item"])] = asked["Item"]
        return {}

    def _get(self, asked: Any) -> Any:
        found = self.items.get(self._place(asked["TableName"], asked["Key"]))
        return {"Item": found} if found else {}

    def _batch_get(self, asked: Any) -> Any:
        told = {}
        for table, wanted in asked["RequestItems"].items():
            places = [self._place(table, key) for key in wanted["Keys"]]
            told[table] = [self.items[p] for p in places if p in self.items]
        return {"Responses": told, "UnprocessedKeys": {}}

    def _update(self, asked: Any) -> Any:
        if asked.get("ReturnValues") != "ALL_OLD":
            self.settled += 1
            return {}
        return {"Attributes": self.items[self._place(asked["TableName"], asked["Key"])]}


def _account_set() -> Item:
    """Return three accounts with ten movements each, as a SimpleFIN server tells them."""
    booked = 1_766_827_200
    accounts = [
        {
            "id": f"account-{number}",
            "name": f"Current account {number}",
            "currency": "EUR",
            "balance": "1000.00",
            "available-balance": "900.00",
            "balance-date": booked,
            "conn_id": "connection-1",
            "transactions": [
                {
                    "id": f"movement-{number}-{each}",
                    "posted": booked - each * DAY,
                    "amount": "-12.34",
                    "description": f"Card payment {each} at a shop in the high street",
                    "payee": "A shop in the high street",
                }
                for each in range(10)
            ],
        }
        for number in range(3)
    ]
    bank = {"conn_id": "connection-1", "name": "A bank", "org_id": "org", "org_url": "bank.example"}
    return {"errlist": [], "connections": [bank], "accounts": accounts}


async def _serve(world: World, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer requests on one connection until it is closed."""
    world.opened += 1
    try:
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            first, *lines = head.split("\r\n")
            path = first.split(" ")[1]
            headers = {k.lower(): v for k, _, v in (line.partition(": ") for line in lines)}
            body = await reader.readexactly(int(headers.get("content-length", 0)))
            if "x-amz-target" in headers:
                told = world.aws(headers["x-amz-target"], body)
            elif path == "/control":
                told = world.control(body)
            elif path == "/settled":
                told = str(world.settled).encode()
            else:
                told = await world.bank(path)
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n")
            writer.write(b"Content-Length: %d\r\n\r\n" % len(told))
            writer.write(told)
            await writer.drain()
    except (asyncio.CancelledError, asyncio.IncompleteReadError, ConnectionError):
        writer.close()


async def main() -> None:
    """Serve until standard input ends."""
    world = World()
    server = await asyncio.start_server(lambda r, w: _serve(world, r, w), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    server.close()


if __name__ == "__main__":
    asyncio.run(main())
