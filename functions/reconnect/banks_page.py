"""The Banks page: the component that host apps embed, on a page of ours.

Nothing on it is anybody's: the browser logs its owner in at the host app's identity provider
(OpenID Connect, code flow with PKCE, a public client) and asks the API with his token. Its service
worker shows what is pushed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from reconnect import answers
from reconnect.policies import Policy, origin
from reconnect.visit import NoSuchPage
from relink.reader import Reader

if TYPE_CHECKING:
    from aws_lambda_powertools.event_handler import Response

    from reconnect.pages import Pages
    from reconnect.visit import Visit

WORKER: Final = "worker.js"
PATH: Final = "/banks"


@dataclass(frozen=True, slots=True)
class LogIn:
    """Where owners log in, and as which client; without one they use the host app.

    `origin` is that of the token endpoint, if it is another than the issuer's.
    """

    issuer: str
    client_id: str = ""
    audience: str = ""
    scope: str = "openid"
    origin: str = ""

    @property
    def origins(self) -> tuple[str, ...]:
        """Return the origins that the page talks to for it."""
        return tuple(dict.fromkeys(o for o in map(origin, (self.issuer, self.origin)) if o))


@dataclass(frozen=True, slots=True)
class BanksPage:
    """Answers the requests to the Banks page, its worker, and the page of the chat."""

    pages: Pages
    log_in: LogIn
    push_key: str

    def show(self, visit: Visit) -> Response[str]:
        """Return the page; where nobody can log in, the one that says where the banks are."""
        if not self.log_in.client_id:
            return self.pages.render("embedded", Reader(visit.language))
        policy = Policy(talks_to=self.log_in.origins, worker=True)
        context = {
            "log_in": self.log_in,
            "push_key": self.push_key,
            "worker_path": f"{self.pages.house.base}{PATH}/{WORKER}",
        }
        return self._page("banks", visit, context, policy)

    def worker(self, visit: Visit) -> Response[Any]:
        """Return the service worker, which may also serve the page above its own folder."""
        known = visit.headers.get("if-none-match", "")
        scope = {"Service-Worker-Allowed": f"{self.pages.house.base}{PATH}"}
        return answers.static(WORKER, "", known, scope)

    def chat(self, visit: Visit) -> Response[str]:
        """Return the page on which nothing but the chat runs. Raises `NoSuchPage` without one."""
        script = self.pages.house.chat_script
        if not script:
            raise NoSuchPage
        return self._page("chat", visit, {}, Policy().with_chat(script))

    def _page(
        self, name: str, visit: Visit, context: dict[str, Any], policy: Policy
    ) -> Response[str]:
        headers = {"Content-Security-Policy": str(policy)}
        return self.pages.render(name, Reader(visit.language), context, headers=headers)
