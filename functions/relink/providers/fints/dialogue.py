"""A dialog with a bank: greet, open, order, answer, pause, close.

What a bank does not want comes as `Refused`, what it could not be asked as `ProviderError`.
"""

from __future__ import annotations

from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from fints.exceptions import FinTSError  # type: ignore[import-untyped]
from fints.formals import SynchronizationMode, TANMediaType2  # type: ignore[import-untyped]
from fints.segments.auth import HKTAB4, HKTAB5  # type: ignore[import-untyped]
from fints.segments.dialog import HKSYN3  # type: ignore[import-untyped]

from relink.failures import ProviderError
from relink.providers.fints import codes, library
from relink.providers.fints.access import NO_SYSTEM_ID, ONE_STEP
from relink.providers.fints.challenge import Demand, demand
from relink.providers.fints.library import BankClient, Refused
from relink.providers.fints.line import Reply, Unreached
from relink.providers.transport import bad_answer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from relink.providers.fints.access import Pause

_STILL_WAITING = frozenset({"3955", "3956"})
_ACTIVE = frozenset({"1", "3"})
_ALL_MEDIA = "A"
_UNREADABLE = (FinTSError, ValueError, TypeError, AttributeError, LookupError, AssertionError)


@contextmanager
def _answers() -> Iterator[None]:
    """Tell what goes wrong inside the library in our terms, without its words: they hold PINs."""
    try:
        yield
    except Refused:
        raise
    except Unreached as error:
        raise error.error from None
    except _UNREADABLE:
        raise bad_answer("unexpected content") from None


class Dialogue:
    """One user at one bank, for one call of ours."""

    def __init__(self, client: BankClient) -> None:
        self.client = client
        self._dialog: Any = None

    def greet(self) -> None:
        """Learn the bank's parameters and the user's TAN methods; get a system id if need be.

        The PIN is checked here. It is a dialog of its own, in the one-step method, in which a
        bank asks for no TAN (Security PIN/TAN, section B.4.3.1).
        """
        client, chosen = self.client, self.client.selected_security_function
        client.selected_security_function = ONE_STEP
        try:
            self._begin(*self._synchronisation())
        except Refused as refusal:
            if codes.STRONG_LOGIN_DUE not in refusal.codes or not client.methods():
                raise
        finally:
            client.selected_security_function = chosen
            self.close()

    def media(self) -> list[tuple[str, str]]:
        """Return name and description of the user's TAN devices, none if the bank lists none."""
        order = self.client.newest(HKTAB4, HKTAB5)
        if order is None:
            return []
        self.client.isolated = order.TYPE
        try:
            if self._begin() is not None:
                return []
            segment = order(tan_media_type=TANMediaType2.ALL, tan_media_class=_ALL_MEDIA)
            with _answers():
                return _devices(self._dialog.send(segment))
        except Refused as refusal:
            if refusal.judgement.owners:
                raise
            return []
        finally:
            self.client.isolated = ""
            self.close()

    def open(self) -> Demand | None:
        """Log in by the chosen method; return what the bank wants for it, `None` if nothing."""
        return self._begin(*self._synchronisation())

    def order(self, segment: Any) -> Reply | Demand:
        """Send an order; return the answer, or what the bank wants for it."""
        with _answers():
            segments = [segment]
            if self.client.guarded(segment.header.type):
                segments.append(self.client.tan_segment(segment, "4"))
            reply: Reply = self._dialog.send(*segments)
        return self._demand(reply) or reply

    def answer(self, reference: str, tan: str) -> Reply | Demand:
        """Hand in a TAN; return the answer to what it was asked for."""
        with _answers():
            self.client.hand_in(tan)
            reply: Reply = self._dialog.send(self.client.tan_segment(None, "2", reference))
        return self._demand(reply) or reply

    def approved(self, reference: str) -> Reply | None:
        """Ask whether the user has approved; return the answer, `None` while he has not."""
        with _answers():
            reply: Reply = self._dialog.send(self.client.tan_segment(None, "S", reference))
        waiting = any(s.code in _STILL_WAITING for s in reply.said)
        return None if waiting else reply

    def pause(self) -> tuple[str, int, int]:
        """Return what `resume` needs to go on in another process."""
        return library.numbers(self._dialog)

    def resume(self, pause: Pause) -> None:
        """Go on with a dialog that was paused."""
        if pause.dialog is None:
            raise bad_answer("no dialog")
        self._dialog = self.client.new_dialog()
        library.resume(self._dialog, pause.dialog)

    def close(self) -> None:
        """Say goodbye, if there is a dialog and time left; it does not matter if it fails."""
        dialog, self._dialog = self._dialog, None
        if dialog is None or not dialog.open or self.client.connection.left <= 1:
            return
        with suppress(Refused, ProviderError), _answers():
            dialog.end()

    def _begin(self, *segments: Any) -> Demand | None:
        with _answers():
            self._dialog = self.client.new_dialog()
            reply = self._dialog.init(*segments)
        return self._demand(reply)

    def _synchronisation(self) -> tuple[Any, ...]:
        if self.client.system_id != NO_SYSTEM_ID:
            return ()
        return (HKSYN3(SynchronizationMode.NEW_SYSTEM_ID),)

    def _demand(self, reply: Reply) -> Demand | None:
        method = self.client.current()
        name = getattr(method, "zka_id", None) or ""
        return demand(reply.said, reply.found, app=name.lower().startswith("decoupled"))


def _devices(reply: Reply) -> list[tuple[str, str]]:
    found = []
    for segment in reply.find_segments("HITAB"):
        for device in getattr(segment, "tan_media_list", ()):
            name = device.tan_medium_name
            if name:
                number = device.mobile_number_masked or ""
                label = f"{name} ({number})" if number and number not in name else name
                found.append((device.status.value in _ACTIVE, name, label))
    usable = [f for f in found if f[0]] or found
    return list({name: (name, label) for _, name, label in usable}.values())
