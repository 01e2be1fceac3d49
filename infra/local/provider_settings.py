"""What the functions are told of the simulated providers, in the place of the real ones."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from infra.simulators.banking import BANKS
from infra.simulators.fints.parameters import BANK_CODE, BIC
from infra.simulators.plaid import settings as plaid
from infra.simulators.powens import settings as powens
from infra.simulators.powens.connectors import CONNECTORS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from infra.local.simulators import Simulators

FINTS_PRODUCT = "RELINKONLOOPBACK"
FINTS_NAME = "Lindental Firmenportal"
"""A bank's server for companies, which the bank's own name does not lead to."""


@dataclass(frozen=True)
class ProviderSettings:
    """Template parameters, and what belongs into the secret with the application's keys."""

    parameters: Mapping[str, str]
    secrets: Mapping[str, str]

    @classmethod
    def of(cls, simulators: Simulators) -> Self:
        """Return what leads to these simulators."""
        addresses = simulators.addresses
        application = simulators.control("GET", "/enablebanking/app")
        catalogue = {each.bank.id: _entry(each.uuid, each.fields) for each in CONNECTORS}
        return cls(
            parameters={
                "SimplefinUrls": addresses["simplefin"],
                "EnablebankingUrl": addresses["enablebanking"],
                "PlaidUrl": addresses["plaid"],
                "PlaidCountries": ",".join(sorted({bank.country for bank in BANKS.values()})),
                "PowensUrl": f"{addresses['powens']}/2.0",
                "PowensCatalogue": json.dumps(catalogue, ensure_ascii=False),
                "FintsServers": json.dumps(
                    {BANK_CODE: {"url": addresses["fints"], "name": FINTS_NAME, "bic": BIC}}
                ),
            },
            secrets={
                "ENABLEBANKING_APP_ID": application["app_id"],
                "ENABLEBANKING_PRIVATE_KEY": application["private_key"],
                "PLAID_CLIENT_ID": plaid.CLIENT_ID,
                "PLAID_SECRET": plaid.SECRET,
                "POWENS_CLIENT_ID": powens.CLIENT_ID,
                "POWENS_CLIENT_SECRET": powens.CLIENT_SECRET,
                "POWENS_WEBHOOK_SECRET": powens.WEBHOOK_SECRET,
                "FINTS_PRODUCT_ID": FINTS_PRODUCT,
            },
        )


def _entry(uuid: str, fields: tuple[Mapping[str, object], ...]) -> dict[str, object]:
    """Return a bank as the catalogue holds it: without fields where its own page asks."""
    return {"connector": uuid} | ({"fields": list(fields)} if fields else {})
