"""The orders that read: list of accounts, balance, movements."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from infra.simulators.banking import Account
from infra.simulators.fints import parameters, statements
from infra.simulators.fints.message import Answer, Element, RefusalError, Segment
from infra.simulators.fints.parameters import Number
from infra.simulators.history import DAY

if TYPE_CHECKING:
    from infra.simulators.fints.member import Member
    from infra.simulators.world import World

PAGE_BYTES = 3_000
UNCONFIRMED_DAYS = 90
MANY = 5_000
_BAD = (
    b"\r\n:20:STARTUMSE\r\n:25:1/1\r\n:28C:0/1\r\n:60F:C260101EUR1,00\r\n"
    b":61:2602310231CR99999999999999999999999,99N166NONREF\r\n:86:166?00X\r\n-"
)


@dataclass
class Ledger:
    """What a user may read."""

    member: Member
    world: World
    formats: tuple[str, ...]
    _pages: dict[str, bytes] = field(default_factory=dict)

    def is_old(self, order: Segment) -> bool:
        """Tell whether an order goes back so far that it takes a TAN in any case."""
        start = self._start(order)
        return start is not None and self.world.now() - start > UNCONFIRMED_DAYS * DAY

    def execute(self, order: Segment, answer: Answer, reference: int) -> None:
        """Execute an order, or refuse it alone: the dialog goes on."""
        known = {
            "HKSPA": self._list,
            "HKSAL": self._balance,
            "HKKAZ": self._mt940,
            "HKCAZ": self._camt,
        }
        if order.kind not in known:
            raise RefusalError("9110", "Unbekannter Auftrag", order.number, abort=False)
        known[order.kind](order, answer, reference)
        self.world.answered(self.member.login)

    def _list(self, _order: Segment, answer: Answer, reference: int) -> None:
        accounts = self.member.accounts()
        trouble = self.member.trouble()
        if trouble.kind == "many-accounts":
            model = accounts[0]
            number = int(trouble.option("number", MANY))
            accounts += [
                Account(f"{model.seed}/{n}", model.bank, model.kind, model.currency, 0)
                for n in range(number)
            ]
        answer.say("0020", "Auftrag ausgeführt.", segment=reference)
        parameters.tell_sepa(answer, reference, accounts)

    def _balance(self, order: Segment, answer: Answer, reference: int) -> None:
        account = self._account(order)
        now = self.world.now()
        elements = statements.balance(account, self.world.histories, now, order.version)
        if self.member.trouble().kind == "bad-amounts":
            elements[3] = ["C", "9" * 400 + ",9", account.currency, "00010101"]
        answer.say("0020", "Auftrag ausgeführt.", segment=reference)
        answer.add("HISAL", order.version, reference, *elements)

    def _mt940(self, order: Segment, answer: Answer, reference: int) -> None:
        if "mt940" not in self.formats or order.version not in {5, 6, 7}:
            raise RefusalError("9110", "Unbekannter Auftrag", order.number, abort=False)
        account, touchdown = self._account(order), order.text(6)
        now, kind = self.world.now(), self.member.trouble().kind
        data = statements.mt940(account, self.world.histories, now, self._start(order) or 0)
        if kind in {"bad-amounts", "bad-statement"}:
            data = _BAD if kind == "bad-amounts" else b"\r\n:61:garbage\r\n-"
        pages = statements.pages(data, PAGE_BYTES)
        place = int(touchdown) if touchdown.isdecimal() else 0
        more = place + 1 < len(pages) or kind == "endless"
        if not data:
            answer.say("3010", "Keine Umsätze gefunden.", segment=reference)
            return
        answer.say("0020", "Auftrag ausgeführt.", segment=reference)
        if more:
            answer.say(
                "3040", "Es liegen weitere Informationen vor.", str(place + 1), segment=reference
            )
        pending = b"" if more else statements.mt942(account, self.world.histories, now)
        page = pages[place % len(pages)]
        answer.add("HIKAZ", order.version, reference, page, pending or None)

    def _camt(self, order: Segment, answer: Answer, reference: int) -> None:
        if "camt" not in self.formats or order.text(2) != parameters.CAMT:
            raise RefusalError("9110", "Unbekannter Auftrag", order.number, abort=False)
        account, now = self._account(order), self.world.now()
        start = self._start(order) or 0
        booked: Element = list(statements.camt(account, self.world.histories, now, start))
        pending = statements.camt_pending(account, self.world.histories, now)
        answer.say("0020", "Auftrag ausgeführt.", segment=reference)
        address: Element = [Number(account).iban, parameters.BIC]
        answer.add("HICAZ", 1, reference, address, parameters.CAMT, booked, pending)

    def _account(self, order: Segment) -> Account:
        named = order.text(1)
        accounts = self.member.accounts()
        found = [a for a in accounts if named in {Number(a).plain, Number(a).iban}]
        refused = self.member.trouble().kind == "account-refused" and found == accounts[:1]
        if not found or refused:
            raise RefusalError("9210", "Konto nicht zugelassen.", order.number, abort=False)
        return found[0]

    def _start(self, order: Segment) -> int | None:
        text = order.text(4 if order.kind == "HKCAZ" else 3)
        if order.kind not in {"HKKAZ", "HKCAZ"} or not text:
            return None
        try:
            day = dt.datetime.strptime(text, "%Y%m%d").replace(tzinfo=dt.UTC)
        except ValueError as error:
            raise RefusalError("9130", "Datum", order.number, abort=False) from error
        return int(day.timestamp())
