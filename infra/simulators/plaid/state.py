"""The state that the interface, the page and the switches share, and what it says of an item."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from infra.simulators.plaid.feed import Feed, stamp
from infra.simulators.plaid.items import Item, Items, institution_id
from infra.simulators.plaid.links import Links
from infra.simulators.plaid.refusals import RefusedError
from infra.simulators.plaid.settings import Settings
from infra.simulators.plaid.signing import Signer
from infra.simulators.plaid.troubles import OF_THE_ITEM, from_options, refusal
from infra.simulators.world import UNKNOWN_LOGIN, World

if TYPE_CHECKING:
    from collections.abc import Mapping

    from infra.simulators.troubles import Trouble

NAME = "plaid"
Answer = dict[str, Any]


@dataclass
class State:
    """All that Plaid knows."""

    world: World
    settings: Settings = field(default_factory=Settings)
    items: Items = field(default_factory=Items)
    links: Links = field(default_factory=Links)
    signer: Signer = field(default_factory=Signer)

    def count(self, item: Item | None, endpoint: str) -> None:
        """Count a call."""
        name = item.login.name if item else UNKNOWN_LOGIN
        self.world.calls.add(NAME, name, endpoint)

    def spoil(self, trouble: Trouble, item: Item) -> None:
        """Raise what is wrong with the item or its bank."""
        error = refusal(trouble) or self.lapsed(item)
        if error is None and item.bank.id in self.world.outages:
            error = RefusedError("INSTITUTION_DOWN")
        if error is not None:
            raise error

    def lapsed(self, item: Item) -> RefusedError | None:
        """Return the error of an item whose consent has expired."""
        ends = item.consent_ends
        if ends is None or self.world.now() < ends:
            return None
        return RefusedError("ITEM_LOGIN_REQUIRED", error_code_reason="OAUTH_CONSENT_EXPIRED")

    def feed(self, item: Item) -> Feed:
        """Return the changes of an item."""
        return Feed(item, self.world.histories)

    def known_until(self, item: Item, trouble: Trouble) -> int:
        """Return when Plaid last read the bank: at first when the item was made."""
        now = self.world.now()
        known = max(now - now % self.settings.refresh_seconds, item.created)
        if trouble.kind == "stale" and trouble.begins:
            return max(min(known, trouble.begins), item.created)
        return known

    def item(self, item: Item) -> Answer:
        """Return an item as Plaid tells it."""
        trouble = self.world.trouble(item.login, spoils=False)
        error = self.lapsed(item)
        if trouble.kind in OF_THE_ITEM:
            error = refusal(trouble)
        elif trouble.kind == "item-error":
            error = from_options(trouble)
        return {
            "item_id": item.item_id,
            "institution_id": institution_id(item.bank),
            "institution_name": item.bank.name,
            "webhook": item.webhook,
            "error": error.content() if error else None,
            "available_products": ["balance"],
            "billed_products": ["transactions"],
            "products": ["transactions"],
            "consent_expiration_time": stamp(item.consent_ends),
            "update_type": "background",
            "created_at": stamp(item.created),
        }

    def status(self, item: Item) -> Answer:
        """Return when an item was read, and when it could not be."""
        trouble = self.world.trouble(item.login, spoils=False)
        good = self.known_until(item, trouble)
        now = self.world.now()
        tried = max(now - now % self.settings.refresh_seconds, good + 1)
        failed = tried if trouble.kind == "stale" and trouble.begins else None
        updates = {"last_successful_update": stamp(good), "last_failed_update": stamp(failed)}
        return {"transactions": updates, "last_webhook": None}

    def webhook(
        self, item: Item, kind: str, code: str, more: Mapping[str, Any]
    ) -> tuple[str, bytes, str]:
        """Return the address, body and signature of a webhook."""
        content = {
            "webhook_type": kind,
            "webhook_code": code,
            "item_id": item.item_id,
            "environment": "sandbox",
            **more,
        }
        body = json.dumps(content).encode()
        return item.webhook or "", body, self.signer.token(body, self.world.now())
