"""The simulated FinTS bank takes what FinTS 3.0 allows, and nothing else."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pytest

from infra.simulators.fints.member import PIN
from infra.simulators.fints.parameters import BANK_CODE
from tests.contract.simulators.client import Answer, call

if TYPE_CHECKING:
    from tests.contract.simulators.client import Simulators

BANK = f"280:{BANK_CODE}"
SYNCHRONISE = "HKSYN:{}:3+0'"
TWO_STEP = "HKTAN:{}:7+4+HKIDN'"


@dataclass(frozen=True)
class Message:
    """A request, right in every respect unless a test changes one."""

    user: str = "fine.strict"
    pin: str = PIN
    tan: str = ""
    method: str = "922"
    profile: str = "2"
    system: str = "0"
    dialog: str = "0"
    number: int = 1
    bank: str = BANK
    orders: tuple[str, ...] = ()
    size: int | None = None
    first: int = 2

    def sent(self) -> bytes:
        """Return it in wire syntax."""
        secret = f"{self.pin}:{self.tan}" if self.tan else self.pin
        key = f"{self.bank}:{self.user}"
        inner = (
            f"HNSHK:{self.first}:4+PIN:{self.profile}+{self.method}+77+1+1+1::{self.system}"
            f"+1+1:20261118:120000+1:999:1+6:10:16+{key}:S:0:0'"
        )
        for number, order in enumerate(self.orders, start=3):
            inner += order.format(number)
        inner += f"HNSHA:{len(self.orders) + 3}:2+77++{secret}'"
        data = inner.encode("iso-8859-1")
        body = (
            f"HNVSK:998:3+PIN:{self.profile}+998+1+1::{self.system}+1:20261118:120000"
            f"+2:2:13:@8@00000000:5:1+{key}:V:0:0+0'HNVSD:999:1+@{len(data)}@"
        ).encode() + data
        tail = f"'HNHBS:{len(self.orders) + 4}:1+{self.number}'"
        head = "HNHBK:1:3+{:012d}+300+" + f"{self.dialog}+{self.number}'"
        length = len(head.format(0)) + len(body) + len(tail)
        return head.format(self.size or length).encode() + body + tail.encode()


@dataclass(frozen=True)
class Said:
    """What the bank said."""

    text: str

    @property
    def codes(self) -> set[str]:
        """Return its codes."""
        told = re.findall(r"HIRM[GS]:[^']*'", self.text)
        return {code for segment in told for code in re.findall(r"\+(\d{4}):", segment)}

    def found(self, pattern: str) -> str:
        """Return the first group of a pattern."""
        match = re.search(pattern, self.text)
        assert match is not None, self.text
        return match[1]

    @property
    def dialog(self) -> str:
        """Return the id of the dialog."""
        return self.found(r"^HNHBK:1:3\+\d{12}\+300\+([^+]*)\+")


def login(message: Message, *more: str) -> Message:
    """Return a message that opens a dialog."""
    who = f"HKIDN:{{}}:2+{message.bank}+{message.user}+{message.system}+1'"
    return replace(message, orders=(who, "HKVVB:{}:3+0+0+0+RELINKTEST+1.0'", *more))


def post(simulators: Simulators, body: bytes) -> Answer:
    """Send what may be a message."""
    return call("POST", f"{simulators.base}/fints", body, headers={"Content-Type": "text/plain"})


def send(simulators: Simulators, message: Message) -> Said:
    """Send a message."""
    answer = post(simulators, base64.b64encode(message.sent()))
    assert answer.status == 200
    return Said(base64.b64decode(answer.body, validate=True).decode("iso-8859-1"))


def registered(simulators: Simulators, message: Message) -> Message:
    """Register an installation, and return a message from it."""
    said = send(simulators, login(one_step(message), SYNCHRONISE))
    assert "0020" in said.codes
    return replace(message, system=said.found(r"HISYN:\d+:4:\d+\+([^+']+)'"))


def one_step(message: Message) -> Message:
    """Return a message that is signed without a second step."""
    return replace(message, method="999", profile="1")


def opened(simulators: Simulators, message: Message) -> tuple[Message, Said]:
    """Register and log in; return the next message of the dialog, and what the bank said."""
    known = registered(simulators, message)
    said = send(simulators, login(known, TWO_STEP))
    return replace(known, dialog=said.dialog, number=2), said


def test_first_login_tells_methods_and_registers(simulators: Simulators) -> None:
    """In one step, with synchronisation."""
    said = send(simulators, login(one_step(Message()), SYNCHRONISE))
    assert said.codes >= {"0020", "3050", "3920"}
    assert "HITANS" in said.text
    assert "HIUPD" not in said.text


def test_second_login_tells_accounts(simulators: Simulators) -> None:
    """With the registered installation and a two-step method."""
    _, said = opened(simulators, Message())
    assert said.codes >= {"0020", "3076"}
    assert "HIUPD" in said.text


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"size": 99}, "9120"),
        ({"number": 2}, "9120"),
        ({"dialog": "NEVER-OPENED"}, "9010"),
        ({"first": 5}, "9120"),
        ({"profile": "1"}, "9110"),
        ({"pin": "1111"}, "9942"),
        ({"system": "UNKNOWN"}, "9391"),
        ({"method": "944"}, "9380"),
        ({"bank": "280:10000000"}, "9010"),
    ],
)
def test_frame_that_is_wrong_is_refused(
    simulators: Simulators,
    changes: dict[str, object],
    expected: str,
) -> None:
    """Each in its own way, and the dialog is over."""
    known = registered(simulators, Message())
    said = send(simulators, login(replace(known, **changes), TWO_STEP))  # type: ignore[arg-type]
    assert {expected, "9050", "9800"} <= said.codes


def test_login_without_registration_is_refused(simulators: Simulators) -> None:
    """System id 0 needs HKSYN."""
    assert "9391" in send(simulators, login(Message(), TWO_STEP)).codes


def test_two_step_login_needs_its_segment(simulators: Simulators) -> None:
    """HKTAN in the version that the bank announced for the method, or none in one step."""
    known = registered(simulators, Message())
    assert "9075" in send(simulators, login(known)).codes
    assert "9110" in send(simulators, login(known, "HKTAN:{}:6+4+HKIDN'")).codes
    assert "9110" in send(simulators, login(one_step(known), TWO_STEP)).codes
    assert "9110" in send(simulators, replace(known, orders=(TWO_STEP,))).codes


def test_product_must_be_named(simulators: Simulators) -> None:
    """With at most 25 characters."""
    known = login(registered(simulators, Message()), TWO_STEP)
    for product in ("", "X" * 26):
        orders = tuple(o.replace("RELINKTEST", product) for o in known.orders)
        assert "9160" in send(simulators, replace(known, orders=orders)).codes


def test_orders_need_a_login_in_two_steps(simulators: Simulators) -> None:
    """A dialog of one step is for synchronisation."""
    message = one_step(registered(simulators, Message()))
    dialog = send(simulators, login(message)).dialog
    asked = replace(message, dialog=dialog, number=2, orders=("HKSPA:{}:1'",))
    assert "9010" in send(simulators, asked).codes


def test_dialog_belongs_to_its_user_and_counts(simulators: Simulators) -> None:
    """Another user's dialog, or a message twice, is refused."""
    message, _ = opened(simulators, Message())
    asked = replace(message, orders=("HKSPA:{}:1'",))
    assert "HISPA" in send(simulators, asked).text
    assert "9120" in send(simulators, asked).codes
    assert "9010" in send(simulators, replace(asked, number=3)).codes
    message, _ = opened(simulators, Message())
    other = replace(message, user="fine.other", orders=("HKSPA:{}:1'",))
    assert "9010" in send(simulators, other).codes


def test_movements_need_their_tan_segment(simulators: Simulators) -> None:
    """The bank has announced that a TAN may be due."""
    message, said = opened(simulators, Message())
    number = said.found(r"HIUPD:\d+:6:\d+\+([^:]+)::280")
    order = f"HKKAZ:{{}}:6+{number}::280:{BANK_CODE}+N'"
    assert "9120" in send(simulators, replace(message, orders=(order,))).codes


def test_dialog_ends(simulators: Simulators) -> None:
    """And is gone."""
    message, _ = opened(simulators, Message())
    end = replace(message, orders=(f"HKEND:{{}}:1+{message.dialog}'",))
    assert "0100" in send(simulators, end).codes
    assert "9010" in send(simulators, replace(end, number=3)).codes


def test_tan_is_for_one_order_and_for_once(simulators: Simulators) -> None:
    """Only process 2, with the reference, with the TAN, and the right one."""
    chip = replace(Message(), user="otp-login.strict", method="902")
    known = registered(simulators, chip)
    said = send(simulators, login(known, "HKTAN:{}:6+4+HKIDN'"))
    assert "0030" in said.codes
    assert "HIUPD" not in said.text
    reference = said.found(r"HITAN:\d+:6:\d+\+4\+\+([^+]+)\+")
    tan = simulators.control("GET", "/fints/otp-login.strict")["waiting"][0]["tan"]
    message = replace(known, dialog=said.dialog, number=2)
    hand_in = f"HKTAN:{{}}:6+2++++{reference}+N'"
    right = replace(message, orders=(hand_in,), tan=tan)
    assert {"0020"} == send(simulators, right).codes & {"0020", "9941"}
    assert "9120" in send(simulators, replace(right, number=3)).codes


def test_what_is_not_base64_is_refused(simulators: Simulators) -> None:
    """As banks' servers do."""
    assert 400 == post(simulators, b"HNHBK").status
    garbage = post(simulators, base64.b64encode(b"garbage"))
    assert b"9110" in base64.b64decode(garbage.body)


def test_third_wrong_pin_locks_until_unlocked(simulators: Simulators) -> None:
    """The right one does not help, the advisor does."""
    message = login(one_step(Message()), SYNCHRONISE)
    wrong = replace(message, pin="1111")
    assert [True] * 3 == ["9942" in send(simulators, wrong).codes for _ in range(3)]
    assert "9931" in send(simulators, message).codes
    assert simulators.control("GET", "/logins/fints/fine.strict")["locked"]
    simulators.control("POST", "/fints/fine.strict/unlock")
    assert "0020" in send(simulators, message).codes
