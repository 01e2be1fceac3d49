"""How fast a minute's connections are queued, and whether memory stays flat, from 10^3 to 10^6.

DynamoDB and SQS are played within the process, where botocore would open its socket: what is
measured is our code and botocore's, not an emulator and not the network.
"""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

import boto3
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.config import Config

from benchmarks.measuring import measured
from relink.queues import Queue, SyncMessage, to_body
from sync.dispatch import SENDERS, Dispatch, Environment

if TYPE_CHECKING:
    from collections.abc import Sequence

COUNTS = (1_000, 10_000, 100_000, 1_000_000)
ROOT = Path(__file__).parent.parent
BASELINE = 500
NOON = 1_767_268_800
WIDTH = 12


class Played:
    """An index with so many connections due, and a queue that takes them all and counts them."""

    def __init__(self, due: int) -> None:
        self.due, self.requests, self.messages, self.writes = due, 0, 0, 0
        self._lock = Lock()

    def client(self, service: str) -> Any:
        """Return a client whose requests end here."""
        client = boto3.client(
            service,  # type: ignore[call-overload]
            region_name="eu-west-1",
            aws_access_key_id="none",
            aws_secret_access_key="none",  # noqa: S106 - opens nothing
            config=Config(max_pool_connections=SENDERS, user_agent="Boto3 relink"),
        )
        client.meta.events.register("before-send.*.*", self._answer)
        return client

    def _answer(self, request: Any, **_: Any) -> AWSResponse:
        operation = request.headers["X-Amz-Target"].decode().rpartition(".")[2]
        told = json.dumps(self._told(operation, request.body)).encode()
        headers = {"content-type": "application/x-amz-json-1.0", "content-length": str(len(told))}
        return AWSResponse(request.url, 200, HTTPHeaders.from_dict(headers), _Raw(told))

    def _told(self, operation: str, body: bytes) -> dict[str, Any]:
        if operation == "SendMessageBatch":
            ids = [entry["Id"] for entry in json.loads(body)["Entries"]]
            with self._lock:
                self.requests += 1
                self.messages += len(ids)
            done = [{"Id": i, "MessageId": i, "MD5OfMessageBody": ""} for i in ids]
            return {"Successful": done, "Failed": []}
        if operation == "Query":
            return self._page(json.loads(body))
        if operation == "UpdateItem":
            self.writes += 1
            return {"Attributes": {"minute": {"N": str(NOON // 60 - 1)}}}
        return {}

    def _page(self, asked: dict[str, Any]) -> dict[str, Any]:
        values = asked["ExpressionAttributeValues"]
        after = values.get(":after", {}).get("S", "con_-1").removeprefix("con_")
        first = int(after) + 1
        last = min(first + asked["Limit"], self.due)
        slot = values[":slot"]
        items = [
            {
                "connection_id": {"S": f"con_{n:0{WIDTH}}"},
                "slot": slot,
                "provider": {"S": "simplefin"},
                "bank_id": {"S": "bank"},
            }
            for n in range(first, last)
        ]
        page = {"Items": items, "Count": len(items)}
        return page if last == self.due else {**page, "LastEvaluatedKey": items[-1]}


class _Raw(io.BytesIO):
    def stream(self, *_: Any, **__: Any) -> Any:
        """Yield the body, as urllib3 does."""
        while chunk := self.read():
            yield chunk


def measure(counts: Sequence[int] = COUNTS) -> list[dict[str, Any]]:
    """Return a row for each count, each measured in a process of its own."""
    return [_in_a_process(count) for count in counts]


def one(count: int) -> dict[str, Any]:
    """Dispatch so many connections of one minute; return what it took."""
    played = Played(count)
    told = Environment("connections", "state", "https://sqs.eu-west-1.amazonaws.com/1/sync")
    sqs = played.client("sqs")
    queue = Queue(sqs, told.sync_queue_url)
    dispatch = Dispatch(played.client("dynamodb"), queue, told)
    queue.send_all([SyncMessage("con_0", 1)])
    before, played.messages, played.requests = _peak(), 0, 0
    with measured() as found:
        done = dispatch.run(NOON, lambda: False, "run", NOON + 60)
    grown = _peak() - before
    if not done["sent"] == played.messages == count:
        raise RuntimeError(done)
    row = {
        "due": count,
        "messages_per_second": found.rate(count),
        "cpu_ms_per_message": round(1000 * found.cpu / count, 3),
        "queue_requests_per_message": round(played.requests / count, 4),
        "watermark_writes": played.writes,
        "peak_mb": round(_peak() / 1024, 1),
        "grown_mb": round(grown / 1024, 1),
    }
    with measured() as plain:
        for number in range(BASELINE):
            body = to_body(SyncMessage(f"con_{number:0{WIDTH}}", 1))
            sqs.send_message(QueueUrl=told.sync_queue_url, MessageBody=body)
    row["one_by_one_messages_per_second"] = plain.rate(BASELINE)
    row["cpu_ratio"] = round((found.cpu / count) / (plain.cpu / BASELINE), 2)
    return row


def _in_a_process(count: int) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.dispatching", str(count)]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S603
    found: dict[str, Any] = json.loads(ran.stdout.splitlines()[-1])
    return found


def _peak() -> int:
    """Return the largest size in kilobytes that this process has had.

    Not by getrusage: that begins with the size of whoever started the process.
    """
    [line] = [x for x in Path("/proc/self/status").read_text().splitlines() if "VmHWM" in x]
    return int(line.split()[1])


if __name__ == "__main__":
    print(json.dumps(one(int(sys.argv[1]))))
