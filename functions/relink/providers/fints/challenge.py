"""What a bank asks of its user before it lets him in: a TAN, or an approval in its app."""

from __future__ import annotations

import base64
import html
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from relink.providers.fints import codes
from relink.providers.transport import bad_answer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from relink.providers.fints.codes import Said
    from relink.providers.fints.syntax import Segment

PICTURE_LIMIT = 150_000
PROMPT_LIMIT = 600
_PICTURES: Final = {"image/png", "image/gif", "image/jpeg"}
_WRAPPED = re.compile(r"CHLGUC {2}(\d{4})(.*)", re.DOTALL)
_TEXT = re.compile(r"CHLGTEXT\d{4}")
_HHD_VERSION = 5
_NO_REFERENCE = {"", "noref"}


@dataclass(frozen=True, slots=True)
class Demand:
    """A TAN or an approval that the bank wants for the order it calls `reference`."""

    code: str
    said: str
    reference: str
    decoupled: bool
    prompt: str = ""
    picture: str = ""


def demand(said: Sequence[Said], found: Sequence[Segment], *, app: bool) -> Demand | None:
    """Return what an answer asks for, `None` if nothing; `app` is whether the method has no TAN.

    Banks attach the code to whichever segment they like, so it counts wherever it stands. Raises
    `Temporary` (bad answer) for a demand without a challenge to answer.
    """
    asked = next((s for s in said if s.code in codes.DEMANDS), None)
    if asked is None:
        return None
    challenge = next((s for s in found if s.kind == "HITAN"), None)
    if challenge is None or challenge.text(3) in _NO_REFERENCE:
        raise bad_answer("no challenge")
    prompt, picture = _shown(challenge)
    decoupled = app or asked.code != "0030"
    return Demand(asked.code, asked.text, challenge.text(3), decoupled, prompt, picture)


def _shown(challenge: Segment) -> tuple[str, str]:
    text, picture = challenge.text(4), ""
    wrapped = _WRAPPED.match(text)
    if wrapped:
        length = int(wrapped[1])
        data, text = wrapped[2][:length], wrapped[2][length:]
        picture = f"data:image/png;base64,{data}" if data.startswith("iVBO") else ""
    elif challenge.version >= _HHD_VERSION:
        picture = _matrix(challenge)
    text = _TEXT.sub("", text, count=1)
    return _plain(text), picture if len(picture) <= PICTURE_LIMIT else ""


def _matrix(challenge: Segment) -> str:
    """Return the picture of a photo or QR method as a data URL, if there is one.

    It is a media type and its content, each after its length in two bytes.
    """
    data = next(iter(challenge.binaries(5)), b"")
    kind, rest = _counted(data)
    content, _ = _counted(rest)
    name = kind.decode("ascii", "replace").lower()
    if name not in _PICTURES or not content:
        return ""
    return f"data:{name};base64,{base64.b64encode(content).decode()}"


def _counted(data: bytes) -> tuple[bytes, bytes]:
    length = int.from_bytes(data[:2], "big")
    return data[2 : 2 + length], data[2 + length :]


def _plain(text: str) -> str:
    """Return a challenge, in which banks may put simple HTML, as plain text."""
    if text == "nochallenge":
        return ""
    text = html.unescape(re.sub(r"<[^<>]{0,100}>", " ", text))
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line[:PROMPT_LIMIT]
