"""Plaid's HTTP interface: what each endpoint answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from infra.simulators import faults
from infra.simulators.banking import identifier
from infra.simulators.exchange import Handler, Reply, Request
from infra.simulators.plaid import institutions, links, requests
from infra.simulators.plaid.feed import Place, stamp
from infra.simulators.plaid.refusals import RefusedError
from infra.simulators.plaid.signing import VERIFICATION
from infra.simulators.plaid.state import NAME, Answer, State
from infra.simulators.plaid.troubles import DEAD, OF_THE_ITEM, distorted
from infra.simulators.troubles import Trouble
from infra.simulators.webhooks import deliver

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PREFIX = "/plaid"


class Interface:
    """The endpoints."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._number = 0
        self._limit = institutions.Limit()

    def routes(self) -> Iterator[tuple[str, str, Handler]]:
        """Yield the endpoints; all are POST."""
        calls: dict[str, Callable[[Request, Answer], Reply | Answer]] = {
            "/institutions/get": self._institutions_get,
            "/link/token/create": self._link_token_create,
            "/link/token/get": self._link_token_get,
            "/item/public_token/exchange": self._exchange,
            "/item/get": self._item_get,
            "/item/remove": self._item_remove,
            "/accounts/get": self._accounts_get,
            "/transactions/sync": self._transactions_sync,
            "/webhook_verification_key/get": self._key_get,
            "/sandbox/item/reset_login": self._reset_login,
            "/sandbox/item/fire_webhook": self._fire_webhook,
        }
        for path, call in calls.items():
            yield "POST", path, self._strict(call)

    def _strict(self, call: Callable[[Request, Answer], Reply | Answer]) -> Handler:
        """Return a handler that reads strictly, and says no as Plaid does."""

        def handler(request: Request, _parts: dict[str, str]) -> Reply:
            self._number += 1
            state = self._state
            if NAME in state.world.outages:
                down = faults.instead(Trouble("down"), state.world.now(), "")
                return down or Reply(503)
            try:
                keys = state.settings.client_id, state.settings.secret
                answer = call(request, requests.read(request, *keys))
            except RefusedError as error:
                return error.reply(self._number)
            return answer if isinstance(answer, Reply) else self._answered(answer)

        return handler

    def _answered(self, answer: Answer) -> Reply:
        number = identifier("request", self._number)[:15]
        return Reply.of_json({**answer, "request_id": number})

    def _spoilt(self, request: Request, trouble: Trouble, answer: Answer) -> Reply:
        """Return an answer as the troubles that any service can have let it through."""
        elsewhere = f"{request.base}{PREFIX}".replace("127.0.0.1", "localhost") + request.path
        instead = faults.instead(trouble, self._state.world.now(), elsewhere)
        return instead or faults.spoilt(trouble, self._answered(answer))

    def _institutions_get(self, _request: Request, content: Answer) -> Answer:
        self._state.count(None, "institutions/get")
        self._limit.count(self._state.world.now())
        return institutions.page(content)

    def _link_token_create(self, request: Request, content: Answer) -> Answer:
        token = content.get("access_token")
        item = self._state.items.item(token) if token else None
        self._state.count(item, "link/token/create")
        if item is None and "products" not in content:
            raise RefusedError("MISSING_FIELDS", "products is required")
        if item is not None:
            if "products" in content:
                raise RefusedError("INVALID_FIELD", "products must be left out in update mode")
            trouble = self._state.world.trouble(item.login, spoils=False)
            if trouble.kind in DEAD:
                raise RefusedError(DEAD[trouble.kind])
        made = self._state.links.add(content, self._state.world.now(), item)
        shown = {"link_token": made.name, "expiration": stamp(made.until)}
        if "hosted_link" in content:
            shown["hosted_link_url"] = f"{request.base}{PREFIX}/hosted/{made.page}"
        return shown

    def _link_token_get(self, _request: Request, content: Answer) -> Answer:
        now = self._state.world.now()
        link = self._state.links.named(content["link_token"], now)
        self._state.count(link.item, "link/token/get")
        return links.told(link, now, self._state.settings)

    def _exchange(self, _request: Request, content: Answer) -> Answer:
        item = self._state.items.exchange(content["public_token"], self._state.world.now())
        self._state.count(item, "item/public_token/exchange")
        return {"access_token": item.access_token, "item_id": item.item_id}

    def _item_get(self, request: Request, content: Answer) -> Reply:
        item = self._state.items.item(content["access_token"])
        self._state.count(item, "item/get")
        trouble = self._state.world.trouble(item.login, spoils=False)
        in_it = trouble.kind in {*OF_THE_ITEM, "item-error"} or self._state.lapsed(item) is not None
        if not in_it:
            self._state.spoil(trouble, item)
        return self._spoilt(
            request, trouble, {"item": self._state.item(item), "status": self._state.status(item)}
        )

    def _accounts_get(self, request: Request, content: Answer) -> Reply:
        item = self._state.items.item(content["access_token"])
        self._state.count(item, "accounts/get")
        trouble = self._state.world.trouble(item.login, spoils=False)
        self._state.spoil(trouble, item)
        accounts = self._state.feed(item).accounts(self._state.known_until(item, trouble))
        answer = {"accounts": accounts, "item": self._state.item(item)}
        if trouble.kind == "many-accounts":
            answer = distorted(trouble, answer)
        return self._spoilt(request, trouble, answer)

    def _transactions_sync(self, request: Request, content: Answer) -> Reply:
        item = self._state.items.item(content["access_token"])
        self._state.count(item, "transactions/sync")
        now, cursor = self._state.world.now(), content.get("cursor", "")
        item.count_sync(now)
        trouble = self._state.world.trouble(item.login, spoils=False)
        if trouble.kind != "mutation":
            trouble = self._state.world.trouble(item.login)
        self._state.spoil(trouble, item)
        feed, until = self._state.feed(item), self._state.known_until(item, trouble)
        page = feed.page(cursor, content.get("count", 100), until, now)
        if trouble.kind == "mutation" and cursor and Place.of(cursor, item).offset:
            self._state.world.trouble(item.login)
            raise RefusedError("TRANSACTIONS_SYNC_MUTATION_DURING_PAGINATION")
        page |= {"accounts": feed.accounts(until)}
        page |= {"transactions_update_status": "HISTORICAL_UPDATE_COMPLETE"}
        page |= {"has_more": page["has_more"] or trouble.kind == "endless"}
        self._state.world.answered(item.login)
        return self._spoilt(request, trouble, distorted(trouble, page))

    def _item_remove(self, _request: Request, content: Answer) -> Answer:
        item = self._state.items.item(content["access_token"])
        self._state.count(item, "item/remove")
        item.removed = True
        return {}

    def _key_get(self, _request: Request, content: Answer) -> Answer:
        self._state.count(None, "webhook_verification_key/get")
        return {"key": self._state.signer.public(content["key_id"], self._state.world.now())}

    def _reset_login(self, _request: Request, content: Answer) -> Answer:
        item = self._state.items.item(content["access_token"])
        item.login.trouble = Trouble("expired").begun(self._state.world.now())
        return {"reset_login": True}

    def _fire_webhook(self, _request: Request, content: Answer) -> Answer:
        item = self._state.items.item(content["access_token"])
        if not item.webhook:
            raise RefusedError("SANDBOX_WEBHOOK_INVALID", "the item has no webhook")
        kind = content.get("webhook_type", "ITEM")
        url, body, token = self._state.webhook(item, kind, content["webhook_code"], {})
        deliver(url, body, {VERIFICATION: token})
        return {"webhook_fired": True}
