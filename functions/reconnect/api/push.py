"""The caller's browsers: which of them may be pushed to (Web Push).

Of the keys this side knows the public one alone, which browsers subscribe with.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reconnect import answers
from reconnect.api.caller import NotFound, caller_of
from reconnect.visit import JSON, Invalid
from relink.subscriptions import Subscription

if TYPE_CHECKING:
    from aws_lambda_powertools.event_handler import Response

    from reconnect.visit import Visit
    from relink.push_services import PushServices
    from relink.subscriptions import Subscriptions


@dataclass(frozen=True, slots=True)
class PushApi:
    """Takes subscriptions as browsers make them (`PushSubscription.toJSON()`).

    Each raises `NoWorkspace` for a token that names none, and what `Visit.body` and `bodies.read`
    raise.
    """

    subscriptions: Subscriptions
    services: PushServices
    public_key: str

    def subscribe(self, visit: Visit, now: int) -> Response[str]:
        """Let the caller be pushed to in this browser; the same one again changes nothing.

        Raises `NotFound` where push is not offered, `Conflict` if two owners subscribe one browser
        at the same moment.
        """
        from reconnect.api.bodies import SubscriptionBody, read  # noqa: PLC0415 - without Pydantic

        caller = caller_of(visit.claims)
        if not self.public_key:
            raise NotFound
        wanted = read(SubscriptionBody, visit.body(JSON))
        if not self.services.allow(wanted.endpoint):
            raise Invalid([{"pointer": "#/endpoint", "detail": "not at a push service we know"}])
        expires_at = wanted.expires_at
        if expires_at is not None and expires_at <= now:
            raise Invalid([{"pointer": "#/expirationTime", "detail": "has passed"}])
        self.subscriptions.save(
            Subscription(
                owner_id=caller.owner_id,
                endpoint=wanted.endpoint,
                p256dh=wanted.keys.p256dh,
                auth=wanted.keys.auth,
                created_at=now,
                key=self.public_key,
                expires_at=expires_at,
            )
        )
        return answers.done()

    def unsubscribe(self, visit: Visit) -> Response[str]:
        """Push no more to this browser of the caller's; one that is not known is none already."""
        from reconnect.api.bodies import EndpointBody, read  # noqa: PLC0415 - without Pydantic

        caller = caller_of(visit.claims)
        endpoint = read(EndpointBody, visit.body(JSON)).endpoint
        self.subscriptions.forget(caller.owner_id, endpoint)
        return answers.done()
