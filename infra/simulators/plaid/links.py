"""Link tokens and the owner's visits to the page behind them."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from infra.simulators.banking import identifier
from infra.simulators.plaid.feed import stamp
from infra.simulators.plaid.items import token
from infra.simulators.plaid.refusals import RefusedError

if TYPE_CHECKING:
    from infra.simulators.plaid.items import Item
    from infra.simulators.plaid.settings import Settings

LIFE = 1_800
KEPT = 6 * 3_600


@dataclass
class Visit:
    """One session of the owner on the page; `hidden_until` hides its end for a while."""

    number: str
    started: int
    finished: int | None = None
    hidden_until: int = 0
    public_token: str | None = None
    worked: bool = False
    error: RefusedError | None = None
    status: str = "requires_credentials"
    login: str = ""
    asked_code: bool = False

    def finish(self, now: int, *, lag: int) -> None:
        """End it; `/link/token/get` tells so after `lag` seconds."""
        self.finished, self.hidden_until = now, now + lag


@dataclass
class LinkToken:
    """One address of the page, to make an item or to update one."""

    name: str
    page: str
    content: dict[str, Any]
    created: int
    item: Item | None
    visits: list[Visit] = field(default_factory=list)

    @property
    def until(self) -> int:
        """Return when the page can be opened no more."""
        life = self.content.get("hosted_link", {}).get("url_lifetime_seconds", LIFE)
        return self.created + int(life)

    @property
    def way_back(self) -> str | None:
        """Return where the owner is sent at the end."""
        back: str | None = self.content.get("hosted_link", {}).get("completion_redirect_uri")
        return back

    def visit(self, now: int) -> Visit:
        """Return the visit that is under way, or a new one."""
        if not self.visits or self.visits[-1].finished is not None:
            number = identifier(self.name, len(self.visits))
            self.visits.append(Visit(number, now))
        return self.visits[-1]


@dataclass
class Links:
    """All Link tokens."""

    _by_name: dict[str, LinkToken] = field(default_factory=dict)
    _by_page: dict[str, LinkToken] = field(default_factory=dict)

    def add(self, content: dict[str, Any], now: int, item: Item | None) -> LinkToken:
        """Make a Link token."""
        made = LinkToken(token("link"), secrets.token_urlsafe(12), content, now, item)
        self._by_name[made.name] = self._by_page[made.page] = made
        return made

    def named(self, name: str, now: int) -> LinkToken:
        """Return the token of that name, until six hours after its end."""
        found = self._by_name.get(name)
        if found is None or now >= found.until + KEPT:
            raise RefusedError("INVALID_LINK_TOKEN", "the provided link token is invalid")
        return found

    def at(self, page: str, now: int) -> LinkToken | None:
        """Return the token behind a page that can still be opened."""
        found = self._by_page.get(page)
        return found if found and now < found.until else None


def told(link: LinkToken, now: int, settings: Settings) -> dict[str, Any]:
    """Return the answer of `/link/token/get`."""
    content = link.content
    sessions = [_session(visit, now, link, settings) for visit in link.visits]
    return {
        "link_token": link.name,
        "created_at": stamp(link.created),
        "expiration": stamp(link.until),
        "link_sessions": sessions or None,
        "metadata": {
            "client_name": content["client_name"],
            "country_codes": content["country_codes"],
            "language": content["language"],
            "initial_products": content.get("products", []),
            "webhook": content.get("webhook"),
            "redirect_uri": content.get("redirect_uri"),
        },
    }


def _session(visit: Visit, now: int, link: LinkToken, settings: Settings) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "link_session_id": visit.number,
        "started_at": stamp(visit.started),
        "events": [{"event_name": "OPEN", "event_id": visit.number, "event_metadata": {}}],
    }
    if visit.finished is None or now < visit.hidden_until:
        return shown
    shown["finished_at"] = stamp(visit.finished)
    if not visit.worked:
        error = visit.error.content() if visit.error else None
        shown["on_exit" if settings.old_shape else "exit"] = {
            "error": error,
            "metadata": {"status": visit.status, "link_session_id": visit.number},
        }
        return shown
    return shown | _success(visit, link, settings)


def _success(visit: Visit, link: LinkToken, settings: Settings) -> dict[str, Any]:
    if settings.old_shape:
        return {"on_success": {"public_token": visit.public_token or "", "metadata": {}}}
    added: list[dict[str, Any]] = [
        {"public_token": visit.public_token, "accounts": [], "institution": None}
    ]
    results: dict[str, Any] = {
        "item_add_results": added if visit.public_token else [],
        "cra_item_add_results": [],
        "cra_update_results": [],
        "bank_income_results": [],
        "payroll_income_results": [],
        "document_income_results": None,
    }
    if link.item is not None and settings.update_results == "nothing":
        return {}
    return {"results": results}
