"""How one bank is entered: by a form or by its own page, and through which of its sources."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, urlencode

from relink.connection import Method
from relink.failures import ProviderError
from relink.providers.powens import codes, form
from relink.providers.powens.messages import AskedField, Connector, ConnectorSource

if TYPE_CHECKING:
    from collections.abc import Mapping

    from relink.connection import Bank
    from relink.providers.powens.catalogue import Catalogue
    from relink.providers.powens.client import Client

BY_PAGE: Final = "webauth"


@dataclass(frozen=True, slots=True)
class Entrance:
    """What a new connection is made with; `fields` is None where the owner goes to a page."""

    connector: Connector
    source: str = ""
    fields: tuple[AskedField, ...] | None = None
    page_fields: bool = False

    @property
    def closed(self) -> bool:
        """Tell whether Powens takes no new connection to this bank."""
        return self.connector.restricted

    @property
    def named(self) -> dict[str, Any]:
        """Return what names the bank in a request."""
        if self.connector.uuid:
            return {"connector_uuid": self.connector.uuid}
        return {"id_connector": _whole(self.connector.id)}

    @property
    def query(self) -> str:
        """Return what names the source, where there are several."""
        return f"?{urlencode({'source': self.source})}" if self.source else ""


def entrance(client: Client, catalogue: Catalogue, bank: Bank, now: int) -> Entrance:
    """Ask Powens what the bank declares. Raises `ProviderError`, `Misconfigured` for no bank."""
    name = catalogue.connector(bank.bank_id)
    path = f"/connectors/{quote(name, safe='')}?expand=fields,sources"
    try:
        connector = client.get(path, Connector, now)
    except ProviderError as error:
        if error.provider_code == "404":
            raise codes.NOT_SET_UP.error("connector") from error
        raise
    return _chosen(connector, bank.method)


def _chosen(connector: Connector, method: Method) -> Entrance:
    """Take the source that fits the method, the first in Powens' own order of those."""
    wanted = form.CREDENTIALS if method is Method.DIRECT else BY_PAGE
    sources = sorted(
        (s for s in connector.sources or () if not s.disabled), key=lambda s: s.priority
    )
    source = next((s for s in sources if s.auth_mechanism == wanted), None) or _first(sources)
    mechanism = (source.auth_mechanism if source else None) or connector.auth_mechanism
    name = source.name if source and len(sources) > 1 else ""
    declared = connector.fields or ()
    if mechanism == BY_PAGE:
        also = form.relevant(declared, name, BY_PAGE)
        asks = any(f.auth_mechanisms and f.required for f in also)
        return Entrance(connector, name, None, page_fields=asks)
    return Entrance(connector, name, form.relevant(declared, name))


def _first(sources: list[ConnectorSource]) -> ConnectorSource | None:
    return sources[0] if sources else None


def _whole(number: str) -> int | str:
    return int(number) if number.isascii() and number.isdigit() else number


def declared(fields: tuple[Mapping[str, Any], ...]) -> tuple[AskedField, ...]:
    """Return a catalogue's fields as a bank's own."""
    return tuple(AskedField.model_validate(f) for f in fields)
