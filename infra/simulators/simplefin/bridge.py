"""The SimpleFIN Bridge: its four endpoints, and the switches that only it has."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import asdict
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from infra.simulators import faults
from infra.simulators.exchange import BadRequestError, Delivery, Handler, Reply, Request, Routes
from infra.simulators.simplefin import create_page
from infra.simulators.simplefin.account_set import Composer, as_version_1, money, question
from infra.simulators.simplefin.complaints import (
    AT_BANKS,
    CURED_BY_SIGNING_IN,
    TROUBLES,
    at_bank,
    distorted,
)
from infra.simulators.simplefin.credentials import Access, Credentials, SetupToken, setup_token
from infra.simulators.simplefin.refusals import forbidden, refused
from infra.simulators.simplefin.settings import Settings
from infra.simulators.world import UNKNOWN_LOGIN, Login, World, concerns

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from infra.simulators.banking import Bank
    from infra.simulators.troubles import Trouble

_ENDED_BY_CLAIM = {"expired", "revoked", "gen-auth"}
_OF_THE_NEXT_CLAIM = {"new-ids", "claim-lost", "encoded-credentials"}
_WARNING = "You are making more requests than expected. Access will be disabled if this goes on."
_ALREADY_CLAIMED = "Forbidden (was it already claimed?)"


class SimpleFinBridge:
    """The service below `/simplefin`."""

    name = "simplefin"
    prefix = "/simplefin"
    latent = True
    troubles: Mapping[str, str] = TROUBLES

    def __init__(self, world: World) -> None:
        self._world = world
        self._routes = Routes(
            [
                ("GET", "/info", self._info),
                ("GET", "/create", self._create),
                ("POST", "/create", self._create),
                ("POST", "/claim/{code}", self._claim),
                ("GET", "/accounts", self._accounts),
            ]
        )
        self.forget(None)

    def answer(self, request: Request) -> Reply:
        """Answer a request to the Bridge."""
        with self._world.lock:
            return self._routes.answer(request)

    # What the protocol has.

    def _info(self, _request: Request, _parts: dict[str, str]) -> Reply:
        self._world.calls.add(self.name, UNKNOWN_LOGIN, "info")
        return Reply.of_json({"versions": self._settings.versions})

    def _create(self, request: Request, _parts: dict[str, str]) -> Reply:
        """Play the Bridge's web site: sign in, mend what is broken, copy a setup token."""
        name = request.form().get("login", "").strip()
        self._world.calls.add(self.name, name or UNKNOWN_LOGIN, "create")
        if not name:
            return Reply.of_html(create_page.sign_in())
        login = self._world.login(self.name, name)
        if request.form().get("action") == "cure":
            self._cure(login)
        wanting = [bank.name for bank in login.banks if self._wants_owner(login, bank)]
        unpaid = self._world.trouble(login, spoils=False).kind == "unpaid"
        token = setup_token(self._credentials.new_claim_url(name, self._root(request)))
        banks = [bank.name for bank in login.banks]
        return Reply.of_html(create_page.token(name, token, banks, wanting, unpaid=unpaid))

    def _claim(self, request: Request, parts: dict[str, str]) -> Reply:
        token = self._credentials.token(parts["code"])
        name = token.login if token else UNKNOWN_LOGIN
        self._world.calls.add(self.name, name, "claim")
        if request.body:
            raise BadRequestError("The body must be empty")
        if token is None or token.claimed:
            return Reply.of_text(_ALREADY_CLAIMED, HTTPStatus.FORBIDDEN)
        login = self._world.login(self.name, name)
        trouble = self._world.trouble(login, spoils=False)
        instead = None
        if trouble.cycles is None:  # what is counted in calls for data leaves claims alone
            instead = faults.instead(trouble, self._world.now(), self._elsewhere(request))
        return instead or self._claimed(token, login, trouble, self._root(request))

    def _claimed(self, token: SetupToken, login: Login, trouble: Trouble, root: str) -> Reply:
        if trouble.kind == "new-ids":
            self._generations[login.name] += 1
        renewed = trouble.kind in _ENDED_BY_CLAIM and self._credentials.live(login.name) > 0
        if renewed or trouble.kind in _OF_THE_NEXT_CLAIM:
            self._world.ends_trouble(login)
        if renewed:
            self._credentials.kill(login.name)
        access = self._credentials.claim(token, odd=trouble.kind == "encoded-credentials")
        reply = Reply.of_text(access.url(root))
        if trouble.kind == "claim-lost":
            return reply.but(delivery=Delivery.RESET)
        return faults.spoilt(trouble, reply) if trouble.kind in ("slow", "trickle") else reply

    def _accounts(self, request: Request, _parts: dict[str, str]) -> Reply:
        access = self._credentials.access(request.headers.get("Authorization"))
        self._world.calls.add(self.name, access.login if access else UNKNOWN_LOGIN, "accounts")
        version_2 = self._in_version_2(request)
        if access is None or not access.alive:
            return forbidden(version_2=version_2)
        login = self._world.login(self.name, access.login)
        trouble = self._world.trouble(login)
        if trouble.kind == "revoked":
            self._credentials.kill(login.name)
            self._world.ends_trouble(login)
        instead = faults.instead(trouble, self._world.now(), self._elsewhere(request))
        if instead:
            return instead
        if trouble.kind == "unpaid":
            return Reply.of_text("Payment Required", HTTPStatus.PAYMENT_REQUIRED)
        if trouble.kind in ("expired", "revoked"):
            return forbidden(version_2=version_2)
        if trouble.kind == "gen-auth":
            return forbidden(version_2=version_2, status=HTTPStatus.OK)
        return self._account_set(request, access, login, trouble)

    def _account_set(
        self, request: Request, access: Access, login: Login, trouble: Trouble
    ) -> Reply:
        now, settings = self._world.now(), self._settings
        try:
            asked = question(request, now)
        except BadRequestError as error:
            return refused(str(error), version_2=self._in_version_2(request))
        used = access.count("single" if asked.accounts else "all", now)
        if used > settings.blocked_requests:
            access.alive = False
            return forbidden(version_2=self._in_version_2(request))
        composer = self._composer(login, self._root(request))
        found = composer.account_set(asked, lambda bank: self._known_until(login, bank, trouble))
        outages = [bank for bank in login.banks if bank.id in self._world.outages]
        found["errlist"] += [at_bank(composer, bank, "bank-down") for bank in outages]
        if used > settings.warned_requests:
            found["errlist"].append({"code": "gen.api", "msg": _WARNING})
        found = distorted(trouble, composer, found)
        self._world.answered(login)
        reply = Reply.of_json(found if self._in_version_2(request) else as_version_1(found))
        return faults.spoilt(trouble, reply)

    # What the switches do.

    def controls(self) -> Iterable[tuple[str, str, Handler]]:
        """Return the Bridge's own control routes.

        `POST /control/simplefin/tokens {"login"}` gives out a setup token, `…/cure {"login"}` does
        what an owner does at the Bridge (signs in to the bank again, pays), and
        `…/settings` changes `Settings`.
        """
        return [
            ("POST", "/simplefin/tokens", self._control_token),
            ("POST", "/simplefin/cure", self._control_cure),
            ("POST", "/simplefin/settings", self._control_settings),
        ]

    def shown(self, login: Login) -> dict[str, Any]:
        """Return the login's accounts and how many credentials of it work."""
        composer, now = self._composer(login, ""), self._world.now()
        accounts = [
            {
                "id": composer.account_id(account),
                "name": account.name,
                "connection": composer.connection_id(bank),
                "balance": money(self._world.histories.balance_cents(account, now)),
            }
            for bank in login.banks
            for account in login.accounts(bank)
        ]
        return {"accounts": accounts, "live_credentials": self._credentials.live(login.name)}

    def forget(self, login: Login | None) -> None:
        """Forget a login's tokens, credentials and ids, or everything and the settings, too."""
        if login is None:
            self._credentials = Credentials()
            self._generations: defaultdict[str, int] = defaultdict(int)
            self._settings = Settings()
            return
        self._credentials.forget(login.name)
        self._generations.pop(login.name, None)

    def _control_token(self, request: Request, _parts: dict[str, str]) -> Reply:
        login = self._world.login(self.name, str(request.json()["login"]))
        url = self._credentials.new_claim_url(login.name, self._root(request))
        return Reply.of_json({"setup_token": setup_token(url), "claim_url": url})

    def _control_cure(self, request: Request, _parts: dict[str, str]) -> Reply:
        login = self._world.login(self.name, str(request.json()["login"]))
        return Reply.of_json({"cured": self._cure(login)})

    def _control_settings(self, request: Request, _parts: dict[str, str]) -> Reply:
        self._settings = self._settings.changed(request.json())
        return Reply.of_json(asdict(self._settings))

    def _cure(self, login: Login) -> bool:
        curable = CURED_BY_SIGNING_IN | {"unpaid"}
        cured = self._world.trouble(login, spoils=False).kind in curable
        if cured:
            self._world.ends_trouble(login)
        return cured

    def _wants_owner(self, login: Login, bank: Bank) -> bool:
        trouble = self._world.trouble(login, spoils=False)
        return trouble.kind in CURED_BY_SIGNING_IN and concerns(trouble, login, bank)

    def _composer(self, login: Login, root: str) -> Composer:
        return Composer(login, self._world.histories, root, self._generations[login.name])

    def _known_until(self, login: Login, bank: Bank, trouble: Trouble) -> int:
        """Return when the Bridge last had this bank's data."""
        now = self._world.now()
        known = [now - now % self._settings.refresh_seconds]
        if bank.id in self._world.outages:
            known.append(self._world.outages[bank.id])
        if trouble.kind in AT_BANKS and concerns(trouble, login, bank) and trouble.begins:
            known.append(trouble.begins)
        return min(known)

    def _in_version_2(self, request: Request) -> bool:
        return request.first("version") == "2" and not self._settings.only_version_1

    def _root(self, request: Request) -> str:
        return request.base + self.prefix

    def _elsewhere(self, request: Request) -> str:
        return self._root(request).replace("127.0.0.1", "localhost") + request.path
