"""Events as Lambda hands them to functions, by what they tell."""

from __future__ import annotations

import hashlib
import time
import uuid
from typing import Any

from infra.local.clients import ACCOUNT, REGION

Event = dict[str, Any]


def scheduled(name: str) -> Event:
    """Return what EventBridge Scheduler sends when it is told nothing else."""
    return {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": "Scheduled Event",
        "source": "aws.scheduler",
        "account": ACCOUNT,
        "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "region": REGION,
        "resources": [f"arn:aws:scheduler:{REGION}:{ACCOUNT}:schedule/default/{name}"],
        "detail": "{}",
    }


def queued(queue: str, *bodies: str) -> Event:
    """Return messages of a queue, named by its ARN, in one batch."""
    return {"Records": [_message(queue, body) for body in bodies]}


def _message(queue: str, body: str) -> Event:
    now = str(int(time.time() * 1000))
    return {
        "messageId": str(uuid.uuid4()),
        "receiptHandle": "handle",
        "body": body,
        "attributes": {
            "ApproximateReceiveCount": "1",
            "SentTimestamp": now,
            "SenderId": ACCOUNT,
            "ApproximateFirstReceiveTimestamp": now,
        },
        "messageAttributes": {},
        "md5OfBody": hashlib.md5(body.encode(), usedforsecurity=False).hexdigest(),
        "eventSource": "aws:sqs",
        "eventSourceARN": queue,
        "awsRegion": REGION,
    }


def changed(stream: str, before: Event, after: Event) -> Event:
    """Return a stream's record of an item's change; both in DynamoDB's JSON."""
    record = {
        "eventID": uuid.uuid4().hex,
        "eventName": "MODIFY",
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": REGION,
        "dynamodb": {
            "ApproximateCreationDateTime": int(time.time()),
            "Keys": {"connection_id": after["connection_id"]},
            "NewImage": after,
            "OldImage": before,
            "SequenceNumber": "100000000000000000001",
            "SizeBytes": 900,
            "StreamViewType": "NEW_AND_OLD_IMAGES",
        },
        "eventSourceARN": stream,
    }
    return {"Records": [record]}


def requested(
    method: str,
    path: str,
    route: str,
    *,
    claims: dict[str, str] | None = None,
    parameters: dict[str, str] | None = None,
    body: str = "",
    content_type: str = "application/json",
) -> Event:
    """Return a request at the HTTP API (payload 2.0); `claims` are those of a token that held."""
    context: Event = {
        "accountId": ACCOUNT,
        "apiId": "api",
        "domainName": "connect.example",
        "domainPrefix": "connect",
        "http": {
            "method": method,
            "path": path,
            "protocol": "HTTP/1.1",
            "sourceIp": "203.0.113.7",
            "userAgent": "Mozilla/5.0",
        },
        "requestId": str(uuid.uuid4()),
        "routeKey": route,
        "stage": "$default",
        "timeEpoch": int(time.time() * 1000),
    }
    if claims:
        context["authorizer"] = {"jwt": {"claims": claims, "scopes": None}}
    event: Event = {
        "version": "2.0",
        "routeKey": route,
        "rawPath": path,
        "rawQueryString": "",
        "headers": {"host": "connect.example", "accept": "text/html", "content-type": content_type},
        "requestContext": context,
        "isBase64Encoded": False,
    }
    if parameters:
        event["pathParameters"] = parameters
    return event | ({"body": body} if body else {})
