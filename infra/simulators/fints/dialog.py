"""A dialog between a user and the bank: opened, used for orders, ended."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from infra.simulators.banking import identifier
from infra.simulators.fints import parameters
from infra.simulators.fints.envelope import ONE_STEP, Order
from infra.simulators.fints.message import Answer, RefusalError, Segment
from infra.simulators.fints.procedures import DEVICES, METHODS, TOO_MANY_TANS, Method, Task

if TYPE_CHECKING:
    from infra.simulators.fints.member import Member
    from infra.simulators.fints.orders import Ledger

_PRODUCT_LENGTH = 25
_NO_SYSTEM = "0"


@dataclass
class Dialog:
    """A dialog; `strong` once its user may give orders, `isolated` to one kind of them."""

    dialog_id: str
    member: Member
    ledger: Ledger
    formats: tuple[str, ...]
    system: str = ""
    method: str = ONE_STEP
    strong: bool = False
    isolated: str = ""
    over: bool = False
    tasks: dict[str, Task] = field(default_factory=dict)
    failed_tans: int = 0
    released: set[tuple[str, ...]] = field(default_factory=set)

    def open(self, order: Order, answer: Answer) -> None:
        """Open the dialog: HKIDN, HKVVB and, for a two-step method, HKTAN; HKSYN if need be."""
        kinds = [s.kind for s in order.segments]
        expected = ["HKIDN", "HKVVB", *(k for k in ("HKTAN", "HKSYN") if k in kinds)]
        if kinds != expected:
            raise RefusalError("9110", "Falsche Segmentzusammenstellung", 2)
        self._identify(order)
        self.member.check_pin(order.pin)
        self.member.check_trouble()
        synchronise = order.find("HKSYN")
        if order.system_id == _NO_SYSTEM and synchronise is None:
            raise RefusalError("9391", "Bitte neue Kundensystem-ID holen.", 3)
        if order.system_id != _NO_SYSTEM:
            self.member.check_system(order.system_id)
        self.system, self.method = order.system_id, order.method
        self._tell(order, answer)
        if synchronise is not None:
            self.system = self.member.new_system()
            answer.say("0020", "Auftrag ausgeführt.", segment=synchronise.number)
            answer.add("HISYN", 4, synchronise.number, self.system)
        self._secure(order, answer)

    def use(self, order: Order, answer: Answer) -> None:
        """Take orders in an open dialog."""
        self.member.check_pin(order.pin)
        if (order.system_id, order.method) not in {(self.system, self.method), ("0", self.method)}:
            raise RefusalError("9120", "Kundensystem passt nicht zum Dialog", 2)
        first, *rest = order.segments
        if first.kind == "HKEND":
            self._end(first, answer)
        elif first.kind == "HKTAN":
            self._confirm(first, order, answer)
        else:
            companion = rest[0] if rest and rest[0].kind == "HKTAN" else None
            if len(rest) > (companion is not None):
                raise RefusalError("9110", "Zu viele Aufträge", first.number)
            self._order(first, companion, answer)

    def _identify(self, order: Order) -> None:
        who, what = order.segments[0], order.segments[1]
        if who.text(1, 1) != parameters.BANK_CODE or order.bank_code != parameters.BANK_CODE:
            raise RefusalError("9010", "Die angegebene Bankleitzahl ist nicht gültig.", 3)
        if who.text(3) != order.system_id or who.text(4) != "1" or not who.text(2):
            raise RefusalError("9130", "Inhalt syntaktisch ungültig.", who.number)
        if not 0 < len(what.text(4)) <= _PRODUCT_LENGTH or not 0 < len(what.text(5)) <= 5:  # noqa: PLR2004
            raise RefusalError("9160", "Pflichtfeld nicht gefunden", what.number)

    def _tell(self, order: Order, answer: Answer) -> None:
        """Tell the user's methods, and the bank's parameters if his are old."""
        reference = order.segments[1].number
        kind = self.member.trouble().kind
        if kind == "locked":
            answer.say("3938", "Ihr Zugang ist vorläufig gesperrt.", segment=reference)
        if kind == "locked-warning":
            answer.say("3931", "Vorläufige Sperre liegt vor.", segment=2)
        if kind == "must-change-pin":
            answer.say("3916", "PIN muss zwangsweise geändert werden.", segment=reference)
        answer.say("3920", "Zugelassene Verfahren.", *self.member.methods, segment=reference)
        answer.say("0020", "Dialoginitialisierung erfolgreich.", segment=reference)
        if order.segments[1].text(1) != str(parameters.VERSION):
            bank = self.member.login.banks[0]
            parameters.tell_bank(answer, reference, bank, self.formats)

    def _secure(self, order: Order, answer: Answer) -> None:
        """Check the login's method, and have it confirmed if it must be."""
        request = order.find("HKTAN")
        if self.method == ONE_STEP:
            if request is not None:
                raise RefusalError("9110", "HKTAN im Ein-Schritt-Verfahren", request.number)
            return
        method = self._method(request)
        assert request is not None  # noqa: S101 - checked by the method
        self.isolated = "" if request.text(2) == "HKIDN" else request.text(2)
        if self.isolated:
            self._no_demand(answer, method, request)
            return
        named = request.text(11) if method.version >= 6 else ""  # noqa: PLR2004
        if method.named and named not in {name for _, name, _ in DEVICES[method.number]}:
            raise RefusalError("9955", "Die Gerätebezeichnung ist unbekannt.", request.number)
        if self.member.must_confirm(self.system, "HKIDN"):
            self._demand(answer, method, request, "Anmeldung", None)
            return
        self._no_demand(answer, method, request)
        self._admit(answer, order.segments[1].number)

    def _method(self, request: Segment | None) -> Method:
        if self.method not in self.member.methods:
            raise RefusalError("9380", "Gewähltes Zwei-Schritt-Verfahren nicht zugelassen.", 2)
        method = METHODS[self.method]
        if request is None:
            raise RefusalError("9075", "Starke Authentifizierung erforderlich.", 3)
        if request.version != method.version or request.text(1) != "4":
            raise RefusalError("9110", "HKTAN passt nicht zum Verfahren", request.number)
        return method

    def _admit(self, answer: Answer, reference: int) -> None:
        self.strong = True
        name = self.member.login.name
        parameters.tell_user(answer, reference, name, self.member.accounts(), self.formats)

    def _demand(
        self, answer: Answer, method: Method, request: Segment, about: str, order: Segment | None
    ) -> None:
        reference = identifier(self.dialog_id, about, len(self.tasks))[:30]
        task = Task(reference, method, about, order)
        self.tasks[reference] = task
        code = "3955" if task.decoupled else "0030"
        # Some banks attach the code to another segment than HKTAN.
        segment = request.number - 1 if about == "Anmeldung" else request.number
        answer.say(code, "Auftrag empfangen - Sicherheitsfreigabe erforderlich", segment=segment)
        answer.add(
            "HITAN", method.version, request.number,
            "4", None, reference, task.challenge(), task.picture(),
        )  # fmt: skip

    def _no_demand(self, answer: Answer, method: Method, request: Segment) -> None:
        answer.say(
            "3076", "Starke Kundenauthentifizierung nicht notwendig.", segment=request.number
        )
        answer.add("HITAN", method.version, request.number, "4", None, "noref", "nochallenge")

    def _confirm(self, request: Segment, order: Order, answer: Answer) -> None:
        """Take a TAN (process 2), or say whether the user has approved (process S)."""
        task = self.tasks.get(request.text(5))
        process = request.text(1)
        if task is None or process != ("S" if task.decoupled else "2") or request.text(6) != "N":
            raise RefusalError("9120", "Kein Auftrag zu dieser Referenz", request.number)
        if bool(order.tan) == task.decoupled:
            raise RefusalError("9110", "TAN fehlt oder ist zu viel", request.number)
        if not self._is_confirmed(task, request, order, answer):
            return
        del self.tasks[task.reference]
        self.member.confirmed(self.system)
        answer.say("0020", "Auftrag ausgeführt.", segment=request.number)
        answer.add("HITAN", request.version, request.number, process, None, task.reference)
        if isinstance(task.order, Segment):
            self.released.add(_same(task.order))
            self.ledger.execute(task.order, answer, request.number)
        else:
            self._admit(answer, request.number)

    def _is_confirmed(self, task: Task, request: Segment, order: Order, answer: Answer) -> bool:
        if task.decoupled:
            task.polls += 1
            if task.approved is None:
                answer.say("3956", "Freigabe steht noch aus.", segment=request.number)
                answer.add("HITAN", request.version, request.number, "S", None, task.reference)
                return False
            right = task.approved
        else:
            right = order.tan == task.tan
        if not right:
            del self.tasks[task.reference]
            self.failed_tans += 1
            self.member.locked = self.failed_tans >= TOO_MANY_TANS
            text = "Freigabe wurde abgelehnt." if task.decoupled else "TAN ungültig."
            raise RefusalError("9941", text, request.number)
        return True

    def _order(self, order: Segment, companion: Segment | None, answer: Answer) -> None:
        if order.kind == "HKTAB" and self.isolated == "HKTAB":
            self._list_devices(order, answer)
            return
        if not self.strong:
            raise RefusalError("9010", "Auftrag ohne Anmeldung nicht möglich.", order.number)
        guarded = parameters.ORDERS.get(order.kind) == "J"
        if guarded and companion is None:
            raise RefusalError("9120", "HKTAN fehlt", order.number)
        if companion is not None:
            method = self._method(companion)
            if companion.text(2) != order.kind:
                raise RefusalError("9130", "Segmentkennung", companion.number)
            old = self.ledger.is_old(order) and _same(order) not in self.released
            if guarded and (old or self.member.must_confirm(self.system, order.kind)):
                self._demand(answer, method, companion, "Umsatzabfrage", order)
                return
            self._no_demand(answer, method, companion)
        self.ledger.execute(order, answer, order.number)

    def _list_devices(self, order: Segment, answer: Answer) -> None:
        answer.say("0020", "Auftrag ausgeführt.", segment=order.number)
        devices = [
            [kind, "1", *[None] * (11 if order.version == 5 else 10), name, masked]  # noqa: PLR2004
            for kind, name, masked in DEVICES.get(self.method, ())
        ]
        answer.add("HITAB", order.version, order.number, "1", *devices)

    def _end(self, request: Segment, answer: Answer) -> None:
        if request.text(1) != self.dialog_id:
            raise RefusalError("9130", "Dialog-ID", request.number)
        self.over = True
        answer.say("0100", "Dialog beendet.", segment=request.number)


def _same(order: Segment) -> tuple[str, ...]:
    """Return what an order's later pages have in common with its first: one TAN is for them all."""
    return (order.kind, order.text(1), order.text(3), order.text(4))
