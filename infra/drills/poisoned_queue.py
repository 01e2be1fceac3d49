"""Messages and stream records that cannot be handled: set aside, looked at, put back."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from infra.demo.cast import CYCLE, GATHERED, until_ten
from infra.demo.loop import LOGINS
from infra.drills.terminal import Terminal
from relink.queues import SyncMessage, to_body

if TYPE_CHECKING:
    from infra.demo.cast import Cast

BROKEN = '{"kind": "sync", "connection_id": "con_unknown"}'
HIDDEN = 721
"""Seconds for which a failed message of SyncQueue is hidden, and one more."""
RED = "Juniper Bank"
OTHER = "Banco Solana"


def drill(cast: Cast) -> None:
    """Poison the queue, then the stream."""
    _poison_the_queue(cast)
    _poison_the_stream(cast)


def _poison_the_queue(cast: Cast) -> None:
    operator, stack = Terminal(cast), cast.stack
    cast.tell.begin("Something sends messages to SyncQueue that nobody understands")
    sqs, url = stack.clients("sqs"), stack.attributes["SyncQueue"]["Ref"]
    for _ in range(3):
        sqs.send_message(QueueUrl=url, MessageBody=BROKEN)
    for _ in range(3):
        cast.pass_time(HIDDEN)
    mark = cast.mark()
    cast.pass_time(CYCLE)
    cast.tell.await_(
        "after three tries each is a dead letter, which raises SyncDeadLettersAlarm",
        "SyncDeadLetters",
        lambda: stack.waiting("SyncDeadLetters"),
        3,
    )
    cast.tell.observe(
        "the connections are synced all the while",
        "the banks' call count",
        seen=[cast.calls("simplefin", login, "accounts", mark) for login in LOGINS.values()],
        expected=[1] * len(LOGINS),
    )
    causes = [
        line for line in stack.logs("WorkerFunction").splitlines() if "broken message" in line
    ]
    cast.tell.observe(
        f"the worker's log says why: {json.loads(causes[-1])['cause']}",
        "its line “broken message”",
        seen=len(causes),
        expected=9,
    )
    told = operator.ops("redrive", "sync")
    cast.tell.observe(
        "it would put three back", "its answer", seen=len(told["would_put"]), expected=3
    )
    _put_back_what_is_right(cast, operator)


def _put_back_what_is_right(cast: Cast, operator: Terminal) -> None:
    """Leave aside what is broken for good; put back what had failed for a fault of ours."""
    stack, owner = cast.stack, cast.founder
    cast.tell.begin("A fault of ours, since mended, has set a good message aside as well")
    body = to_body(SyncMessage(owner.ids[RED], 2**31))
    letters = stack.attributes["SyncDeadLetters"]["Ref"]
    stack.clients("sqs").send_message(QueueUrl=letters, MessageBody=body)
    told = operator.ops("redrive", "sync", "--contains", owner.ids[RED], "--yes")
    cast.tell.observe("one is put back", "its answer", seen=len(told["put_back"]), expected=1)
    stack.settle()
    cast.tell.await_(
        "it is handled, the broken ones stay aside",
        "SyncQueue, SyncDeadLetters",
        lambda: (stack.waiting("SyncQueue"), stack.waiting("SyncDeadLetters")),
        (0, 3),
    )


def _poison_the_stream(cast: Cast) -> None:
    operator, stack, owner = Terminal(cast), cast.stack, cast.founder
    cast.tell.begin("A record of the stream cannot be read, while two banks turn red")
    for bank in (RED, OTHER):
        cast.trouble("simplefin", LOGINS[bank], "expired")
    client, table = stack.clients("dynamodb"), stack.attributes["ConnectionsTable"]["Ref"]
    lame = _without_its_time(cast, client, table)
    cast.pass_time(CYCLE)
    cast.tell.await_(
        "it is set aside, which raises StreamDeadLettersAlarm",
        "StreamDeadLetters",
        lambda: stack.waiting("StreamDeadLetters"),
        1,
    )
    cast.tell.await_(
        "those behind it are told all the same",
        "GET /notifications",
        owner.notified,
        sorted((RED, OTHER)),
    )
    client.delete_item(TableName=table, Key={"connection_id": lame})
    told = operator.ops("rebuild-notices", "--yes")
    cast.tell.observe(
        "what it named has been made good, and the letter is gone",
        "its answer, StreamDeadLetters",
        seen=(told["dead_letters"], stack.waiting("StreamDeadLetters")),
        expected=(1, 0),
    )
    cast.pass_time(until_ten(cast.stack.clock.now()) + GATHERED)
    cast.tell.observe(
        "in the morning he has one mail about both",
        "the mailbox",
        seen=[[bank in mail.text for bank in (RED, OTHER)] for mail in owner.mails()],
        expected=[[True, True]],
    )


def _without_its_time(cast: Cast, client: Any, table: str) -> dict[str, str]:
    """Write a red connection that lacks since when it is, as no function does; return its id."""
    item = cast.stored("ConnectionsTable", cast.founder.ids[OTHER])
    kept = {k: v for k, v in item.items() if k not in {"slot", "red_since", "provider_ref"}}
    lame = {"S": "con_lame"}
    client.put_item(TableName=table, Item={**kept, "connection_id": lame})
    client.update_item(
        TableName=table,
        Key={"connection_id": lame},
        UpdateExpression="SET #status = :red",
        ExpressionAttributeNames={"#status": "status"},
        ExpressionAttributeValues={":red": {"S": "red"}},
    )
    return lame
