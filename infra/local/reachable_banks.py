"""The simulated banks as an owner can connect them: each through the providers that reach it."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from infra.local.provider_settings import FINTS_NAME
from infra.simulators.banking import BANKS, Bank
from infra.simulators.enablebanking import catalogue
from infra.simulators.fints.parameters import BANK_CODE
from infra.simulators.plaid.items import INSTITUTIONS
from infra.simulators.powens.connectors import CONNECTORS
from relink.providers.enablebanking.catalogue import bank_id

ENTER = {
    "enablebanking": "any user name, on the bank's page; Sparbank Lindental wants to know a"
    " company's id first, such as 1234567-8",
    "fints": "any user name, with the PIN 24680",
    "plaid": "any user name and password, on Plaid's page; the code, if it asks for one, is 246810",
    "powens": "any user name and password (six digits at Banque du Rivage)",
    "simplefin": "a setup token of the simulated Bridge",
}
"""What a provider's banks take, by provider."""


@dataclass(frozen=True)
class ReachableBank:
    """A bank, and how it is reached, in the API's terms."""

    bank_id: str
    name: str
    country: str
    provider: str
    method: str

    @property
    def key(self) -> str:
        """Return what names it among all."""
        return f"{self.provider}:{self.bank_id}"

    @property
    def customers(self) -> str:
        """Return whose logins it takes, where the bank keeps them apart."""
        return self.bank_id.partition(":")[2]

    def wanted(self) -> dict[str, str]:
        """Return it as `POST /connections` takes it."""
        return asdict(self)


def reachable_banks() -> list[ReachableBank]:
    """Return every bank through every provider that reaches it, as the banks' search tells it.

    Except that SimpleFIN's banks, which no list names, are here by what their owners call them.
    """
    return [
        *(_consent(bank, kind) for bank in catalogue.banks() for kind in catalogue.PSU_TYPES),
        ReachableBank(BANK_CODE, FINTS_NAME, "DE", "fints", "direct"),
        *(
            ReachableBank(name, b.name, b.country, "plaid", "consent")
            for name, b in INSTITUTIONS.items()
        ),
        *(
            ReachableBank(
                each.bank.id,
                each.bank.name,
                each.bank.country,
                "powens",
                "direct" if each.fields else "consent",
            )
            for each in CONNECTORS
        ),
        *(ReachableBank(b.id, b.name, b.country, "simplefin", "token") for b in BANKS.values()),
    ]


def _consent(bank: Bank, kind: str) -> ReachableBank:
    own_id = f"{bank_id(bank.name, bank.country)}:{kind}"
    return ReachableBank(own_id, bank.name, bank.country, "enablebanking", "consent")
