"""What the bank tells of itself (BPD) and of a user and his accounts (UPD)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from infra.simulators.banking import Account, Bank, Kind, identifier
from infra.simulators.fints.procedures import METHODS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from infra.simulators.fints.message import Answer, Part

BANK_CODE = "79999901"
BIC = "SPLTDE71XXX"
VERSION = 7
KEPT_DAYS = 360
CAMT = "urn:iso:std:iso:20022:tech:xsd:camt.052.001.08"
_KINDS = {Kind.CURRENT: ("1", "Geschäftskonto"), Kind.SAVINGS: ("10", "Tagesgeld")}
_CARD = ("50", "Kreditkarte")
READS = ("HKSPA", "HKSAL", "HKKAZ", "HKCAZ")
ORDERS = {"HKSPA": "N", "HKSAL": "N", "HKKAZ": "J", "HKCAZ": "J", "HKTAB": "N", "HKCCS": "J"}


@dataclass(frozen=True)
class Number:
    """An account as this bank numbers it."""

    account: Account

    @property
    def plain(self) -> str:
        """Return the ten digits."""
        digits = identifier(self.account.seed, "number").replace("-", "")[:12]
        return f"{int(digits, 16) % 10**10:010d}"

    @property
    def iban(self) -> str:
        """Return the IBAN with its check digits (ISO 7064, mod 97)."""
        body = f"{BANK_CODE}{self.plain}"
        check = 98 - int(f"{body}131400") % 97
        return f"DE{check:02d}{body}"

    def group(self) -> list[Part]:
        """Return it as an account group of orders up to version 6."""
        return [self.plain, None, "280", BANK_CODE]


def tell_bank(answer: Answer, reference: int, bank: Bank, formats: Iterable[str]) -> None:
    """Add the bank's parameters."""
    answer.say("3050", "BPD nicht mehr aktuell, aktuelle Version enthalten.", segment=reference)
    name = bank.name
    answer.add("HIBPA", 3, reference, str(VERSION), ["280", BANK_CODE], name, "1", "1", "300", "0")
    answer.add("HIKOM", 4, reference, ["280", BANK_CODE], "1", ["3", "https://fints.example"])
    answer.add("HISHV", 3, reference, "N", ["PIN", "1"])
    if "mt940" in formats:
        answer.add("HIKAZS", 5, reference, "1", "1", [str(KEPT_DAYS), "J", "N"])
        answer.add("HIKAZS", 6, reference, "1", "1", "1", [str(KEPT_DAYS), "J", "N"])
        answer.add("HIKAZS", 7, reference, "1", "1", "1", [str(KEPT_DAYS), "J", "N"])
    if "camt" in formats:
        answer.add("HICAZS", 1, reference, "1", "1", "1", [str(KEPT_DAYS), "N", "N", CAMT])
    answer.add("HISALS", 5, reference, "1", "1")
    answer.add("HISALS", 7, reference, "1", "1", "1")
    answer.add("HISPAS", 1, reference, "1", "1", "1", ["J", "N", "N"])
    answer.add("HITABS", 4, reference, "1", "1", "1")
    for version in (6, 7):
        listed = [p for m in METHODS.values() if m.version == version for p in m.parameters()]
        answer.add("HITANS", version, reference, "1", "1", "1", ["N", "N", "0", *listed])
    rules = [part for rule in ORDERS.items() for part in rule]
    answer.add("HIPINS", 1, reference, "1", "1", "1", ["5", "20", "6", "Anmeldename", None, *rules])


def tell_user(
    answer: Answer, reference: int, user: str, accounts: Sequence[Account], formats: Iterable[str]
) -> None:
    """Add the user's parameters: what he may do, and his accounts."""
    answer.say("3050", "UPD nicht mehr aktuell, aktuelle Version enthalten.", segment=reference)
    answer.add("HIUPA", 4, reference, user, "3", "0")
    missing = {"HKKAZ"} if "mt940" not in formats else set()
    missing |= {"HKCAZ"} if "camt" not in formats else set()
    for account in accounts:
        number = Number(account)
        kind, product = _KINDS.get(account.kind, _CARD)
        allowed: list[list[Part]] = [[o, "1"] for o in READS if o not in missing]
        start = (number.group(), number.iban, user, kind, account.currency)
        answer.add("HIUPD", 6, reference, *start, "Muster GmbH", None, product, None, *allowed)
    # Banks tell of depots, too, and of what belongs to no account.
    answer.add("HIUPD", 6, reference, ["99", None, "280", BANK_CODE], None, user, "30", "EUR",
               "Muster GmbH", None, "Depot", None, ["HKWPD", "1"])  # fmt: skip
    answer.add("HIUPD", 6, reference, None, None, user, None, None, "Muster GmbH", None, None,
               None, ["HKTAB", "1"])  # fmt: skip


def tell_sepa(answer: Answer, reference: int, accounts: Iterable[Account]) -> None:
    """Add the list of accounts with IBAN and BIC."""
    groups = [
        ["J", number.iban, BIC, number.plain, None, "280", BANK_CODE]
        for number in map(Number, accounts)
    ]
    answer.add("HISPA", 1, reference, *groups)
