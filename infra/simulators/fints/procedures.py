"""TAN methods, the devices that they need, and what a bank has asked its user to confirm."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from infra.simulators.banking import identifier

if TYPE_CHECKING:
    from infra.simulators.fints.message import Part

CHIP, PHOTO, SMS, APP = "902", "912", "920", "922"
TOO_MANY_TANS = 3
POLLS = 60


@dataclass(frozen=True)
class Method:
    """A TAN method: the version of its segments, and whether a device must be named."""

    number: str
    name: str
    version: int
    tech_id: str
    standard: str = ""
    devices: int = 1
    named: bool = False

    def parameters(self) -> list[Part]:
        """Return its part of HITANS."""
        kind: list[Part] = [self.number, "2", self.tech_id, self.standard, "", self.name]
        entry: list[Part] = ["", ""] if self.number == APP else ["6", "1"]
        rules: list[Part] = ["J", "2", "N", "0", "0", "N", "N", "00"]
        named = "2" if self.named else "0"
        limits: list[Part] = [str(POLLS), "1", "1", "J", "J"] if self.number == APP else []
        return [*kind, *entry, "TAN", "2048", *rules, named, "N", str(self.devices), *limits]


METHODS = {
    m.number: m
    for m in (
        Method(CHIP, "chipTAN manuell", 6, "HHD1.3.0"),
        Method(PHOTO, "photoTAN", 6, "MS1.0.0", "photoTAN"),
        Method(SMS, "smsTAN", 6, "smsTAN", "mobileTAN", devices=2, named=True),
        Method(APP, "App-Freigabe", 7, "pushTAN-dec", "Decoupled"),
    )
}
DEVICES = {
    SMS: (("M", "Handy Büro", "01*****123"), ("M", "Handy privat", "01*****456")),
}
# The smallest PNG there is: a photoTAN that nobody needs to read.
PICTURE = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108000000003a7e9b55"
    "0000000a4944415478da6360000000020001e527defc0000000049454e44ae426082"
)


@dataclass
class Task:
    """What waits for its user's confirmation: an order, or the login itself."""

    reference: str
    method: Method
    about: str
    order: object = None
    tan: str = field(init=False)
    approved: bool | None = None
    polls: int = 0

    def __post_init__(self) -> None:
        self.tan = f"{int(identifier(self.reference, 'tan')[:8], 16) % 1_000_000:06d}"

    @property
    def decoupled(self) -> bool:
        """Tell whether it is approved in an app, without a TAN."""
        return self.method.number == APP

    def challenge(self) -> str:
        """Return what the user reads."""
        code = identifier(self.reference, "start")[:8].upper()
        texts = {
            CHIP: f"Geben Sie den Startcode {code} in Ihren Generator ein.<br>Danach die TAN.",
            PHOTO: "Fotografieren Sie das Bild mit Ihrer App und geben Sie die TAN ein.",
            SMS: "Wir haben Ihnen eine TAN per SMS gesandt.",
            APP: f"Bitte geben Sie '{self.about}' in Ihrer Banking-App frei.",
        }
        return texts[self.method.number]

    def picture(self) -> Part:
        """Return what the user photographs: media type and content, each after its length."""
        if self.method.number != PHOTO:
            return None
        kind = b"image/png"
        lengths = (len(each).to_bytes(2, "big") for each in (kind, PICTURE))
        padding = b"\0" * 200  # banks' pictures are larger, and clients go by the size
        return b"".join((next(lengths), kind, next(lengths), PICTURE, padding))
