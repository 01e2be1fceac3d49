"""The frame of a message: header, encryption and signature (which with PIN/TAN are form only)."""

from __future__ import annotations

from dataclasses import dataclass

from infra.simulators.fints.message import Answer, RefusalError, Segment, read, write

SIZE_DIGITS = 12
ONE_STEP = "999"
_ZEROS = b"\0" * 8


@dataclass(frozen=True)
class Order:
    """A request with its frame taken off and found in order."""

    dialog_id: str
    number: int
    bank_code: str
    user: str
    system_id: str
    method: str
    pin: str
    tan: str
    segments: list[Segment]

    def find(self, kind: str) -> Segment | None:
        """Return the first segment of a kind."""
        return next((s for s in self.segments if s.kind == kind), None)


def opened(data: bytes) -> Order:
    """Return a request without its frame; raises `RefusalError` if anything in it is wrong."""
    outer = read(data)
    if [s.kind for s in outer] != ["HNHBK", "HNVSK", "HNVSD", "HNHBS"]:
        raise RefusalError("9110", "Falsche Segmentzusammenstellung")
    head, crypt, box, tail = outer
    _must(len(head.text(1)) == SIZE_DIGITS and int(head.text(1)) == len(data), "9120", "Größe", 1)
    _must(head.text(2) == "300", "9120", "HBCI-Version", 1)
    _must(head.text(4) == tail.text(1), "9120", "Nachrichtennummer", tail.number)
    _must((crypt.number, box.number) == (998, 999), "9110", "Segmentnummern", crypt.number)
    content = box.group(1)[0]
    _must(isinstance(content, bytes), "9110", "Verschlüsselte Daten", box.number)
    inner = read(content if isinstance(content, bytes) else b"")
    _numbered(inner, tail)
    return _signed(head, crypt, inner)


def _numbered(inner: list[Segment], tail: Segment) -> None:
    numbers = [s.number for s in inner]
    expected = list(range(2, len(inner) + 2))
    _must(numbers == expected, "9120", "Segmentnummer", tail.number)
    _must(tail.number == len(inner) + 2, "9120", "Segmentnummer", tail.number)
    kinds = [s.kind for s in inner]
    framed = len(kinds) > 2 and kinds[0] == "HNSHK" and kinds[-1] == "HNSHA"  # noqa: PLR2004
    _must(framed, "9110", "Signatur fehlt", tail.number)


def _signed(head: Segment, crypt: Segment, inner: list[Segment]) -> Order:
    signature, end = inner[0], inner[-1]
    method = signature.text(2)
    profile = "1" if method == ONE_STEP else "2"
    for segment in (crypt, signature):
        fits = segment.group(1) == ["PIN", profile]
        _must(fits, "9110", "Sicherheitsprofil passt nicht zum Verfahren", segment.number)
    _must(signature.text(3) == end.text(1), "9120", "Sicherheitskontrollreferenz", end.number)
    key, box_key = signature.group(11), crypt.group(7)
    _must(key[:3] == box_key[:3], "9120", "Schlüsselname", crypt.number)
    _must(key[3] == "S" and box_key[3] == "V", "9120", "Schlüsselart", signature.number)
    return Order(
        dialog_id=head.text(3),
        number=int(head.text(4)),
        bank_code=signature.text(11, 1),
        user=signature.text(11, 2),
        system_id=signature.text(6, 2),
        method=method,
        pin=end.text(3, 0),
        tan=end.text(3, 1),
        segments=inner[1:-1],
    )


def _must(right: object, code: str, text: str, segment: int) -> None:
    if not right:
        raise RefusalError(code, text, segment)


def closed(answer: Answer, order: Order | None, dialog_id: str, number: int) -> bytes:
    """Return an answer in its frame; a message that could not be read is answered in the open."""
    inner = answer.segments(2)
    body, last = inner, len(answer) + 2
    if order is not None:
        profile = "1" if order.method == ONE_STEP else "2"
        body = write(
            [
                [
                    ["HNVSK", "998", "3"],
                    ["PIN", profile],
                    "998",
                    "1",
                    ["2", None, order.system_id],
                    ["1"],
                    ["2", "2", "13", _ZEROS, "5", "1"],
                    ["280", order.bank_code, order.user, "V", "0", "0"],
                    "0",
                ],
                [["HNVSD", "999", "1"], inner],
            ]
        )
    tail = write([[["HNHBS", str(last), "1"], str(number)]])
    about: list[str | bytes | None] = [dialog_id, str(number)]
    size = "0" * SIZE_DIGITS
    head = write([[["HNHBK", "1", "3"], size, "300", dialog_id, str(number), about]])
    total = len(head) + len(body) + len(tail)
    return head.replace(size.encode(), f"{total:012d}".encode(), 1) + body + tail
