"""Hosted Link: what the owner does on the page, and what comes of it."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING

from infra.simulators.exchange import Reply, Request
from infra.simulators.plaid import page
from infra.simulators.plaid.items import INSTITUTIONS, Item
from infra.simulators.plaid.refusals import RefusedError
from infra.simulators.plaid.state import NAME, State
from infra.simulators.plaid.troubles import (
    CURED_AT_BANK,
    CURED_BY_UPDATE,
    DEAD,
    from_options,
    refusal,
)
from infra.simulators.web_page import expired

if TYPE_CHECKING:
    from infra.simulators.banking import Bank
    from infra.simulators.plaid.links import LinkToken, Visit
    from infra.simulators.world import Login

CODE = "246810"
WRONG = "wrong"
NEW = "new"


@dataclass
class Hosted:
    """The page."""

    state: State

    def open(self, _request: Request, parts: dict[str, str]) -> Reply:
        """Show the first form."""
        link = self.state.links.at(parts["page"], self.state.world.now())
        if link is None:
            return Reply.of_html(expired(), HTTPStatus.GONE)
        link.visit(self.state.world.now())
        return self._sign_in(link)

    def act(self, request: Request, parts: dict[str, str]) -> Reply:
        """Go on, or leave."""
        now = self.state.world.now()
        link = self.state.links.at(parts["page"], now)
        if link is None:
            return Reply.of_html(expired(), HTTPStatus.GONE)
        visit, form = link.visit(now), request.form()
        if form.get("action") == "leave":
            return self._end(link, visit)
        name = form.get("login", "").strip()
        if not name:
            return self._sign_in(link, "Enter your user name.")
        login = self.state.world.login(NAME, name)
        self.state.world.calls.add(NAME, name, "page")
        try:
            return self._signed_in(link, visit, login, form)
        except RefusedError as error:
            visit.error = error
            if error.code in {"INVALID_CREDENTIALS", "INVALID_MFA"}:
                return self._again(link, visit, form, error)
            return self._end(link, visit)

    def _sign_in(self, link: LinkToken, alert: str = "") -> Reply:
        known = link.item.login.name if link.item else ""
        client, bank = str(link.content["client_name"]), self._bank_name(link)
        return Reply.of_html(page.sign_in(client, bank, known, alert))

    def _again(
        self, link: LinkToken, visit: Visit, form: dict[str, str], error: RefusedError
    ) -> Reply:
        alert = str(error.content()["display_message"])
        if visit.asked_code:
            return self._ask_code(link, form, alert)
        return self._sign_in(link, alert)

    def _ask_code(self, link: LinkToken, form: dict[str, str], alert: str = "") -> Reply:
        client, bank = str(link.content["client_name"]), self._bank_name(link)
        login, password = form.get("login", ""), form.get("password", "")
        return Reply.of_html(page.code(client, bank, login, password, alert))

    def _signed_in(
        self, link: LinkToken, visit: Visit, login: Login, form: dict[str, str]
    ) -> Reply:
        trouble = self.state.world.trouble(login, spoils=False)
        updated = link.item
        password = form.get("password", "")
        if updated and updated.login.name != login.name and trouble.kind != "other-accounts":
            raise RefusedError("INVALID_UPDATED_USERNAME")
        if password == WRONG or (trouble.kind == "password-changed" and password != NEW):
            raise RefusedError("INVALID_CREDENTIALS")
        if trouble.kind == "exit":
            raise from_options(trouble)
        if trouble.kind == "already-fine":
            raise RefusedError("ITEM_NO_ERROR")
        if trouble.kind in {*CURED_AT_BANK, "bank-down", "maintenance", "internal"}:
            raise refusal(trouble) or RefusedError("INTERNAL_SERVER_ERROR")
        if trouble.kind == "code" and not form.get("code"):
            visit.asked_code = True
            visit.status = "requires_code"
            return self._ask_code(link, form)
        if trouble.kind == "code" and form["code"] != CODE:
            raise RefusedError("INVALID_MFA")
        return self._success(link, visit, login)

    def _success(self, link: LinkToken, visit: Visit, login: Login) -> Reply:
        now = self.state.world.now()
        trouble = self.state.world.trouble(login, spoils=False)
        if link.item is None:
            item = self._new_item(link, login)
            visit.public_token = self.state.items.public_token(item, now)
        else:
            item = link.item
            item.consented = now
            item.login = login
            item.generation += trouble.kind == "new-account-ids"
            if self.state.settings.update_results == "token":
                visit.public_token = self.state.items.public_token(item, now)
        if trouble.kind in {*CURED_BY_UPDATE, *DEAD, "other-accounts"}:
            self.state.world.ends_trouble(login)
        visit.worked, visit.error = True, None
        return self._end(link, visit)

    def _new_item(self, link: LinkToken, login: Login) -> Item:
        now = self.state.world.now()
        trouble = self.state.world.trouble(login, spoils=False)
        if trouble.kind in DEAD:
            for old in self.state.items.of(login.name):
                old.removed = True
        content = link.content
        days = int(content.get("transactions", {}).get("days_requested", self.state.settings.days))
        webhook = content.get("webhook")
        return self.state.items.add(login, self._bank(link) or login.banks[0], now, days, webhook)

    def _end(self, link: LinkToken, visit: Visit) -> Reply:
        visit.finish(self.state.world.now(), lag=self.state.settings.lag_seconds)
        if link.way_back:
            return Reply(HTTPStatus.SEE_OTHER, headers=(("Location", link.way_back),))
        return Reply.of_html(page.done("Done." if visit.worked else "Nothing was changed."))

    def _bank(self, link: LinkToken) -> Bank | None:
        if link.item:
            return link.item.bank
        return INSTITUTIONS.get(str(link.content.get("institution_id")))

    def _bank_name(self, link: LinkToken) -> str:
        bank = self._bank(link)
        return bank.name if bank else "your bank"
