"""Translate between HTTP and a function: payload format 2.0 of HTTP APIs.

Source: "Create AWS Lambda proxy integrations for HTTP APIs", API Gateway developer guide. Measured
by others and kept here: `rawPath` is decoded, a form's body arrives as base64, cookies leave the
headers.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import json
import re
import uuid
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote

from infra.local.clients import ACCOUNT
from infra.local.web.loopback_server import Reply, Request

if TYPE_CHECKING:
    from infra.local.web.routes import ApiRoute

STAGE = "$default"
_TEXT = re.compile(r"text/|application/(json|javascript|xml)|application/[\w.-]+\+(json|xml)")
_OWN = {"connection", "content-length", "transfer-encoding", "date"}


def to_event(
    request: Request,
    route: ApiRoute,
    parameters: dict[str, str],
    claims: dict[str, str] | None,
    now: float,
) -> dict[str, Any]:
    """Return the event for a request that was let through."""
    headers = {
        **{name: value for name, value in request.headers.items() if name != "cookie"},
        "x-forwarded-for": request.source_ip,
        "x-forwarded-proto": "http",
    }
    moment = dt.datetime.fromtimestamp(now, dt.UTC)
    context: dict[str, Any] = {
        "accountId": ACCOUNT,
        "apiId": "local",
        "domainName": headers.get("host", ""),
        "domainPrefix": "local",
        "http": {
            "method": request.method,
            "path": unquote(request.path),
            "protocol": "HTTP/1.1",
            "sourceIp": request.source_ip,
            "userAgent": headers.get("user-agent", ""),
        },
        "requestId": str(uuid.uuid4()),
        "routeKey": route.key,
        "stage": STAGE,
        "time": moment.strftime("%d/%b/%Y:%H:%M:%S +0000"),
        "timeEpoch": int(now * 1000),
    }
    if claims is not None:
        context["authorizer"] = {"jwt": {"claims": claims, "scopes": None}}
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": route.key,
        "rawPath": unquote(request.path),
        "rawQueryString": request.query,
        "headers": headers,
        "requestContext": context,
        "isBase64Encoded": False,
    }
    if cookie := request.headers.get("cookie"):
        event["cookies"] = [part.strip() for part in cookie.split(";") if part.strip()]
    if query := _joined(request.query):
        event["queryStringParameters"] = query
    if parameters:
        event["pathParameters"] = parameters
    if request.body:
        event |= _body(request)
    return event


def to_reply(result: Any) -> Reply:
    """Return the answer for what the function returned; raise ValueError if it is malformed."""
    if not isinstance(result, dict) or "statusCode" not in result:
        return Reply(HTTPStatus.OK, json.dumps(result).encode(), [_type("application/json")])
    status = result["statusCode"]
    body = result.get("body") or ""
    headers = result.get("headers") or {}
    cookies = result.get("cookies") or []
    well_formed = isinstance(headers, dict) and isinstance(cookies, list) and isinstance(body, str)
    if not well_formed:
        raise ValueError("headers, cookies or body of another type")
    content = body.encode()
    if result.get("isBase64Encoded"):
        try:
            content = base64.b64decode(content, validate=True)
        except binascii.Error as error:
            raise ValueError("the body is not base64") from error
    lines = [(str(k).lower(), _line(v)) for k, v in headers.items() if str(k).lower() not in _OWN]
    if "content-type" not in dict(lines):
        lines.append(_type("text/plain;charset=UTF-8"))
    return Reply(int(status), content, [*lines, *(("set-cookie", _line(c)) for c in cookies)])


def problem(status: HTTPStatus, message: str) -> Reply:
    """Return one of API Gateway's own answers."""
    return Reply(status, json.dumps({"message": message}).encode(), [_type("application/json")])


def _type(value: str) -> tuple[str, str]:
    return "content-type", value


def _line(value: Any) -> str:
    text = str(value)
    if "\r" in text or "\n" in text:
        raise ValueError("a header may not hold a line break")
    return text


def _joined(query: str) -> dict[str, str]:
    fields: dict[str, str] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        fields[name] = f"{fields[name]},{value}" if name in fields else value
    return fields


def _body(request: Request) -> dict[str, Any]:
    if _TEXT.match(request.headers.get("content-type", "text/plain").lower()):
        try:
            return {"body": request.body.decode(), "isBase64Encoded": False}
        except UnicodeDecodeError:
            pass
    return {"body": base64.b64encode(request.body).decode(), "isBase64Encoded": True}
