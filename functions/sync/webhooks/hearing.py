"""Webhooks: verified here, where providers may be asked for their keys, and acted on at once.

They are hints (`relink.webhooks`), so one that is nobody's, repeated or not to be read is
dropped, and the batch's one log line counts it. What comes again is what could not be verified or
stored yet.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from aws_lambda_powertools import Logger

from relink.failures import Misconfigured
from relink.providers import UnknownProvider
from relink.queues import Queue, SyncMessage
from relink.reasons import Reason
from relink.schedule import SLOTS, minute_of
from relink.webhooks import (
    Listener,
    News,
    Undecided,
    Unreadable,
    Unverified,
    Webhook,
    Word,
    provider_ref,
)
from relink.writes import Conflict
from sync.telling import tell_change, tell_operator, tell_unhandled
from sync.webhooks.news import Deed, decide

if TYPE_CHECKING:
    from collections.abc import Mapping

    from relink.connection import Connection
    from relink.queues import WebhookMessage
    from sync.visits.syncing import Syncer
    from sync.webhooks.replays import Replays

ROUNDS = 5
EXPECT = ("status", "lease", "live_attempt", "credentials_version", "provider_ref", "auto_sync")
PAUSE, PATIENCE = 300, 1_800
"""Seconds until it is tried anew to find out whose a webhook is, and until it is given up."""
UNVERIFIED, PUT_OFF, UNREADABLE, NOBODYS, REPEATED, AGAIN = (
    "unverified",
    "put off",
    "unreadable",
    "nobody's",
    "repeated",
    "again",
)
logger = Logger(service="worker", child=True)


@dataclass(frozen=True)
class Webhooks:
    """The collaborators; `syncs` is the queue of the scheduled syncs, `again` that of webhooks."""

    syncer: Syncer
    replays: Replays
    syncs: Queue
    again: Queue

    def hear(self, messages: Mapping[str, WebhookMessage], deadline: int) -> list[str]:
        """Act on webhooks; return the ids of the messages that must come again."""
        if not messages:
            return []
        outcomes = {own: self._outcome(told, deadline) for own, told in messages.items()}
        counted = Counter(outcomes.values())
        logger.info(
            "webhooks", outcomes=dict(sorted(counted.items())), unverified=counted[UNVERIFIED]
        )
        return [own for own, outcome in outcomes.items() if outcome == AGAIN]

    def _outcome(self, message: WebhookMessage, deadline: int) -> str:
        """Return what became of a webhook. None takes another one of the batch along."""
        if self.syncer.time() >= deadline:
            return AGAIN
        try:
            return self._heard(message)
        except (Unverified, Misconfigured):  # what is not set up cannot tell a stranger's apart
            return UNVERIFIED
        except Unreadable:
            _tell_operator(message)
            return UNREADABLE
        except Exception as error:  # noqa: BLE001 - the message comes again, at last to the DLQ
            tell_unhandled("webhook not handled", error, provider=message.provider)
            return AGAIN

    def _heard(self, message: WebhookMessage) -> str:
        """Return what was done for the connection that needed most. Raises what keeps from it."""
        try:
            news = self._listener(message.provider).hear(_opened(message))
        except Undecided:
            return self._put_off(message)
        ref = provider_ref(message.provider, news.reference)
        if news.word is Word.NOTHING or not ref:
            return Deed.NOTHING.value
        found = self.syncer.connections.referred(ref)
        if not found:
            return NOBODYS
        if news.error is not None:
            tell_operator(found[0], news.error)
        # What tells no time was true by its receipt; it may have waited in a queue since.
        dated = news if news.at is not None else replace(news, at=message.received_at)
        done = [self._act(each, dated, message) for each in found]
        return next((d for d in done if d != Deed.NOTHING.value), Deed.NOTHING.value)

    def _put_off(self, message: WebhookMessage) -> str:
        """Look at it later. Raises `Unverified` if that has been so for too long.

        It is sent as a new message: a flood of a stranger's is not to end in the DLQ.
        """
        if self.syncer.time() - message.received_at >= PATIENCE:
            raise Unverified("nobody could be asked")
        self.again.send(message, delay=PAUSE)
        return PUT_OFF

    def _listener(self, provider: str) -> Listener:
        """Return the adapter. Raises `Unverified` if its provider sends no webhooks."""
        try:
            adapter = self.syncer.provider(provider)
        except UnknownProvider as error:
            raise Unverified("no such provider") from error
        if not isinstance(adapter, Listener):
            raise Unverified("a provider that sends none")
        return adapter

    def _act(self, found: Connection, news: News, message: WebhookMessage) -> str:
        """Do what the webhook asks for; decide anew if somebody else writes first."""
        for _ in range(ROUNDS):
            try:
                return self._done(found, news, message)
            except Conflict:
                current = self.syncer.connections.get(found.connection_id)
                if current is None or current.provider_ref != found.provider_ref:
                    return NOBODYS
                found = current
        raise Conflict

    def _done(self, found: Connection, news: News, message: WebhookMessage) -> str:
        """Do what is to be done, unless it has been for one that said the same. May conflict."""
        now = self.syncer.time()
        cycle = minute_of(now) // SLOTS
        decision = decide(found, news, cycle, now)
        if decision.deed is Deed.LATER:
            self.again.send(message, delay=decision.again_in)
        elif decision.deed is not Deed.NOTHING:
            told = _digest(message, found.connection_id)
            if self.replays.seen(told, message.webhook_id, decision.deed, now):
                return REPEATED
            if decision.after is not None:
                self.syncer.connections.save(found, decision.after, expect=EXPECT)
                tell_change(found, decision.after)
            if decision.sync:
                self.syncs.send(SyncMessage(found.connection_id, cycle))
        return decision.deed.value


def _opened(message: WebhookMessage) -> Webhook:
    try:
        body = base64.b64decode(message.body, validate=True)
    except (ValueError, binascii.Error) as error:
        raise Unverified("no body") from error
    return Webhook(message.path, message.headers, body, message.received_at)


def _digest(message: WebhookMessage, connection_id: str) -> str:
    """Return what a webhook that is sent again has in common with the first, for a connection."""
    told = f"{message.provider}\0{message.path}\0{message.body}\0{connection_id}"
    return hashlib.sha256(told.encode()).hexdigest()


def _tell_operator(message: WebhookMessage) -> None:
    """Log that a provider's own words are not understood: an alarm counts it (law 2)."""
    logger.error(
        "operator needed",
        provider=message.provider,
        provider_code="webhook",
        reason=Reason.BAD_ANSWER,
    )
