"""Answers HTTP requests with what it saw, or misbehaves as the body asks."""

from __future__ import annotations

import base64
import json
import os
import time
from typing import Any

import boto3


def handler(event: dict[str, Any], context: Any) -> Any:
    """Answer with the event, or do as the body of `/behave` says."""
    if event["rawPath"] == "/behave":
        return behave(json.loads(event["body"]))
    body = {"event": event, "milliseconds": context.get_remaining_time_in_millis()}
    return {
        "statusCode": 200,
        "headers": {"Content-Type": "application/json", "X-Two": "2"},
        "cookies": ["a=1; Path=/", "b=2"],
        "body": json.dumps(body),
    }


def behave(wish: dict[str, Any]) -> Any:
    """Fail, dawdle, die or answer as wished."""
    match wish:
        case {"raise": text}:
            raise ValueError(text)
        case {"sleep": seconds}:
            time.sleep(seconds)
        case {"exit": status}:
            os._exit(status)
        case {"return": value}:
            return value
        case {"send": body}:
            boto3.client("sqs").send_message(QueueUrl=os.environ["WORK_URL"], MessageBody=body)
            return {"statusCode": 202}
        case {"environment": True}:
            return {"statusCode": 200, "body": json.dumps(dict(os.environ))}
        case {"bytes": text}:
            body = base64.b64encode(text.encode()).decode()
            return {"statusCode": 200, "body": body, "isBase64Encoded": True}
    return None
