"""Powens' HTTP interface: what each request is answered with."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from infra.simulators import faults
from infra.simulators.exchange import Handler, Reply, Request
from infra.simulators.powens import connectors, listings, reading
from infra.simulators.powens.pages import Page
from infra.simulators.powens.refusals import RefusedError
from infra.simulators.powens.signing_in import SigningIn
from infra.simulators.powens.state import NAME, PAGE_SECONDS, State
from infra.simulators.troubles import Trouble

if TYPE_CHECKING:
    from collections.abc import Iterator

    from infra.simulators.powens.users import Held, User

PREFIX = "/powens"
ROOT = "/2.0"
JUST_READ = 60
UNFINISHED = frozenset({"additionalInformationNeeded", "decoupled", "webauthRequired"})
Parts = dict[str, str]
Own = Callable[[Request, "User", Parts], Reply]


class Interface:
    """The endpoints."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._door = SigningIn(state)
        self._number = 0

    def routes(self) -> Iterator[tuple[str, str, Handler]]:
        """Yield the endpoints."""
        for method, path, handler in (
            ("POST", "/auth/init", self._init),
            ("GET", "/connectors", self._connectors),
            ("GET", "/connectors/{connector}", self._connector),
        ):
            yield method, ROOT + path, self._strict(handler)
        own: tuple[tuple[str, str, Own], ...] = (
            ("GET", "/auth/token/code", self._code),
            ("GET", "/publickey", self._public_key),
            ("GET", "/webauth-url", self._webauth_url),
            ("GET", "/users/me/connections", self._connections),
            ("POST", "/users/me/connections", self._create),
            ("GET", "/users/me/connections/{id}", self._connection),
            ("POST", "/users/me/connections/{id}", self._again),
            ("PUT", "/users/me/connections/{id}", self._sync),
            ("DELETE", "/users/me/connections/{id}", self._delete),
            ("PUT", "/users/me/connections/{id}/accounts/{accounts}", self._activate),
            ("GET", "/users/me/accounts", self._accounts),
            ("GET", "/users/me/transactions", self._transactions),
        )
        for method, path, call in own:
            yield method, ROOT + path, self._strict(self._of_user(call))

    def _strict(self, call: Handler) -> Handler:
        """Return a handler that says no as Powens does."""

        def handler(request: Request, parts: Parts) -> Reply:
            self._number += 1
            now = self._state.world.now()
            if NAME in self._state.world.outages:
                return faults.instead(Trouble("down"), now, "") or Reply(503)
            try:
                return call(request, parts)
            except RefusedError as error:
                if error.status == HTTPStatus.TOO_MANY_REQUESTS:
                    return error.reply(self._number, Retry_After="60")
                return error.reply(self._number)

        return handler

    def _of_user(self, call: Own) -> Handler:
        def handler(request: Request, parts: Parts) -> Reply:
            user = self._state.users.named(request.headers.get("Authorization") or "")
            user.count(self._state.world.now(), self._state.settings.requests_a_minute)
            if any(self._state.trouble(h).kind == "token-revoked" for h in user.connections):
                raise RefusedError("unauthorized", "the token has been revoked")
            for held in user.connections:
                self._state.read(held)
            return call(request, user, parts)

        return handler

    def _held(self, user: User, parts: Parts, endpoint: str) -> Held:
        held = user.connection(parts["id"])
        self._state.count(held, endpoint)
        if self._state.trouble(held).kind == "connection-deleted":
            user.connections.remove(held)
            raise RefusedError("notFound", "no such connection")
        return held

    def _shown(self, held: Held, request: Request, status: int = HTTPStatus.OK) -> Reply:
        shown = self._state.connection(held, reading.expanded(request))
        if status != HTTPStatus.OK and shown["state"] in UNFINISHED:
            return Reply.of_json(shown, HTTPStatus.ACCEPTED)
        return Reply.of_json(shown)

    def _init(self, request: Request, _parts: Parts) -> Reply:
        self._state.count(None, "auth/init")
        settings, content = self._state.settings, reading.content(request)
        if content.keys() - {"client_id", "client_secret"}:
            raise RefusedError("invalidValue", "unknown fields")
        keys = content.get("client_id"), content.get("client_secret")
        if keys != (settings.client_id, settings.client_secret):
            raise RefusedError("invalid_client", "client_id or client_secret is wrong")
        user = self._state.users.add()
        token = {"auth_token": user.token, "type": "permanent"}
        return Reply.of_json({**token, "id_user": user.id, "expires_in": None})

    def _connectors(self, request: Request, _parts: Parts) -> Reply:
        self._state.count(None, "connectors.list")
        reading.allow(request, "country_codes", "id_payment", "expand")
        asked, expand = request.first("country_codes"), reading.expanded(request)
        countries = set(asked.split(",")) if asked else None
        shown = [
            each.shown(expand)
            for each in connectors.CONNECTORS
            if countries is None or each.bank.country in countries
        ]
        return Reply.of_json({"connectors": shown})

    def _connector(self, request: Request, parts: Parts) -> Reply:
        self._state.count(None, "connectors")
        reading.allow(request, "expand")
        found = connectors.named(parts["connector"])
        return Reply.of_json(found.shown(reading.expanded(request)))

    def _code(self, request: Request, user: User, _parts: Parts) -> Reply:
        self._state.count(None, "auth/token/code")
        if request.first("type") != "singleAccess":
            raise RefusedError("invalidValue", "type")
        code = self._state.users.code(user, self._state.world.now())
        shown = {"code": code, "type": "temporary", "access": "single", "expires_in": 1_800}
        return Reply.of_json(shown)

    def _public_key(self, _request: Request, _user: User, _parts: Parts) -> Reply:
        self._state.count(None, "publickey")
        if self._state.settings.encryption == "off":
            raise RefusedError("notFound", "no key")
        return Reply.of_json(self._state.opener.public())

    def _webauth_url(self, request: Request, user: User, _parts: Parts) -> Reply:
        names = ("client_id", "redirect_uri", "id_connector", "id_connection", "source", "state")
        reading.allow(request, *names)
        back, brought = reading.way_back(request, self._state.settings)
        known = request.first("id_connection")
        held = user.connection(known) if known else None
        self._state.count(held, "webauth-url")
        connector = held.connector if held else connectors.named(request.first("id_connector"))
        if connector.mechanism != "webauth":
            raise RefusedError("invalidValue", "no bank's page")
        if held is not None and self._state.condition(held) is None:
            raise RefusedError("upToDate", "the connection is up to date")
        until = self._state.world.now() + PAGE_SECONDS
        name = self._state.pages.add(Page(user, connector, held, back, brought, until))
        return Reply.of_json({"url": f"{request.base}{PREFIX}/bank/{name}"})

    def _connections(self, _request: Request, user: User, _parts: Parts) -> Reply:
        self._state.count(None, "connections")
        shown = [self._state.connection(held, frozenset()) for held in user.connections]
        return Reply.of_json({"connections": shown, "total": len(shown)})

    def _create(self, request: Request, user: User, _parts: Parts) -> Reply:
        reading.allow(request, "source", "expand")
        content = reading.content(request)
        named = [content.pop(k) for k in ("id_connector", "connector_uuid") if k in content]
        if len(named) != 1:
            raise RefusedError("missingParameter", "id_connector or connector_uuid")
        connector = connectors.named(named[0])
        if (request.first("source") or connector.source) != connector.source:
            raise RefusedError("invalidValue", "source")
        held = self._door.create(user, connector, self._opened(connector.fields, content))
        self._state.count(held, "connections.create")
        return self._shown(held, request, HTTPStatus.ACCEPTED)

    def _connection(self, request: Request, user: User, parts: Parts) -> Reply:
        reading.allow(request, "expand")
        held = self._held(user, parts, "connection")
        trouble = self._state.trouble(held)
        if trouble.kind not in listings.OF_MOVEMENTS:
            self._state.world.trouble(held.login)
        return listings.spoilt(self._state, request, trouble, self._shown(held, request))

    def _again(self, request: Request, user: User, parts: Parts) -> Reply:
        reading.allow(request, "background", "expand")
        held, content = self._held(user, parts, "connection.update"), reading.content(request)
        if content == {"resume": True}:
            self._door.resume(held)
        else:
            self._door.again(held, self._opened(held.connector.fields, content))
        return self._shown(held, request, HTTPStatus.ACCEPTED)

    def _opened(self, fields: Any, content: dict[str, Any]) -> dict[str, str]:
        """Return values out of their seals; what is chosen from a list comes as it is."""
        lists = {field["name"] for field in fields if field["type"] == "list"}
        required = self._state.settings.encryption == "required"
        found = {}
        for name, value in content.items():
            if not isinstance(value, str):
                raise RefusedError("invalidValue", f"field {name} is a text")
            clear = name in lists
            opener = self._state.opener
            found[name] = value if clear else opener.opened(value, required=required)
        return found

    def _sync(self, request: Request, user: User, parts: Parts) -> Reply:
        reading.allow(request, "psu_requested", "background", "expand")
        held, now = self._held(user, parts, "connection.sync"), self._state.world.now()
        if request.first("psu_requested") not in {None, "true", "false"}:
            raise RefusedError("invalidValue", "psu_requested")
        if now - held.known_until < JUST_READ and held.reads:
            raise RefusedError("tooManySync", "it has just been read")
        if self._state.condition(held) is None and self._state.trouble(held).kind != "stale":
            held.read(now)
        return self._shown(held, request)

    def _delete(self, _request: Request, user: User, parts: Parts) -> Reply:
        user.connections.remove(self._held(user, parts, "connection.delete"))
        return Reply(HTTPStatus.NO_CONTENT)

    def _activate(self, request: Request, user: User, parts: Parts) -> Reply:
        reading.allow(request, "all")
        held = self._held(user, parts, "accounts.update")
        return listings.activated(self._state, held, parts["accounts"], reading.content(request))

    def _accounts(self, request: Request, user: User, _parts: Parts) -> Reply:
        return listings.accounts(self._state, request, user)

    def _transactions(self, request: Request, user: User, _parts: Parts) -> Reply:
        return listings.movements(self._state, request, user, PREFIX)
