"""The pages that an owner is sent to: his bank's own, or Powens' (docs.powens.com, "Webview")."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode, urlsplit

from relink.failures import ProviderError
from relink.provider import Redirect
from relink.providers.powens import codes
from relink.providers.powens.messages import Address, Code
from relink.providers.transport import bad_answer

if TYPE_CHECKING:
    from relink.provider import Login
    from relink.providers.powens.access import Access, Stand
    from relink.providers.powens.banks import Entrance
    from relink.providers.powens.client import Client

UP_TO_DATE: Final = "error:invalidValue"


@dataclass(frozen=True)
class Pages:
    """The way to a page for one login, and back to us from there."""

    client: Client
    login: Login
    stand: Stand
    now: int

    def bank(self, way: Entrance) -> Redirect:
        """Send the owner to his bank to make a new connection.

        Where the bank's page wants to know something first, Powens' own page asks for it.
        """
        if way.page_fields:
            names = {"connector_uuids": way.connector.uuid or "", "connector_ids": way.connector.id}
            return self._webview("connect", **({k: v for k, v in names.items() if v}))
        asked = {"id_connector": way.connector.id}
        return self._webauth(**asked, **({"source": way.source} if way.source else {}))

    def renewal(self) -> Redirect:
        """Send the owner to his bank to renew what he has given before."""
        try:
            return self._webauth(id_connection=self._access.connection)
        except ProviderError as error:
            if error.provider_code != UP_TO_DATE:
                raise
        return self.reconnect()

    def reconnect(self) -> Redirect:
        """Send the owner to Powens' own page, which finds out what is wanted."""
        return self._webview("reconnect", connection_id=self._access.connection)

    @property
    def _access(self) -> Access:
        if self.stand.access is None:
            raise codes.UNKNOWN.error("no user")
        return self.stand.access

    def _webauth(self, **asked: str) -> Redirect:
        query = urlencode({**self._always(), **asked})
        told = self.client.get(f"/webauth-url?{query}", Address, self.now, self._access)
        own = urlsplit(self.client.root).scheme
        if urlsplit(told.url).scheme not in {"https", own}:
            raise bad_answer("no address to go to")
        return Redirect(told.url, self.stand.packed())

    def _webview(self, flow: str, **asked: str) -> Redirect:
        path = "/auth/token/code?type=singleAccess"
        code = self.client.get(path, Code, self.now, self._access).code
        query = urlencode({**self._always(), "code": code, **asked})
        return Redirect(f"{self.client.root}/auth/webview/{flow}?{query}", self.stand.packed())

    def _always(self) -> dict[str, str]:
        """Return what every page is told. The address to come back to must have no query."""
        back = urlsplit(self.login.return_url)
        if not back.scheme or not back.netloc:
            raise codes.NOT_SET_UP.error("no address to come back to")
        return {
            "client_id": self.client.client_id,
            "redirect_uri": back._replace(query="", fragment="").geturl(),
            "state": self.login.state,
        }
