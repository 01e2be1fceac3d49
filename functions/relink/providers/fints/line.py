"""The way to a bank's server, and its answers: bounded in time and size, and not logged.

The library's own way has neither limit, and masks passwords in its log by a switch that holds for
all threads at once, also for those that are sending one.
"""

from __future__ import annotations

import base64
import binascii
import time
from typing import TYPE_CHECKING, Any, Final

from fints.exceptions import FinTSConnectionError  # type: ignore[import-untyped]
from fints.formals import SegmentHeader  # type: ignore[import-untyped]
from fints.message import FinTSInstituteMessage  # type: ignore[import-untyped]
from fints.parser import FinTS3Parser  # type: ignore[import-untyped]
from fints.segments.base import FinTS3Segment  # type: ignore[import-untyped]

from relink.failures import ProviderError
from relink.providers.fints import codes, syntax
from relink.providers.transport import TIMED_OUT, bad_answer, unknown_status

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from relink.providers.fints.syntax import Segment
    from relink.providers.transport import Answer, Transport

MESSAGE_SECONDS: Final = 60
_OK = 200
_ELSEWHERE: Final = frozenset({*range(201, 400), 404, 405, 410})
_TYPED: Final = frozenset({"HNHBK", "HITANS", "HIPINS", "HITAB"})
_parser = FinTS3Parser()


class Unreached(FinTSConnectionError):  # type: ignore[misc]
    """A message that got no answer which can be read; `error` says why."""

    def __init__(self, error: ProviderError) -> None:
        super().__init__("no answer")
        self.error = error


class Reply(FinTSInstituteMessage):  # type: ignore[misc]
    """An answer: the library's view of it, and all that was said and sent."""

    def __init__(self, found: Sequence[Segment]) -> None:
        super().__init__(segments=[typed(s) for s in found])
        self.found = found
        self.said = syntax.said(found)

    def all(self, kind: str) -> Iterator[Segment]:
        """Yield the segments of a kind."""
        return (s for s in self.found if s.kind == kind)

    def parameter(self, code: str) -> str:
        """Return the first parameter of a return code, empty if there is none."""
        return next((s.parameters[0] for s in self.said if s.code == code and s.parameters), "")


class Line:
    """The way to a bank's server for one call of ours, over before `seconds` are."""

    def __init__(self, transport: Transport, url: str, now: int, seconds: float) -> None:
        self.url = url
        self._transport = transport
        self._now = now
        self._until = time.monotonic() + seconds
        self._answered = False

    @property
    def left(self) -> float:
        """Return how many seconds are left."""
        return self._until - time.monotonic()

    def send(self, message: Any) -> Reply:
        """Send a message and return the answer. Raises `Unreached`."""
        try:
            if self.left <= 0:
                raise TIMED_OUT.error("timeout")
            answer = self._transport.request(
                "POST",
                self.url,
                headers={"Content-Type": "text/plain"},
                body=base64.b64encode(message.render_bytes()),
                seconds=min(self.left, MESSAGE_SECONDS),
            )
            return self._reply(answer)
        except ProviderError as error:
            error.reached = error.reached or self._answered
            raise Unreached(error) from None

    def _reply(self, answer: Answer) -> Reply:
        self._answered = True
        if answer.status != _OK:
            raise _http(answer, self._now)
        if answer.is_page:
            raise bad_answer("a web page")
        try:
            found = syntax.segments(base64.b64decode(b"".join(answer.body.split()), validate=True))
        except binascii.Error as error:
            raise bad_answer("not base64") from error
        if not found or found[0].kind != "HNHBK":
            raise bad_answer("not fints")
        return Reply(found)


def typed(segment: Segment) -> Any:
    """Return a segment in the library's terms: by its fields where it must, else as it came."""
    elements = list(segment.elements)
    if segment.kind in _TYPED:
        kind = FinTS3Segment.find_subclass(elements)
        try:
            return _parser._parse_segment_as_class(kind, elements)  # noqa: SLF001 - see `syntax`
        except (ValueError, TypeError, LookupError):
            pass
    try:
        head = SegmentHeader.naive_parse(segment.group(0))
    except (ValueError, TypeError) as error:
        raise bad_answer("not fints") from error
    return FinTS3Segment(header=head, _additional_data=elements[1:])


def _http(answer: Answer, now: int) -> ProviderError:
    """Return the error of an HTTP status: there is no service between us and this bank."""
    if answer.status >= 500:  # noqa: PLR2004
        return codes.DOWN.error(str(answer.status))
    if answer.status in _ELSEWHERE:
        return bad_answer(str(answer.status))
    return unknown_status(answer, now)
