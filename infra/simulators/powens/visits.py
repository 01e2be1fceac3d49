"""What an owner does on the bank's own page or in Powens' webview, and what comes of it."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from infra.simulators.exchange import Reply, Request
from infra.simulators.powens import connectors, page_text, reading
from infra.simulators.powens.pages import Page
from infra.simulators.powens.refusals import RefusedError
from infra.simulators.powens.signing_in import SigningIn
from infra.simulators.powens.state import NAME, PAGE_SECONDS, State
from infra.simulators.web_page import expired

if TYPE_CHECKING:
    from infra.simulators.powens.users import Held, User
    from infra.simulators.world import Login

FORM = "/powens/bank/{page}"


class Visits:
    """The pages' handlers."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._door = SigningIn(state)

    def webview(self, request: Request, parts: dict[str, str]) -> Reply:
        """Open the webview, whose code is spent by that."""
        now = self._state.world.now()
        try:
            back, brought = reading.way_back(request, self._state.settings)
            user = self._state.users.spend(request.first("code") or "", now)
            held, connector = self._place(request, user, parts["flow"])
        except RefusedError as error:
            return Reply.of_html(expired(), error.status)
        until = now + PAGE_SECONDS
        page = Page(user, connector, held, back, brought, until, webview=True)
        return self._form(self._state.pages.add(page), page)

    def open(self, _request: Request, parts: dict[str, str]) -> Reply:
        """Show the form."""
        page = self._state.pages.at(parts["page"], self._state.world.now())
        if page is None:
            return Reply.of_html(expired(), HTTPStatus.GONE)
        return self._form(parts["page"], page)

    def act(self, request: Request, parts: dict[str, str]) -> Reply:
        """Go on, or leave."""
        name, fields = parts["page"], request.form()
        page = self._state.pages.at(name, self._state.world.now())
        if page is None:
            return Reply.of_html(expired(), HTTPStatus.GONE)
        if fields.get("action") == "leave":
            return self._back(name, page.way_back(error="access_denied"))
        if not fields.get("login", "").strip():
            return self._form(name, page, "Enter your user name.")
        login = self._state.world.login(NAME, fields["login"].strip())
        self._state.world.calls.add(NAME, login.name, "page")
        try:
            held = self._entered(page, login, fields.get("password", ""))
        except RefusedError as error:
            if error.code == "wrongpass":
                return self._form(name, page, error.message)
            told = page.way_back(error="server_error", error_description=error.message)
            return self._back(name, told)
        return self._back(name, page.done(held))

    def _entered(self, page: Page, login: Login, password: str) -> Held:
        before = page.held.password if page.held else None
        self._door.judge(page.connector, login, password, before)
        held = page.held
        if held is None:
            held = self._door.add(page.user, page.connector, login, password)
        elif held.login is not login:
            raise RefusedError("wrongpass", "This is not the login that was connected.")
        held.password = password
        self._door.enter(held)
        if page.webview:
            held.enabled = {account.seed for account in held.accounts}
        return held

    def _place(
        self, request: Request, user: User, flow: str
    ) -> tuple[Held | None, connectors.Connector]:
        if flow == "reconnect":
            held = user.connection(request.first("connection_id") or "")
            return held, held.connector
        named = request.first("connector_uuids") or request.first("connector_ids")
        return None, connectors.named(named)

    def _form(self, name: str, page: Page, alert: str = "") -> Reply:
        login = page.held.login.name if page.held else ""
        action = FORM.format(page=name)
        return Reply.of_html(page_text.form(page.connector.bank.name, action, login, alert))

    def _back(self, name: str, address: str) -> Reply:
        self._state.pages.close(name)
        return Reply(HTTPStatus.SEE_OTHER, headers=(("Location", address),))
