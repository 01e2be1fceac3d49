"""The HTTP function on tables, keys and queues as deployed, called with HTTP API events."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import asdict, dataclass, field, replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import parse_qsl, urlencode

import boto3
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.sqs.models import sqs_backends

from reconnect.handler import lambda_handler
from relink.attempt import Attempt, State, ended
from relink.connection import Bank, Connection, Method
from relink.intake import Intake
from relink.items import encode
from relink.links import Link, issue, link_for
from relink.notices import Notice, Topic
from relink.owners import Profile
from relink.queues import from_body
from relink.reasons import Reason, Status
from tests.fakes import connection
from tests.integration.reconnect.described import hold

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aws_lambda_powertools.utilities.typing import LambdaContext

    from reconnect.assembly import Services
    from relink.queues import Message
    from tests.fakes import Clock

REGION = "eu-west-1"
PUBLIC_URL = "https://connect.example.com"
BANK = Bank("ria", "Banco de la Ría", "ES", "simplefin", Method.TOKEN)
TOKEN = "aHR0cHM6Ly9iYW5rLmV4YW1wbGUvY2xhaW0vY2FuYXJ5"
FORM_TYPE = "application/x-www-form-urlencoded"
BROWSER = {
    "accept": "text/html,application/xhtml+xml",
    "accept-language": "en-GB,en;q=0.8",
    "content-type": FORM_TYPE,
    "host": "connect.example.com",
    "user-agent": "Firefox",
}
CLAIMS = {"sub": "own_1", "workspace": "ws_1", "email": "own_1@example.com"}


class Crash(BaseException):
    """The process stops: no `except` and no `finally` of ours sees it."""


@dataclass(frozen=True)
class Answer:
    """What the function returned."""

    status: int
    headers: dict[str, str]
    body: str
    cookies: tuple[str, ...] = ()

    @property
    def json(self) -> Any:
        """Return the body as JSON."""
        return json.loads(self.body)

    @property
    def title(self) -> str:
        """Return the page's title, without the app's name."""
        found = re.search(r"<title>(.*?) · Relink</title>", self.body, re.DOTALL)
        assert found, self.body
        return found[1].strip()

    @property
    def renews(self) -> str:
        """Return after how many seconds the page looks again, with a script and without."""
        without = re.search(r'<noscript><meta http-equiv="refresh" content="(\d+)">', self.body)
        scripted = re.search(r'<main [^>]*data-look-again="(\d+)"', self.body)
        assert (without and without[1]) == (scripted and scripted[1]), self.body
        return scripted[1] if scripted else ""

    def hidden(self, name: str) -> str:
        """Return the value of a hidden input."""
        found = re.search(rf'name="{name}" value="([^"]*)"', self.body)
        assert found, self.body
        return found[1]


@dataclass
class Bench:
    """The function and everything around it."""

    services: Services
    clock: Clock
    key_id: str
    crash_at: list[str] = field(default_factory=list)
    cookies: dict[str, str] = field(default_factory=dict)
    """What the browser has been given to keep."""
    states: dict[str, str] = field(default_factory=dict)
    """What banks have been given to send owners back with, by attempt."""

    def add(self, **facts: Any) -> Connection:
        """Store a red connection, and return it."""
        red = {"status": Status.RED, "reason": Reason.CREDENTIALS_REJECTED}
        incident = {"red_since": self.clock.now - 60, "last_success_at": self.clock.now - 5_000_000}
        made = connection(**{"bank": BANK, **red, **incident, **facts})
        self.services.connections.create(made)
        return made

    def first(self, **facts: Any) -> Connection:
        """Store a connection that waits for its first credentials, and return it."""
        waiting = {"status": Status.ORANGE, "reason": Reason.AWAITING_CREDENTIALS}
        never = {"red_since": None, "last_success_at": None, "credentials_version": 0}
        return self.add(**{**waiting, **never, **facts})

    def know(self, name: str = "Current", account_id: str = "acc_1") -> None:
        """Store an account of the connection, as a sync does."""
        item = {"connection_id": "con_1", "sk": f"account#{account_id}", "bank_name": name}
        values = encode({**item, "identities": ["i"], "currency": "EUR"})
        boto3.client("dynamodb").put_item(TableName="LedgerTable", Item=values)

    def other_browser(self) -> None:
        """Go on in a browser that has been given nothing."""
        self.cookies.clear()

    def redirected(self, url: str = "https://bank.example/consent?id=1") -> Attempt:
        """Send the owner to his bank, as the worker does; time passes meanwhile."""
        self.clock.advance(1)
        after = self.worker(State.REDIRECTING, redirect_url=url)
        self.change(live_until=after.deadline)
        return after

    def come_back(self, **query: str) -> Answer:
        """Come back from the bank, with the attempt's state unless told otherwise."""
        told = {"state": self.state_of(self.attempt()), **query}
        return self.get(f"/reconnect/callback?{urlencode(told)}")

    def green(self, **facts: Any) -> Connection:
        """Store a connection that is well, and return it."""
        well = {"status": Status.GREEN, "reason": None, "red_since": None}
        return self.add(**{**well, **facts})

    def profile(self, **facts: Any) -> None:
        """Say how an owner is reached."""
        reached = {"owner_id": "own_1", "workspace_id": "ws_1", "email": "own_1@example.com"}
        profile = Profile(**{**reached, **facts})
        self.services.owners.change_profile(profile, asdict(profile))

    def notice(self, made: Connection, topic: Topic = Topic.RED, **facts: Any) -> Notice:
        """Give a connection's owner the notice of its present moment, and return it."""
        moment = made.incident_since if topic is Topic.RED else made.consent_expires_at
        values = {"owner_id": made.owner_id, "moment": moment or 0, **facts}
        told = Notice(
            connection_id=made.connection_id,
            topic=topic,
            bank_name=made.bank.name,
            created_at=self.clock.now,
            **values,
        )
        assert self.services.notices.add(told)
        return told

    def change(self, **facts: Any) -> Connection:
        """Change the stored connection, as another function would."""
        before = self.stored()
        after = replace(before, **facts)
        self.services.connections.save(before, after, expect=[])
        return after

    def stored(self, connection_id: str = "con_1") -> Connection:
        """Return the connection as it is stored."""
        found = self.services.connections.get(connection_id)
        assert found
        return found

    def attempt(self) -> Attempt:
        """Return the connection's last attempt."""
        found = self.services.reconnecting.attempts.get(self.stored().live_attempt)
        assert found
        return found

    def attempts(self) -> list[str]:
        """Return the ids of all attempts."""
        items = boto3.client("dynamodb").scan(TableName="AttemptsTable")["Items"]
        return [i["attempt_id"]["S"] for i in items]

    def state_of(self, attempt: Attempt) -> str:
        """Return what the bank was given to send the owner back with, as the worker opens it."""
        if attempt.return_state:
            intake = Intake(boto3.client("kms"), self.key_id)
            own = self.stored(attempt.connection_id)
            told = intake.open(attempt.return_state, own, attempt.attempt_id)
            self.states[attempt.attempt_id] = told["state"]
        return self.states[attempt.attempt_id]

    def opened(self, attempt: Attempt) -> dict[str, str]:
        """Return what was sealed, as the worker opens it."""
        assert attempt.answers
        intake = Intake(boto3.client("kms"), self.key_id)
        return dict(intake.open(attempt.answers, self.stored(), attempt.attempt_id))

    def worker(self, state: State, **facts: Any) -> Attempt:
        """Take the last attempt to a state, as the worker does."""
        before = self.attempt()
        if before.return_state:
            self.state_of(before)  # to be known when the attempt has forgotten it
        until = self.clock.now + 600
        after = replace(before, state=state, deadline=until, answers=None, **facts)
        if after.ended:
            after = ended(after, state)
            self.change(live_until=0)
        if state is State.ACCEPTED and not after.historical:
            pending = {"status": Status.ORANGE, "reason": Reason.FIRST_SYNC_PENDING}
            self.change(**pending, red_since=None, accepted_at=self.clock.now)
        self.services.reconnecting.attempts.advance(before, after)
        return after

    def link(self, made: Connection, **facts: Any) -> str:
        """Return the path of a link to a connection."""
        link = link_for(made, self.clock.now)
        return self.signed(replace(link, **facts))

    def signed(self, link: Link) -> str:
        """Return the path of a link."""
        return f"/reconnect/{issue(link, self.services.keys.keys())}"

    def get(self, path: str, **headers: str) -> Answer:
        """Open a page."""
        return self.call("GET", path, headers={**BROWSER, **_named(headers)})

    def post(self, path: str, values: Any = None, **headers: str) -> Answer:
        """Send a form: its values, or the very body."""
        body = values if isinstance(values, str) else urlencode(values or {})
        return self.call("POST", path, body, {**BROWSER, **_named(headers)})

    def submit(self, path: str, form_id: str = "f" * 24, **values: str) -> Answer:
        """Send the form with a setup token."""
        return self.post(path, {"form": form_id, "setup_token": TOKEN, **values})

    def api(
        self,
        method: str,
        path: str,
        value: Any = None,
        claims: Mapping[str, Any] = CLAIMS,
        sending: Mapping[str, str] | None = None,
    ) -> Answer:
        """Call the owner's API, with these headers besides the usual ones."""
        body = value if isinstance(value, str) else "" if value is None else json.dumps(value)
        common = {"content-type": "application/json", "accept": "application/json"}
        return self.call(method, path, body, {**common, **(sending or {})}, claims)

    def call(
        self,
        method: str,
        path: str,
        body: str = "",
        headers: Mapping[str, str] | None = None,
        claims: Mapping[str, Any] | None = None,
        *,
        encode: bool = True,
    ) -> Answer:
        """Call the handler with an event as API Gateway makes it: forms arrive as base64.

        Whatever it answers is held against the API's description.
        """
        path, _, query = path.partition("?")
        event: dict[str, Any] = {
            "version": "2.0",
            "routeKey": "$default",
            "rawPath": path,
            "rawQueryString": query,
            "headers": dict(headers or {}),
            "requestContext": {
                "domainName": "api.example.com",
                "http": {"method": method, "path": path, "sourceIp": "192.0.2.7"},
                "requestId": "request",
                "stage": "$default",
            },
            "isBase64Encoded": False,
        }
        if query:
            event["queryStringParameters"] = dict(parse_qsl(query))
        if self.cookies:
            event["cookies"] = [f"{name}={value}" for name, value in self.cookies.items()]
        if claims is not None:
            event["requestContext"]["authorizer"] = {"jwt": {"claims": dict(claims)}}
        if body:
            form = encode and FORM_TYPE in (headers or {}).get("content-type", "")
            event["body"] = base64.b64encode(body.encode()).decode() if form else body
            event["isBase64Encoded"] = form
        context = cast("LambdaContext", SimpleNamespace(aws_request_id="request"))
        answer = lambda_handler(event, context)
        headers = {k: str(v) for k, v in answer["headers"].items()}
        given = tuple(answer.get("cookies") or ())
        self.cookies |= dict(c.partition(";")[0].split("=", 1) for c in given)
        told = Answer(answer["statusCode"], headers, answer.get("body") or "", given)
        hold(method, path, told)
        return told

    def crash(self, when: str, operation: str) -> None:
        """Stop the process once, `before` or `after` the next call of an AWS operation."""
        self.crash_at = [f"{when}.{operation}"]

    def called(self, when: str, operation: str) -> None:
        """Stop if it is time to."""
        if f"{when}.{operation}" in self.crash_at:
            self.crash_at = []
            raise Crash


def queued(name: str = "attempts") -> list[Message]:
    """Return the messages on a queue."""
    return [from_body(m.body) for m in _messages(name)]


def drain(name: str = "attempts") -> None:
    """Take all messages off a queue."""
    _messages(name).clear()


def _messages(name: str) -> Any:
    return sqs_backends[DEFAULT_ACCOUNT_ID][REGION].queues[name]._messages


def _named(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}
