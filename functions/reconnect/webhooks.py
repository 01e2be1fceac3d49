"""Webhooks come in here and are answered at once; the worker finds out what they are worth.

Whose word one is, some providers have to be asked, and that is the worker's (law 11). So anything
of the right size and type is queued, junk too, unless its provider's `Gate` does not want it.
"""

from __future__ import annotations

import base64
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aws_lambda_powertools.event_handler.exceptions import NotFoundError

from reconnect import answers
from reconnect.visit import JSON
from relink.providers import gate
from relink.queues import ID_LIMIT, Queue, WebhookMessage
from relink.webhooks import BODY_LIMIT, HEADER_LIMIT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from aws_lambda_powertools.event_handler import Response

    from reconnect.visit import Visit
    from relink.webhooks import Gate


@dataclass(frozen=True)
class Webhooks:
    """The routes that providers call."""

    queue: Callable[[], Queue]

    def take(self, provider: str, visit: Visit, now: int) -> Response[str]:
        """Queue what a provider, or somebody in its name, has sent.

        Raises `NotFoundError` for a provider that sends none, or no such event, and as
        `Visit.body` does.
        """
        asked = gate(provider)
        if asked is None or len(visit.path) > ID_LIMIT or not asked.opens(provider, visit.path):
            raise NotFoundError
        body = visit.body(JSON, BODY_LIMIT)
        if not asked.wanted(body):
            return answers.document({}, 202)
        message = WebhookMessage(
            webhook_id=uuid.uuid4().hex,
            provider=provider,
            path=visit.path,
            headers=dict(_proofs(asked, visit)),
            body=base64.b64encode(body).decode(),
            received_at=now,
        )
        self.queue().send(message)
        return answers.document({}, 202)


def _proofs(asked: Gate, visit: Visit) -> Iterator[tuple[str, str]]:
    """Yield the headers that can prove whose it is; one that cannot be one is left out."""
    for name in asked.signatures:
        value = visit.headers.get(name, "")
        if value and len(value) <= HEADER_LIMIT and value.isprintable():
            yield name, value
