"""Each provider's webhooks from its simulator to the owner's page, over everything in between."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest
import urllib3

from infra.demo.owner import Owner
from infra.local.reachable_banks import reachable_banks

if TYPE_CHECKING:
    from infra.local.stack import Stack

DAY = 86_400
SECONDS = 120
PLAID, POWENS = "Banco Marazul", "Caja Solana"


class Story:
    """An owner with one bank, whose provider tells of it."""

    def __init__(self, stack: Stack, provider: str, name: str) -> None:
        self.stack = stack
        self.provider = provider
        self.login = f"fine.hooks-{provider}"
        self.owner = Owner(stack, f"owner-{provider}", f"ws-{provider}", "owner@example.com")
        self.owner.introduce("UTC")
        offered = [b for b in reachable_banks() if b.provider == provider]
        bank = next((b for b in offered if b.name == name), offered[-1])
        self.name = bank.name
        self.page = self.owner.begin(bank.wanted())

    def happen(self, what: str) -> dict[str, Any]:
        """Let something come about, and return the bank as the owner sees it thereafter."""
        heard = self.heard
        self.stack.simulators.control(
            "POST", f"/{self.provider}/happen", {"login": self.login, "what": what}
        )
        return self.after(heard)

    def after(self, heard: int) -> dict[str, Any]:
        """Wait for one more webhook and all that it brings, and return the bank."""
        until = time.monotonic() + SECONDS
        while self.heard == heard and time.monotonic() < until:
            time.sleep(0.05)
        assert self.heard == heard + 1
        assert self.stack.settle()
        return self.owner.connections()[self.name]

    @property
    def heard(self) -> int:
        """Return how many batches of webhooks the worker has handled."""
        return self.stack.logs("WorkerFunction").count('"message":"webhooks"')

    def calls(self, endpoint: str) -> int:
        """Return how often the provider was asked for something."""
        query = f"provider={self.provider}&login={self.login}&endpoint={endpoint}"
        return int(self.stack.simulators.control("GET", f"/calls?{query}")["total"])


def colour(shown: dict[str, Any]) -> tuple[str, str | None]:
    """Return a bank's colour and the reason for it."""
    return shown["status"], (shown["reason"] or {}).get("code")


def test_plaid_tells_and_the_owner_sees_it(real_stack: Stack) -> None:
    """Its end ahead, broken, mended elsewhere, withdrawn: each by a webhook that Plaid signed."""
    story = Story(real_stack, "plaid", PLAID)
    owner = story.owner
    sent = owner.send(story.page)
    theirs = owner.browser.get(sent.facts["redirect_url"])
    owner.browser.submit(theirs, login=story.login, password="right", action="continue")
    assert "done" == owner.come_back(sent).state
    real_stack.clock.advance(2 * DAY)

    asked = story.calls("item/get")
    assert colour(story.happen("new-data")) == ("green", None)
    assert asked + 1 == story.calls("item/get")

    warned = story.happen("expiring")
    assert "green" == warned["status"]
    ends = time.strftime("%Y-%m-%d", time.gmtime(real_stack.clock.now() + 7 * DAY))
    assert warned["consent_expires_at"].startswith(ends)

    real_stack.clock.advance(DAY // 4)
    assert colour(story.happen("broken")) == ("red", "credentials_rejected")
    assert [story.name] == owner.notified()
    real_stack.clock.advance(60)

    assert colour(story.happen("repaired")) == ("green", None)
    assert [] == owner.notified()

    assert colour(story.happen("revoked")) == ("red", "consent_revoked")
    assert 0 == real_stack.waiting("WebhookQueue") == real_stack.waiting("WebhookDeadLetters")


def test_powens_tells_and_the_owner_sees_it(real_stack: Stack) -> None:
    """A refused password, mended elsewhere, deleted: each at an address of its own, signed."""
    story = Story(real_stack, "powens", POWENS)
    owner = story.owner
    page = story.page
    assert "done" == owner.send(page, document="nif", login=story.login, password="right").state
    real_stack.clock.advance(DAY // 4)

    assert colour(story.happen("broken")) == ("red", "credentials_rejected")
    assert [story.name] == owner.notified()
    real_stack.clock.advance(60)

    assert colour(story.happen("repaired")) == ("green", None)
    assert [] == owner.notified()
    assert colour(story.happen("revoked")) == ("red", "connection_gone")


@pytest.mark.parametrize("address", ["plaid", "powens/CONNECTION_SYNCED"])
def test_strangers_change_nothing(real_stack: Stack, address: str) -> None:
    """Whatever they send is answered alike, and counted."""
    heard = real_stack.logs("WorkerFunction").count('"message":"webhooks"')
    body = json.dumps({"webhook_type": "ITEM", "webhook_code": "LOGIN_REPAIRED", "item_id": "x"})
    reply = urllib3.request(
        "POST",
        f"{real_stack.api.url}/webhooks/{address}",
        body=body,
        headers={
            "Content-Type": "application/json",
            "Plaid-Verification": "eyJhbGciOiJub25lIn0.e30.",
            "BI-Signature": "AAAA",
            "BI-Signature-Date": "2026-01-01T00:00:00Z",
        },
        retries=False,
    )
    assert (202, b"{}") == (reply.status, reply.data)
    assert real_stack.settle()
    lines = real_stack.logs("WorkerFunction").splitlines()
    told = [json.loads(line) for line in lines if '"message":"webhooks"' in line]
    assert heard + 1 == len(told)
    assert {"unverified": 1} == told[-1]["outcomes"]
