"""An owner's browsers, and a push service that checks what a real one checks."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from aws_lambda_powertools import Logger

from infra.local.push.service import PushService
from infra.push_key import PushKey as Pair
from notify.push.key import PushKey
from notify.push.pushing import Pushed, Pusher
from relink.owners import Profile
from relink.push_services import PushServices
from relink.subscriptions import Subscription, Subscriptions
from tests.fakes import Clock

if TYPE_CHECKING:
    from collections.abc import Iterator

    from infra.local.push.browser import Browser

DAY = 86_400
PAIR = Pair.new()
OWNER = Profile(owner_id="own_1", workspace_id="ws_1")
URL = "https://app.example"


@dataclass
class Bench:
    """A pusher, the push service that it may use, and the table with the browsers."""

    pusher: Pusher
    service: PushService
    subscriptions: Subscriptions
    clock: Clock
    table: str
    written: io.StringIO

    def subscribe(self, **facts: Any) -> Browser:
        """Let the owner subscribe a new browser."""
        browser = self.service.subscribe(PAIR.public, "own_1")
        self.store(browser, **facts)
        return browser

    def store(self, browser: Browser, **facts: Any) -> None:
        """Store a browser's subscription, with facts changed."""
        given = {"endpoint": browser.endpoint, **browser.subscription()["keys"]}
        known = {"owner_id": "own_1", "created_at": self.clock.now, "key": PAIR.public}
        self.subscriptions.save(Subscription(**{**known, **given, **facts}))

    def push(self, *banks: str, profile: Profile = OWNER, **facts: Any) -> Pushed:
        """Push to the owner."""
        return self.pusher.push(profile, banks or ("Santander",), URL, self.clock.now, **facts)

    def other(self, **changed: Any) -> Pusher:
        """Return a pusher made from other settings."""
        return made(self.table, self.written, **{"services": self.service.url, **changed})

    def logged(self) -> list[dict[str, Any]]:
        """Return what was logged, and forget it."""
        lines = self.written.getvalue().splitlines()
        self.written.truncate(self.written.seek(0))
        return [json.loads(line) for line in lines]


def made(
    table: str,
    written: io.StringIO,
    *,
    services: str,
    public: str = PAIR.public,
    secret: str = "push-key",  # noqa: S107 - its name
    contact: str = "mailto:relink@example.com",
) -> Pusher:
    """Return a pusher with the key that the secret holds."""
    log = Logger(service=f"test {id(written)}", stream=written)
    key = PushKey(boto3.client("secretsmanager"), secret, public, contact, log)
    subscriptions = Subscriptions(boto3.client("dynamodb"), table)
    return Pusher(subscriptions, key, PushServices.parse(services), "Banktrack", log)


@pytest.fixture
def bench(tables: dict[str, str]) -> Iterator[Bench]:
    """Return a bench whose owner has no browser yet."""
    boto3.client("secretsmanager").create_secret(Name="push-key", SecretString=PAIR.private)
    clock = Clock()
    service = PushService(clock)
    table, written = tables["OwnersTable"], io.StringIO()
    subscriptions = Subscriptions(boto3.client("dynamodb"), table)
    pusher = made(table, written, services=service.url)
    yield Bench(pusher, service, subscriptions, clock, table, written)
    service.close()
