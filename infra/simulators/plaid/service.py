"""Plaid as a service of the simulators: its interface, its page, and the switches it has."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from infra.simulators.exchange import Handler, Reply, Request, Routes
from infra.simulators.plaid.happenings import HAPPENINGS
from infra.simulators.plaid.hosted import Hosted
from infra.simulators.plaid.interface import PREFIX, Interface
from infra.simulators.plaid.items import INSTITUTIONS, institution_id
from infra.simulators.plaid.signing import VERIFICATION
from infra.simulators.plaid.state import NAME, State
from infra.simulators.plaid.troubles import CURED_AT_BANK, TROUBLES
from infra.simulators.webhooks import deliver

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from infra.simulators.plaid.happenings import Told
    from infra.simulators.plaid.items import Item
    from infra.simulators.world import Login, World


class PlaidService:
    """The service below `/plaid`."""

    name = NAME
    prefix = PREFIX
    latent = True
    troubles: Mapping[str, str] = TROUBLES
    _state: State
    _routes: Routes

    def __init__(self, world: World) -> None:
        self._world = world
        self.forget(None)

    def answer(self, request: Request) -> Reply:
        """Answer a request to the interface or the page."""
        with self._world.lock:
            return self._routes.answer(request)

    def controls(self) -> Iterable[tuple[str, str, Handler]]:
        """Return Plaid's own control routes.

        `POST /control/plaid/cure {"login"}` does what an owner does at his bank (unlocks, finishes
        what it asks for), `…/webhook {"login", "webhook_type", "webhook_code", …}` signs a webhook
        of the login's last item, sends it there and returns it, `…/happen {"login", "what"}` lets
        one of `HAPPENINGS` come about and does the same, `…/settings` changes `Settings`.
        """
        return [
            ("POST", "/plaid/cure", self._control_cure),
            ("POST", "/plaid/webhook", self._control_webhook),
            ("POST", "/plaid/happen", self._control_happen),
            ("POST", "/plaid/settings", self._control_settings),
        ]

    def shown(self, login: Login) -> dict[str, Any]:
        """Return the login's live items, without their tokens."""
        items = [
            {
                "item_id": item.item_id,
                "institution_id": institution_id(item.bank),
                "accounts": [item.account_id(account) for account in item.accounts],
                "consent_ends": item.consent_ends,
                "webhook": item.webhook,
            }
            for item in self._state.items.of(login.name)
        ]
        return {"items": items, "institutions": {k: v.name for k, v in INSTITUTIONS.items()}}

    def forget(self, login: Login | None) -> None:
        """Forget a login's items, or everything and the settings, too."""
        if login is not None:
            self._state.items.forget(login.name)
            return
        self._state = State(self._world)
        hosted = Hosted(self._state)
        pages: list[tuple[str, str, Handler]] = [
            ("GET", "/hosted/{page}", hosted.open),
            ("POST", "/hosted/{page}", hosted.act),
        ]
        self._routes = Routes([*Interface(self._state).routes(), *pages])

    def _control_cure(self, request: Request, _parts: dict[str, str]) -> Reply:
        login = self._world.login(self.name, str(request.json()["login"]))
        cured = self._world.trouble(login, spoils=False).kind in CURED_AT_BANK
        if cured:
            self._world.ends_trouble(login)
        return Reply.of_json({"cured": cured})

    def _control_webhook(self, request: Request, _parts: dict[str, str]) -> Reply:
        fields = request.json()
        item = self._last(fields.pop("login"))
        kind, code = str(fields.pop("webhook_type")), str(fields.pop("webhook_code"))
        return self._sent(item, (kind, code, fields))

    def _control_happen(self, request: Request, _parts: dict[str, str]) -> Reply:
        fields = request.json()
        item = self._last(fields["login"])
        return self._sent(item, HAPPENINGS[fields["what"]](self._state, item))

    def _last(self, login: object) -> Item:
        found = self._state.items.of(str(login))
        if not found:
            raise ValueError("no item of this login")
        return found[-1]

    def _sent(self, item: Item, told: Told) -> Reply:
        url, body, token = self._state.webhook(item, *told)
        deliver(url, body, {VERIFICATION: token})
        return Reply.of_json({"url": url, "body": body.decode(), "plaid_verification": token})

    def _control_settings(self, request: Request, _parts: dict[str, str]) -> Reply:
        self._state.settings = replace(self._state.settings, **request.json())
        return Reply.of_json(asdict(self._state.settings))
