"""The bank's server: its one address, its users, and the switches that only it has."""

from __future__ import annotations

import base64
import binascii
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from infra.simulators import faults
from infra.simulators.banking import BANKS, identifier
from infra.simulators.exchange import Handler, Reply, Request, Routes
from infra.simulators.fints import envelope, parameters
from infra.simulators.fints.dialog import Dialog
from infra.simulators.fints.member import PIN, TROUBLES, Member, SeveralError
from infra.simulators.fints.message import Answer, RefusalError
from infra.simulators.fints.orders import Ledger
from infra.simulators.troubles import banks_from_name
from infra.simulators.world import UNKNOWN_LOGIN, Login, World

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from infra.simulators.fints.envelope import Order
    from infra.simulators.fints.procedures import Task

FORMATS = ("mt940", "camt")
_HOME = "lindental"


class FinTsBank:
    """The service below `/fints`."""

    name = "fints"
    prefix = "/fints"
    latent = True
    troubles: Mapping[str, str] = TROUBLES

    def __init__(self, world: World) -> None:
        self._world = world
        self._routes = Routes([("POST", "/", self._message)])
        self.forget(None)

    def answer(self, request: Request) -> Reply:
        """Answer a message."""
        with self._world.lock:
            return self._routes.answer(request)

    def _message(self, request: Request, _parts: dict[str, str]) -> Reply:
        try:
            data = base64.b64decode(request.body, validate=True)
        except binascii.Error:
            return Reply.of_text("Base64", HTTPStatus.BAD_REQUEST)
        try:
            order = envelope.opened(data)
        except RefusalError as refusal:
            self._world.calls.add(self.name, UNKNOWN_LOGIN, "unreadable")
            return _encoded(envelope.closed(_refusal(refusal), None, "0", 1))
        return self._dealt(order, request)

    def _dealt(self, order: Order, request: Request) -> Reply:
        opening = order.dialog_id == "0"
        endpoint = "open" if opening else order.segments[0].kind
        self._world.calls.add(self.name, order.user, endpoint)
        member = self._member(order.user)
        trouble = self._world.trouble(member.login, spoils=opening)
        elsewhere = request.base.replace("127.0.0.1", "localhost") + self.prefix + request.path
        instead = faults.instead(trouble, self._world.now(), elsewhere)
        if instead:
            return instead
        return faults.spoilt(trouble, _encoded(self._answered(order, member)))

    def _answered(self, order: Order, member: Member) -> bytes:
        answer = Answer()
        dialog = self._dialog(order, member)
        dialog_id = dialog.dialog_id if dialog else "0"
        try:
            self._take(order, dialog, answer)
        except RefusalError as refusal:
            if refusal.abort:
                self._dialogs.pop(dialog_id, None)
            answer = _refusal(refusal)
        if dialog is not None and dialog.over:
            self._dialogs.pop(dialog_id, None)
        if not answer.general:
            code = (
                "3060" if any(c[0] == "3" for t in answer.about.values() for c, *_ in t) else "0010"
            )
            answer.say(code, "Nachricht entgegengenommen.")
        return envelope.closed(answer, order, dialog_id, order.number)

    def _take(self, order: Order, dialog: Dialog | None, answer: Answer) -> None:
        if dialog is None:
            raise RefusalError("9010", "Die angegebene Dialog-ID ist nicht gültig.")
        if order.number != self._expected[dialog.dialog_id]:
            raise RefusalError("9120", "Nachrichtennummer nicht erwartet.")
        self._expected[dialog.dialog_id] += 1
        (dialog.open if order.dialog_id == "0" else dialog.use)(order, answer)

    def _dialog(self, order: Order, member: Member) -> Dialog | None:
        if order.dialog_id != "0":
            found = self._dialogs.get(order.dialog_id)
            return found if found and found.member is member else None
        self._opened += 1
        dialog_id = identifier("dialog", self._opened)[:30]
        ledger = Ledger(member, self._world, self._formats)
        self._dialogs[dialog_id] = Dialog(dialog_id, member, ledger, self._formats)
        self._expected[dialog_id] = 1
        return self._dialogs[dialog_id]

    def _member(self, user: str) -> Member:
        login = self._world.login(self.name, user)
        if not banks_from_name(user):
            login.banks = (BANKS[_HOME],)
        if user not in self._members or self._members[user].login is not login:
            self._members[user] = Member(login, self._world.now)
        return self._members[user]

    def controls(self) -> Iterable[tuple[str, str, Handler]]:
        """Return the bank's own control routes.

        `GET /control/fints/{login}` shows what waits for a user's confirmation, TANs included;
        `POST …/{login}/approve` and `…/decline` are what he does in his app, `…/unlock` what the
        bank's advisor does. `POST /control/fints {"formats"}` chooses the statement formats.
        """
        return [
            ("POST", "/fints", self._settings),
            ("GET", "/fints/{login}", self._waiting),
            ("POST", "/fints/{login}/approve", self._approve),
            ("POST", "/fints/{login}/decline", self._decline),
            ("POST", "/fints/{login}/unlock", self._unlock),
        ]

    def shown(self, login: Login) -> dict[str, Any]:
        """Return a user's accounts and whether he is locked out."""
        member = self._member(login.name)
        numbers = [parameters.Number(account).iban for account in member.accounts()]
        return {
            "accounts": numbers,
            "failures": member.failures,
            "locked": member.locked,
            "systems": len(member.systems),
            "bank_code": parameters.BANK_CODE,
        }

    def forget(self, login: Login | None) -> None:
        """Forget a user, or all and the settings, too."""
        if login is None:
            self._members: dict[str, Member] = {}
            self._dialogs: dict[str, Dialog] = {}
            self._expected: dict[str, int] = {}
            self._opened = 0
            self._formats: tuple[str, ...] = ("mt940",)
            return
        self._members.pop(login.name, None)
        self._dialogs = {k: d for k, d in self._dialogs.items() if d.member.login is not login}

    def _settings(self, request: Request, _parts: dict[str, str]) -> Reply:
        formats = tuple(str(f) for f in request.json()["formats"])
        if not set(formats) <= set(FORMATS):
            raise ValueError(f"formats: some of {', '.join(FORMATS)}")
        self._formats = formats
        return Reply.of_json({"formats": formats})

    def _tasks(self, name: str) -> list[Task]:
        found = (d for d in self._dialogs.values() if d.member.login.name == name)
        return [task for dialog in found for task in dialog.tasks.values()]

    def _waiting(self, _request: Request, parts: dict[str, str]) -> Reply:
        tasks = self._tasks(parts["login"])
        shown = [{"about": t.about, "tan": None if t.decoupled else t.tan} for t in tasks]
        return Reply.of_json({"pin": PIN, "waiting": shown})

    def _approve(self, _request: Request, parts: dict[str, str]) -> Reply:
        return self._settle(parts["login"], approved=True)

    def _decline(self, _request: Request, parts: dict[str, str]) -> Reply:
        return self._settle(parts["login"], approved=False)

    def _settle(self, name: str, *, approved: bool) -> Reply:
        tasks = self._tasks(name)
        for task in tasks:
            task.approved = approved
        return Reply.of_json({"settled": len(tasks)})

    def _unlock(self, _request: Request, parts: dict[str, str]) -> Reply:
        member = self._member(parts["login"])
        member.locked, member.failures = False, 0
        return Reply.of_json({"unlocked": True})


def _refusal(refusal: RefusalError) -> Answer:
    answer = Answer()
    told = refusal.told if isinstance(refusal, SeveralError) else ((refusal.code, refusal.text),)
    answer.say("9050", "Die Nachricht enthält Fehler.")
    if refusal.abort and all(code != "9800" for code, _ in told):
        answer.say("9800", "Dialog abgebrochen")
    for code, text in told:
        answer.say(code, text, segment=refusal.segment)
    return answer


def _encoded(data: bytes) -> Reply:
    return Reply(HTTPStatus.OK, base64.b64encode(data), "text/plain")
