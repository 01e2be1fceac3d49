"""The simulated banks as an owner can connect them: each through the providers that reach it."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from infra.simulators.banking import BANKS
from infra.simulators.enablebanking import catalogue
from infra.simulators.fints.parameters import BANK_CODE
from infra.simulators.plaid.items import INSTITUTIONS
from infra.simulators.powens.connectors import CONNECTORS

FINTS_HOME = "lindental"
ENTER = {
    "enablebanking": "any user name, on the bank's page; Sparbank Lindental wants a company id"
    " such as 1234567-8 first",
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

    def wanted(self) -> dict[str, str]:
        """Return it as `POST /connections` takes it."""
        return asdict(self)


def reachable_banks() -> list[ReachableBank]:
    """Return every bank through every provider that reaches it."""
    home = BANKS[FINTS_HOME]
    return [
        *(
            ReachableBank(b.id, b.name, b.country, "enablebanking", "consent")
            for b in catalogue.banks()
        ),
        ReachableBank(BANK_CODE, home.name, home.country, "fints", "direct"),
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
