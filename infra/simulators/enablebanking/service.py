"""The API of Enable Banking, its hosted page, and the switches that only it has."""

from __future__ import annotations

import uuid
from dataclasses import replace
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from infra.simulators.enablebanking import asking, catalogue, complaints, hosted_page
from infra.simulators.enablebanking.application import Applications
from infra.simulators.enablebanking.complaints import TROUBLES
from infra.simulators.enablebanking.consents import Authorization, Consents
from infra.simulators.enablebanking.refusals import RefusedError
from infra.simulators.enablebanking.sessions import Sessions
from infra.simulators.exchange import BadRequestError, Delivery, Handler, Reply, Request, Routes
from infra.simulators.troubles import Trouble
from infra.simulators.world import UNKNOWN_LOGIN

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from infra.simulators.world import Login, World

PAGE_SIZE = 100


class EnableBankingService:
    """The service below `/enablebanking`."""

    name = "enablebanking"
    prefix = "/enablebanking"
    latent = True
    troubles: Mapping[str, str] = TROUBLES

    def __init__(self, world: World) -> None:
        self._world = world
        self._apps = Applications()
        self.forget(None)
        self._routes = Routes(
            [
                ("GET", "/aspsps", self._aspsps),
                ("POST", "/auth", self._auth),
                ("GET", "/welcome", self._welcome),
                ("POST", "/welcome", self._decided),
                ("POST", "/sessions", self._new_session),
                ("GET", "/sessions/{session}", self._session),
                ("DELETE", "/sessions/{session}", self._close),
                ("GET", "/accounts/{uid}/balances", self._balances),
                ("GET", "/accounts/{uid}/transactions", self._transactions),
            ]
        )

    def answer(self, request: Request) -> Reply:
        """Answer a request to the service."""
        with self._world.lock:
            try:
                return self._routes.answer(request)
            except RefusedError as refused:
                return refused.reply()
            except BadRequestError as error:
                return RefusedError("WRONG_REQUEST_PARAMETERS", str(error)).reply()

    # What the API has.

    def _app(self, request: Request) -> str:
        authorization = request.headers.get("Authorization")
        return self._apps.checked(authorization, self._world.now()).app_id

    def _aspsps(self, request: Request, _parts: dict[str, str]) -> Reply:
        self._world.calls.add(self.name, UNKNOWN_LOGIN, "aspsps")
        self._app(request)
        shown = [*map(catalogue.described, catalogue.asked(request.query))]
        return self._unless_down(Reply.of_json({"aspsps": shown}))

    def _auth(self, request: Request, _parts: dict[str, str]) -> Reply:
        self._world.calls.add(self.name, UNKNOWN_LOGIN, "auth")
        authorization = request.headers.get("Authorization")
        app = self._apps.checked(authorization, self._world.now())
        wanted = asking.consent(request.json(), self._world.now())
        if not app.may_redirect(wanted.redirect_url):
            raise RefusedError("REDIRECT_URI_NOT_ALLOWED")
        name = str(uuid.uuid4())
        self._consents.ask(Authorization(name, app.app_id, **vars(wanted)))
        url = f"{request.base}{self.prefix}/welcome?{urlencode({'sessionid': name})}"
        body = {"url": url, "authorization_id": name, "psu_id_hash": uuid.uuid4().hex}
        return self._unless_down(Reply.of_json(body))

    def _new_session(self, request: Request, _parts: dict[str, str]) -> Reply:
        app_id = self._app(request)
        code = request.json().get("code")
        if not isinstance(code, str):
            raise RefusedError("WRONG_REQUEST_PARAMETERS", "code")
        spent = self._consents.spend(code, app_id, self._world.now())
        login = self._world.login(self.name, spent.login)
        self._world.calls.add(self.name, login.name, "sessions.create")
        trouble = self._world.trouble(login, spoils=False)
        reply = Reply.of_json(self._sessions.opened(spent, login, trouble))
        if trouble.kind in complaints.OF_THE_NEXT_CONSENT:
            self._world.ends_trouble(login)
        return reply.but(delivery=Delivery.RESET) if trouble.kind == "answer-lost" else reply

    def _session(self, request: Request, parts: dict[str, str]) -> Reply:
        session = self._consents.session(parts["session"], self._app(request))
        return self._sessions.shown(session, self._elsewhere(request))

    def _close(self, request: Request, parts: dict[str, str]) -> Reply:
        session = self._consents.session(parts["session"], self._app(request))
        self._world.calls.add(self.name, session.login, "sessions.delete")
        session.open_at(self._world.now())
        session.ended = "CLOSED"
        return Reply.of_json({"message": "OK"})

    def _balances(self, request: Request, parts: dict[str, str]) -> Reply:
        session = self._consents.of_account(parts["uid"], self._app(request))
        return self._sessions.balances(session, parts["uid"], request, self._elsewhere(request))

    def _transactions(self, request: Request, parts: dict[str, str]) -> Reply:
        session = self._consents.of_account(parts["uid"], self._app(request))
        return self._sessions.movements(session, parts["uid"], request, self._elsewhere(request))

    def _unless_down(self, reply: Reply) -> Reply:
        if self.name in self._world.outages:
            return Reply.of_text("Service Unavailable", HTTPStatus.SERVICE_UNAVAILABLE)
        return reply

    # The hosted page.

    def _welcome(self, request: Request, _parts: dict[str, str]) -> Reply:
        asked = self._consents.asked.get(request.first("sessionid") or "")
        if asked is None or asked.code:
            return Reply.of_html(hosted_page.over(), HTTPStatus.NOT_FOUND)
        return Reply.of_html(hosted_page.ask(asked))

    def _decided(self, request: Request, _parts: dict[str, str]) -> Reply:
        form = request.form()
        asked = self._consents.asked.get(form.get("sessionid", ""))
        if asked is None or asked.code:
            return Reply.of_html(hosted_page.over(), HTTPStatus.NOT_FOUND)
        allowed, login = form.get("decision") == "approve", form.get("login", "").strip()
        if allowed and not login:
            return Reply.of_html(hosted_page.ask(asked))
        back = self._decide(asked, login, allowed=allowed)
        return Reply(HTTPStatus.SEE_OTHER, headers=(("Location", back),))

    def _decide(self, asked: Authorization, name: str, *, allowed: bool) -> str:
        """Return the address that the owner is sent back to with his answer."""
        self._world.calls.add(self.name, name or UNKNOWN_LOGIN, "consent")
        trouble = Trouble()
        if name:
            login = self._world.login(self.name, name)
            login.banks = (asked.bank,)
            trouble = self._world.trouble(login, spoils=False)
        told = {"state": asked.state}
        if trouble.kind == "bank-page-fails":
            told |= {"error": "server_error", "error_description": "ASPSP error"}
        elif not allowed or trouble.kind == "denied":
            words = "Denied data sharing consent"
            told |= {"error": "access_denied", "error_description": words}
        else:
            told["code"] = self._consents.approve(asked, name, self._world.now())
        joint = "&" if urlsplit(asked.redirect_url).query else "?"
        return f"{asked.redirect_url}{joint}{urlencode(told)}"

    # What the switches do.

    def controls(self) -> Iterable[tuple[str, str, Handler]]:
        """Return the service's own control routes.

        `GET /control/enablebanking/app` tells id and private key of the application that is there
        from the start, `POST …/apps {"app_id", "public_key", "redirect_urls"}` registers another.
        `POST …/consents {"url", "login", "decision"}` does what the owner does on the hosted page
        and tells where it sends him; `POST …/sessions {"login", "status"}` ends the sessions of a
        login; `POST …/settings {"page_size"}`.
        """
        return [
            ("GET", "/enablebanking/app", lambda _request, _parts: Reply.of_json(self._apps.own())),
            ("POST", "/enablebanking/apps", self._control_app),
            ("POST", "/enablebanking/consents", self._control_consent),
            ("POST", "/enablebanking/sessions", self._control_sessions),
            ("POST", "/enablebanking/settings", self._control_settings),
        ]

    def shown(self, login: Login) -> dict[str, Any]:
        """Return the login's sessions, without their ids, and its accounts."""
        now = self._world.now()
        mine = [s for s in self._consents.sessions.values() if s.login == login.name]
        return {
            "sessions": [
                {"bank": s.bank.id, "status": s.status(now), "valid_until": s.valid_until}
                for s in mine
            ],
            "accounts": [a.name for bank in login.banks for a in login.accounts(bank)],
        }

    def forget(self, login: Login | None) -> None:
        """Forget a login's consents, or all of them and the settings; applications stay."""
        if login is not None:
            self._consents.forget(login.name)
            return
        self._consents: Consents = Consents()
        self._sessions = Sessions(self._world, self._consents, self.name, PAGE_SIZE)

    def _control_app(self, request: Request, _parts: dict[str, str]) -> Reply:
        told = request.json()
        self._apps.register(told["app_id"], told["public_key"], [*told.get("redirect_urls", [])])
        return Reply.of_json({"app_id": told["app_id"]})

    def _control_consent(self, request: Request, _parts: dict[str, str]) -> Reply:
        told = request.json()
        name = str(told["url"]).rpartition("sessionid=")[2]
        asked = self._consents.asked.get(name)
        if asked is None or asked.code:
            raise ValueError("url: of a request that has not been answered")
        allowed = told.get("decision", "approve") == "approve"
        return Reply.of_json({"redirect": self._decide(asked, str(told["login"]), allowed=allowed)})

    def _control_sessions(self, request: Request, _parts: dict[str, str]) -> Reply:
        told = request.json()
        if told["status"] not in complaints.ENDS_SESSIONS.values():
            raise ValueError(f"status: one of {', '.join(complaints.ENDS_SESSIONS.values())}")
        self._consents.end(str(told["login"]), told["status"])
        return Reply.of_json({"login": told["login"]})

    def _control_settings(self, request: Request, _parts: dict[str, str]) -> Reply:
        size = int(request.json()["page_size"])
        self._sessions = replace(self._sessions, page_size=size)
        return Reply.of_json({"page_size": size})

    def _elsewhere(self, request: Request) -> str:
        return f"{request.base}{self.prefix}{request.path}".replace("127.0.0.1", "localhost")
