"""Powens as a service of the simulators: its interface, its pages, and the switches it has."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from infra.simulators.exchange import Handler, Reply, Request, Routes
from infra.simulators.powens.connectors import CONNECTORS
from infra.simulators.powens.feed import Feed
from infra.simulators.powens.happenings import HAPPENINGS
from infra.simulators.powens.interface import PREFIX, ROOT, Interface
from infra.simulators.powens.sealing import Opener, signed
from infra.simulators.powens.signing_in import SigningIn
from infra.simulators.powens.state import NAME, State
from infra.simulators.powens.troubles import CURED_AT_BANK, TROUBLES
from infra.simulators.powens.visits import Visits
from infra.simulators.webhooks import deliver

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from infra.simulators.powens.users import Held
    from infra.simulators.world import Login, World


class PowensService:
    """The service below `/powens`."""

    name = NAME
    prefix = PREFIX
    latent = True
    troubles: Mapping[str, str] = TROUBLES
    _state: State
    _routes: Routes

    def __init__(self, world: World) -> None:
        self._world = world
        self._opener = Opener()
        self.forget(None)

    def answer(self, request: Request) -> Reply:
        """Answer a request to the interface or a page."""
        with self._world.lock:
            return self._routes.answer(request)

    def controls(self) -> Iterable[tuple[str, str, Handler]]:
        """Return Powens' own control routes.

        `GET /control/powens/codes?login=` tells the code that the bank has sent last,
        `POST …/approve {"login", "approve"}` answers the bank's app, `…/cure {"login"}` does what
        an owner does at his bank, `…/withdraw {"login"}` has the bank take a movement back,
        `…/webhook {"login", "event", "url"}` signs a webhook, sends it there and returns it,
        `…/happen {"login", "what"}` lets one of `HAPPENINGS` come about and sends its webhook to
        the address in the settings, `…/settings` changes `Settings`.
        """
        return [
            ("GET", "/powens/codes", self._control_codes),
            ("POST", "/powens/approve", self._control_approve),
            ("POST", "/powens/cure", self._control_cure),
            ("POST", "/powens/withdraw", self._control_withdraw),
            ("POST", "/powens/webhook", self._control_webhook),
            ("POST", "/powens/happen", self._control_happen),
            ("POST", "/powens/settings", self._control_settings),
        ]

    def shown(self, login: Login) -> dict[str, Any]:
        """Return the login's connections, without tokens, passwords and codes."""
        connections = [
            {
                "id": held.id,
                "state": self._state.condition(held),
                "connector": held.connector.uuid,
                "accounts": [Feed(self._state, held).account_id(a) for a in held.accounts],
                "consent_ends": held.consent_ends,
                "last_read": held.known_until,
            }
            for held in self._state.users.of(login.name)
        ]
        return {
            "connections": connections,
            "connectors": {each.uuid: each.bank.name for each in CONNECTORS},
        }

    def forget(self, login: Login | None) -> None:
        """Forget a login's connections, or everything and the settings, too."""
        if login is not None:
            self._state.users.forget(login.name)
            self._state.wrong.pop(login.name, None)
            return
        self._state = State(self._world, self._opener)
        visits = Visits(self._state)
        pages: list[tuple[str, str, Handler]] = [
            ("GET", f"{ROOT}/auth/webview/{{flow}}", visits.webview),
            ("GET", "/bank/{page}", visits.open),
            ("POST", "/bank/{page}", visits.act),
        ]
        self._routes = Routes([*Interface(self._state).routes(), *pages])

    def _last(self, login: object) -> Held:
        found = self._state.users.of(str(login))
        if not found:
            raise ValueError("no connection of this login")
        return found[-1]

    def _control_codes(self, request: Request, _parts: dict[str, str]) -> Reply:
        challenge = self._last(request.first("login")).challenge
        return Reply.of_json({"code": challenge.code if challenge else None})

    def _control_approve(self, request: Request, _parts: dict[str, str]) -> Reply:
        fields = request.json()
        approve = fields.get("approve", True) is True
        SigningIn(self._state).decide(self._last(fields["login"]), approve=approve)
        return Reply.of_json({"approved": approve})

    def _control_cure(self, request: Request, _parts: dict[str, str]) -> Reply:
        login = self._world.login(self.name, str(request.json()["login"]))
        locked = self._state.wrong.pop(login.name, 0)
        cured = self._world.trouble(login, spoils=False).kind in CURED_AT_BANK
        if cured:
            self._world.ends_trouble(login)
        return Reply.of_json({"cured": cured or bool(locked)})

    def _control_withdraw(self, request: Request, _parts: dict[str, str]) -> Reply:
        held = self._last(request.json()["login"])
        feed = Feed(self._state, held)
        held.withdrawn[feed.newest()] = self._world.now()
        return Reply.of_json({"withdrawn": len(held.withdrawn)})

    def _control_webhook(self, request: Request, _parts: dict[str, str]) -> Reply:
        fields = request.json()
        return self._sent(self._last(fields["login"]), str(fields["event"]), str(fields["url"]))

    def _control_happen(self, request: Request, _parts: dict[str, str]) -> Reply:
        fields = request.json()
        held = self._last(fields["login"])
        event = HAPPENINGS[fields["what"]](self._state, held)
        return self._sent(held, event, f"{self._state.settings.webhook_url}/{event}")

    def _sent(self, held: Held, event: str, url: str) -> Reply:
        body = json.dumps(self._told(held, event)).encode()
        path, secret = urlsplit(url).path, self._state.settings.webhook_secret
        headers = signed(path, body, self._world.now(), secret)
        deliver(url, body, headers)
        return Reply.of_json({"path": path, "body": body.decode(), "headers": headers})

    def _told(self, held: Held, event: str) -> dict[str, Any]:
        """Return what a webhook says."""
        connection = self._state.connection(held, frozenset({"sources"}))
        user = {"id": held.user.id, "signin": None, "platform": "sharedAccess"}
        number = {"id_webhook_data": held.number("webhook", event, self._world.now())}
        if event in {"CONNECTION_SYNCED", "ACCOUNTS_FETCHED"}:
            told = {**connection, "accounts": Feed(self._state, held).accounts()}
            return {"user": user, "connection": told, **number}
        return {**(user if event.startswith("USER_") else connection), **number}

    def _control_settings(self, request: Request, _parts: dict[str, str]) -> Reply:
        fields = request.json()
        if "redirect_uris" in fields:
            fields["redirect_uris"] = tuple(fields["redirect_uris"])
        self._state.settings = replace(self._state.settings, **fields)
        return Reply.of_json(asdict(self._state.settings))
