"""The connectors of our Powens domain, as ways to reach banks.

A bank that the catalogue knows goes by our own id, so that its form can be drawn before Powens has
been asked; any other by its connector's UUID.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from relink.connection import Bank, Method
from relink.offers import Offer
from relink.providers.powens.banks import BY_PAGE
from relink.providers.powens.form import CREDENTIALS
from relink.providers.powens.messages import Connector
from relink.providers.wire import Wire, Words, readable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from relink.providers.powens.catalogue import Catalogue
    from relink.providers.powens.client import Client

PROVIDER: Final = "powens"
SECONDS: Final = 60.0
_METHODS: Final = {CREDENTIALS: Method.DIRECT, BY_PAGE: Method.CONSENT}
_BANK: Final = "bank"


class Country(Wire):
    """Where an institution has customers."""

    id: str


class Listed(Connector):
    """A connector in the list."""

    name: Words
    hidden: bool | None = None
    countries: tuple[Country, ...] | None = None
    capabilities: tuple[str, ...] | None = None
    products: tuple[str, ...] | None = None

    @property
    def open(self) -> bool:
        """Tell whether owners can connect accounts there: it may be a shop, closed or hidden."""
        kinds = self.products if self.products is not None else self.capabilities or ()
        return _BANK in kinds and not self.hidden and not self.restricted

    @property
    def methods(self) -> tuple[Method, ...]:
        """Return how owners can prove themselves; a mechanism that we do not know is none."""
        told = [s.auth_mechanism for s in self.sources or () if not s.disabled]
        known = told or [self.auth_mechanism]
        return tuple(method for name, method in _METHODS.items() if name in known)


class ConnectorsList(Wire):
    """The answer of `GET /connectors`."""

    connectors: list[Any]


def offers(client: Client, catalogue: Catalogue, now: int, seconds: float) -> Iterator[Offer]:
    """Yield each bank in each of its countries, by each of its methods. Raises `ProviderError`."""
    path = "/connectors?expand=countries,sources"
    told = client.get(path, ConnectorsList, now, seconds=min(SECONDS, seconds))
    ours = {str(b["connector"]): name for name, b in catalogue.banks.items() if "connector" in b}
    for listed in readable(Listed, told.connectors):
        own_id = ours.get(listed.uuid or "") or ours.get(listed.id) or listed.uuid or listed.id
        if not listed.open:
            continue
        for country in dict.fromkeys(c.id.upper() for c in listed.countries or ()):
            for method in listed.methods:
                yield Offer(Bank(own_id, listed.name, country, PROVIDER, method))
