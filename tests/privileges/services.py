"""What AWS's services themselves do by our policies: nothing that our code could be seen doing.

By Lambda's documentation of what a function's role must allow for each kind of event source, for
its log and for its on-failure destination; by SES's and SNS's of who publishes and delivers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.privileges.deployed import STREAM_LABEL
from tests.privileges.policy import Request

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.privileges.deployed import Deployed

QUEUE = ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes")
STREAM = ("dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator")
LOG = ("logs:CreateLogStream", "logs:PutLogEvents")


def services_uses(deployed: Deployed) -> Iterator[tuple[str, Request]]:
    """Yield what services do, with who does it and why."""
    for name, function in deployed.template.functions().items():
        role = deployed.arn(function.role)
        log = deployed.arn(function.log_group).removesuffix("*") + "log-stream:2026/[1]abc"
        for action in LOG:
            yield f"Lambda writes {name}'s log", Request(role, action, log)
        for queue in function.queues:
            for action in QUEUE:
                why = f"Lambda reads {queue.queue} for {name}"
                yield why, Request(role, action, deployed.arn(queue.queue))
        for stream in function.streams:
            why = f"Lambda reads {stream.table}'s stream for {name}"
            arn = f"{deployed.arn(stream.table)}/stream/{STREAM_LABEL}"
            for action in (*STREAM, "dynamodb:ListStreams"):
                yield why, Request(role, action, arn)
            if stream.on_failure:
                why = f"Lambda gives up a record of {stream.table}"
                yield why, Request(role, "sqs:SendMessage", deployed.arn(stream.on_failure))
    yield from _mail_events(deployed)


def _mail_events(deployed: Deployed) -> Iterator[tuple[str, Request]]:
    topic = deployed.arn("MailEventTopic")
    told = {
        "aws:SourceAccount": ("123456789012",),
        "aws:SourceArn": (deployed.configuration_set,),
    }
    asked = Request("ses.amazonaws.com", "sns:Publish", topic, told)
    yield "SES tells what became of a mail", asked
    for queue in ("MailEventQueue", "MailEventDeadLetters"):
        asked = Request(
            "sns.amazonaws.com",
            "sqs:SendMessage",
            deployed.arn(queue),
            {"aws:SourceArn": (topic,)},
        )
        yield f"SNS delivers to {queue}", asked
