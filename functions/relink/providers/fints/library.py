"""The FinTS library (python-fints), with what it loses or leaves open put right.

It composes messages, numbers and signs them, and knows the segments. Here, every return code of an
answer is read before anything is concluded from it, and the bank's words about methods, parameters
and installations are kept.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Final

from fints.client import (  # type: ignore[import-untyped]
    IMPLEMENTED_HKTAN_VERSIONS,
    FinTS3PinTanClient,
)
from fints.exceptions import (  # type: ignore[import-untyped]
    FinTSClientError,
    FinTSUnsupportedOperation,
)
from fints.formals import DescriptionRequired  # type: ignore[import-untyped]
from fints.message import MessageDirection  # type: ignore[import-untyped]
from fints.security import PinTanTwoStepAuthenticationMechanism  # type: ignore[import-untyped]
from fints.types import SegmentSequence  # type: ignore[import-untyped]

from relink.providers.fints import codes, syntax
from relink.providers.fints.access import ONE_STEP, Access
from relink.providers.fints.line import typed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from relink.providers.fints.line import Line, Reply
    from relink.providers.fints.syntax import Segment

logging.getLogger("fints").setLevel(logging.CRITICAL + 1)  # it logs what banks say to people

PRODUCT_VERSION: Final = "1.0"
_PARAMETERS: Final = frozenset(
    {"HITANS", "HIPINS", "HIKAZS", "HICAZS", "HISALS", "HISPAS", "HITABS"},
)
_USERS: Final = frozenset({"HIUPA", "HIUPD"})


class Refused(FinTSClientError):  # type: ignore[misc]
    """The bank said no. `over` is whether it has ended the dialog with it."""

    def __init__(
        self, judgement: codes.Judgement, *, over: bool, codes_said: frozenset[str]
    ) -> None:
        super().__init__(judgement.code)
        self.judgement = judgement
        self.over = over
        self.codes = codes_said


class BankClient(FinTS3PinTanClient):  # type: ignore[misc]
    """The library's client, which learns and refuses in the ways of this module."""

    def __init__(self, access: Access, bank_code: str, line: Line, product_id: str) -> None:
        super().__init__(
            bank_identifier=bank_code,
            user_id=access.user,
            pin=access.pin,
            server=line.url,
            customer_id=access.customer or None,
            tan_medium=access.medium,
            system_id=access.system_id,
            product_id=product_id,
            product_version=PRODUCT_VERSION,
        )
        self.connection = line
        self.system_id: str = access.system_id
        self.isolated = ""
        self.told: list[Segment] = []
        self.renamed: tuple[str, str] | None = None
        self._described: dict[str, Any] | None = None
        self._guarded: set[str] | None = None
        self.selected_security_function = access.method
        self.allowed_security_functions = list(access.methods)
        self.bpd_version = access.version
        self.bpd = SegmentSequence(
            [typed(s) for s in syntax.segments(access.parameters.encode("iso-8859-1"))],
        )

    def process_response_message(self, dialog: Any, message: Reply, **_: Any) -> None:
        """Learn what the bank tells; raise `Refused` if anything in the answer is wrong.

        A PIN is not sent again once the bank has refused it or ended the dialog: not even to say
        goodbye.
        """
        self._learn(message)
        judgement = codes.judge(message.said)
        if judgement is None:
            return
        said = frozenset(s.code for s in message.said)
        over = codes.OVER in said or judgement.owners
        dialog.open = dialog.open and not over
        raise Refused(judgement, over=over, codes_said=said)

    def _learn(self, message: Reply) -> None:
        for segment in message.all("HIBPA"):
            self.bpd_version = int(segment.text(1)) if segment.text(1).isdecimal() else 0
            kept = [s for s in message.segments if s.header.type in _PARAMETERS]
            self.bpd = SegmentSequence(kept)
            self._described, self._guarded = None, None
        for segment in message.all("HISYN"):
            self.system_id = segment.text(1) or self.system_id
        self.told += [s for s in message.found if s.kind in _USERS]
        for one in message.said:
            if one.code == codes.METHODS:
                self.allowed_security_functions = [p for p in one.parameters if p]
            if one.code == codes.RENAMED and one.parameters:
                self.renamed = (one.parameters[0], "".join(one.parameters[1:2]))

    def learnt(self, access: Access) -> Access:
        """Return an access with what the bank has told since."""
        user, customer = self.renamed or (access.user, access.customer)
        return Access(
            user=user or access.user,
            pin=access.pin,
            customer=customer or access.customer,
            system_id=self.system_id,
            version=self.bpd_version,
            parameters=self.bpd.render_bytes().decode("iso-8859-1"),
            methods=tuple(self.allowed_security_functions),
            method=access.method,
            medium=access.medium,
        )

    def methods(self) -> dict[str, Any]:
        """Return the user's two-step methods that can be served here, by their number.

        A method described in several versions counts in the highest.
        """
        if self._described is None:
            self._described = dict(self._all_methods())
        known = self._described
        return {n: m for n, m in known.items() if n in self.allowed_security_functions}

    def _all_methods(self) -> Iterator[tuple[str, Any]]:
        for version in sorted(IMPLEMENTED_HKTAN_VERSIONS):
            for segment in self.bpd.find_segments("HITANS", version):
                for method in getattr(segment, "parameter", _Nothing).twostep_parameters:
                    if method.tan_process == "2":
                        yield method.security_function, method

    def current(self) -> Any:
        """Return the chosen two-step method, `None` for the one-step one."""
        chosen = self.selected_security_function
        return None if chosen == ONE_STEP else self.methods().get(chosen)

    def get_tan_mechanisms(self) -> dict[str, Any]:
        """Return the methods that the library may use: none while there is no second step."""
        return {} if self.current() is None else self.methods()

    def is_tan_media_required(self) -> bool:
        """Tell whether the bank must be told which of the user's devices to use."""
        method = self.current()
        several = (getattr(method, "supported_media_number", None) or 0) > 1
        wanted = getattr(method, "description_required", None)
        return bool(several and wanted is DescriptionRequired.MUST)

    def offers(self, kind: str) -> bool:
        """Tell whether the bank's parameters have an order's segment, such as `HKSAL`."""
        return self.bpd.find_segment_first(f"{kind[0]}I{kind[2:]}S") is not None

    def guarded(self, kind: str) -> bool:
        """Tell whether the bank may ask for a TAN before it takes an order."""
        if self._guarded is None:
            rules = self.bpd.find_segment_first("HIPINS", 1)
            listed = getattr(rules, "parameter", _Nothing).transaction_tans_required
            self._guarded = {r.transaction for r in listed if r.tan_required}
        return self.current() is not None and kind in self._guarded

    def newest(self, *versions: Any) -> Any:
        """Return the highest version of an order that bank and library share, or `None`."""
        try:
            return self._find_highest_supported_command(*versions)
        except FinTSUnsupportedOperation:
            return None

    def new_dialog(self) -> Any:
        """Return a dialog that has not begun.

        The profile in a signature must fit its method (Security PIN/TAN, section B.9.4); the
        library's is always that of the one-step one.
        """
        dialog = self._new_dialog()
        if self.selected_security_function != ONE_STEP:
            dialog.auth_mechanisms = [
                _TwoStepSignature(self, self.selected_security_function, self.pin),
            ]
        return dialog

    def tan_segment(self, order: Any, process: str, reference: str = "") -> Any:
        """Return the HKTAN that goes with an order, or hands in what was asked for."""
        return self._get_tan_segment(order, process, _Task(reference))

    def hand_in(self, tan: str) -> None:
        """Have the next message signed with this TAN, too."""
        self._pending_tan = tan

    def _get_tan_segment(self, orig_seg: Any, tan_process: str, tan_seg: Any = None) -> Any:
        segment = super()._get_tan_segment(orig_seg, tan_process, tan_seg)
        if self.isolated and tan_process == "4" and hasattr(segment, "segment_type"):
            segment.segment_type = self.isolated
        return segment


class _TwoStepSignature(PinTanTwoStepAuthenticationMechanism):  # type: ignore[misc]
    """The signature of a message in a two-step method."""

    def sign_prepare(self, message: Any) -> None:
        super().sign_prepare(message)
        self.pending_signature.security_profile.security_method_version = 2


class _Task:
    """What the library reads of a challenge when it answers it."""

    def __init__(self, reference: str) -> None:
        self.task_reference = reference


class _Nothing:
    """What a segment that could not be read has to say."""

    twostep_parameters: tuple[Any, ...] = ()
    transaction_tans_required: tuple[Any, ...] = ()


def numbers(dialog: Any) -> tuple[str, int, int]:
    """Return what names a dialog and its next messages."""
    sent = dialog.next_message_number[MessageDirection.FROM_CUSTOMER]
    got = dialog.next_message_number[MessageDirection.FROM_INSTITUTE]
    return dialog.dialog_id, sent, got


def resume(dialog: Any, known: tuple[str, int, int]) -> None:
    """Make a new dialog go on where another one, in another process, paused."""
    dialog.dialog_id = known[0]
    dialog.next_message_number[MessageDirection.FROM_CUSTOMER] = known[1]
    dialog.next_message_number[MessageDirection.FROM_INSTITUTE] = known[2]
    dialog.open, dialog.need_init = True, False
