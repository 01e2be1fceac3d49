"""An owner who goes his way through the deployed handlers, with his bank's real protocol behind."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import boto3

from relink.attempt import Attempt, State
from relink.attempts import Attempts
from relink.intake import Intake
from relink.links import issue, link_for
from relink.provider import Accepted, Ask, Redirect, Rejected, Secret, WaitForApp
from relink.queues import SyncMessage, to_body
from relink.reasons import Reason, Status
from relink.schedule import due_since
from relink.signing import KeyRing
from sync.credentials.vault import Vault
from tests.canaries.caller import Caller

if TYPE_CHECKING:
    from collections.abc import Mapping

    from relink.connection import Connection
    from relink.provider import Outcome
    from tests.contract.bench.workbench import Bench

CYCLE = 361 * 60
TRIES_FORGOTTEN = 2 * 86_400


@dataclass(kw_only=True)
class Owner(Caller):
    """One owner with one connection; every step of his goes through handlers."""

    bench: Bench
    forms: int = 0

    def begin(self) -> None:
        """Store the connection, which waits for its first credentials."""
        self.house.add(
            replace(
                self.bench.connection,
                status=Status.ORANGE,
                reason=Reason.AWAITING_CREDENTIALS,
                credentials_version=0,
            )
        )

    @property
    def stored(self) -> Connection:
        """Return the connection."""
        found = self.house.connections.get("con_1")
        assert found
        return found

    def step(
        self,
        answers: Mapping[str, str],
        continuation: bytes | None = None,
        secret: Secret | None = None,
    ) -> Outcome:
        """Take a step of a login as the bench does, but by page, queue and worker."""
        if continuation is None:
            if secret is not None or self.stored.status is Status.GREEN:
                self.redden()
            rest = self.submit(answers)
            self.work()
            outcome = self.outcome()
            if not (rest and isinstance(outcome, Ask)):
                return outcome
            answers = {f.name: rest[f.name] for f in outcome.fields if f.name in rest}
        self.go_on(answers)
        self.work()
        return self.outcome()

    def redden(self) -> None:
        """Let the bank have refused what is stored, days after the last tries."""
        self.house.clock.advance(TRIES_FORGOTTEN)
        now = self.house.clock()
        before = self.stored
        after = replace(
            before,
            status=Status.RED,
            reason=Reason.CREDENTIALS_REJECTED,
            red_since=now,
            since=now,
            slot=None,
            live_attempt="",
            live_until=0,
        )
        self.house.connections.save(before, after, expect=[])

    def submit(self, answers: Mapping[str, str]) -> dict[str, str]:
        """Fill in the form behind a fresh link; return what it did not ask for yet."""
        self.forms += 1
        link = self.link()
        page = self.request("GET", link) or self.request("GET", link)
        asked = re.findall(r'name="(\w+)"', page["body"])
        given = {name: value for name, value in answers.items() if name in asked}
        form = {"form": f"form-number-{self.forms:012d}", **given}
        sent = urlencode(form)
        answer = self.request("POST", link, sent) or self.request("POST", link, sent)
        assert 303 == answer["statusCode"], self.sinks.texts.get("log lines")
        return {name: value for name, value in answers.items() if name not in given}

    def go_on(self, answers: Mapping[str, str]) -> None:
        """Answer what the bank has asked, confirm it in its app, or come back from its page."""
        attempt = self.attempt()
        if attempt.state is State.ASKING:
            page = self.request("GET", f"{self.link()}/status")
            turn = re.search(r'name="turn" value="([^"]*)"', page["body"])
            assert turn, page
            self.request("POST", self.link(), urlencode({"turn": turn[1], **answers}))
        elif attempt.state is State.REDIRECTING:
            query = {**self._brought(attempt), **answers}
            self.request("GET", f"/reconnect/callback?{urlencode(query)}")
        else:
            self.house.clock.advance(max(attempt.poll_after, 1))

    def _brought(self, attempt: Attempt) -> dict[str, str]:
        """Return what the bank was given to send him back with, as only the worker could."""
        assert attempt.return_state
        intake = Intake(boto3.client("kms"), self.house.name("IntakeKey"))
        return dict(intake.open(attempt.return_state, self.stored, attempt.attempt_id))

    def work(self) -> None:
        """Let the worker take what is on its queues."""
        for _ in range(6):
            for queue in ("AttemptQueue", "SyncQueue", "WebhookQueue"):
                bodies = self.house.bodies(queue)
                if not bodies or (queue == "AttemptQueue" and self._waits()):
                    continue
                self.call(partial(self.house.deliver, "WorkerFunction", queue))
            if not self.house.bodies("AttemptQueue") or self._waits():
                return

    def _waits(self) -> bool:
        if not self.stored.live_attempt:
            return False
        attempt = self.attempt()
        if attempt.state is State.WAITING and self.house.clock() >= attempt.due_at:
            return False
        return attempt.state in {State.ASKING, State.REDIRECTING, State.WAITING}

    def outcome(self) -> Outcome:
        """Return how the attempt stands, as an adapter would have told."""
        attempt = self.attempt()
        match attempt.state:
            case State.ASKING:
                from reconnect.links.submission import field_from  # noqa: PLC0415 - the page's own way

                fields = tuple(field_from(f) for f in attempt.fields)
                return Ask(fields, attempt.prompt, b"at the worker")
            case State.REDIRECTING:
                return Redirect(attempt.redirect_url, b"at the worker")
            case State.WAITING:
                return WaitForApp(attempt.prompt, attempt.poll_after, b"at the worker")
            case State.ACCEPTED | State.DONE:
                secret = self.secret()
                self.bench.canaries |= self.bench.opens(secret)
                return Accepted(secret, ())
            case _:
                return Rejected(dict(attempt.messages) or {"": attempt.state.value})

    def attempt(self) -> Attempt:
        """Return the connection's attempt."""
        client = boto3.client("dynamodb")
        table, connections = (self.house.name(f"{n}Table") for n in ("Attempts", "Connections"))
        found = Attempts(client, table, connections).get(self.stored.live_attempt)
        assert found
        return found

    def secret(self) -> Secret:
        """Return what is in the vault, as only the worker could."""
        vault = self._vault()
        found = vault.read(self.stored)
        assert found
        return vault.open(self.stored, found.box)

    def _vault(self) -> Vault:
        return Vault(
            boto3.client("dynamodb"),
            boto3.client("kms"),
            key_id=self.house.name("VaultKey"),
            state_table=self.house.name("StateTable"),
            table=self.house.name("CredentialsTable"),
            time=self.house.clock,
        )

    def link(self) -> str:
        """Return the path of a fresh link."""
        secrets = boto3.client("secretsmanager")
        keys = KeyRing(secrets, self.house.name("LinkKeySecret"), self.house.clock).keys()
        return f"/reconnect/{issue(link_for(self.stored, self.house.clock()), keys)}"

    def mend(self) -> None:
        """Let the connection be well again, whatever it was."""
        before = self.stored
        well: dict[str, Any] = {
            "status": Status.GREEN,
            "reason": None,
            "scope": None,
            "red_since": None,
        }
        after = replace(
            before, slot=before.home_slot, lease="", lease_until=0, provider_text="", **well
        )
        self.house.connections.save(before, after, expect=[])

    def sync(self) -> None:
        """Let the next cycle come."""
        self.house.clock.advance(CYCLE)
        *_, due = due_since(None, self.house.clock())
        record = {
            "eventSource": "aws:sqs",
            "messageId": "m-1",
            "body": to_body(SyncMessage("con_1", due.cycle)),
        }
        self.call(lambda: self.house.run("WorkerFunction", {"Records": [record]}))

    def look(self) -> None:
        """Let notify hear of changes, and the owner's page be read."""
        self.call(self.house.tell)
        while self.house.bodies("NoticeQueue"):
            self.house.clock.advance(60)
            self.call(lambda: self.house.deliver("NotifyFunction", "NoticeQueue"))
