"""The routes of the HTTP function. All else about them follows from this table.

The handler serves it, the template deploys it, and the API's description tells of it; tests hold
the three against each other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qs

from reconnect import answers
from reconnect.routing import Asked, Route

if TYPE_CHECKING:
    from aws_lambda_powertools.event_handler import Response


def _static(a: Asked) -> Response[str]:
    version = parse_qs(a.visit.query).get("v", [""])[-1]
    return answers.static(a.names["file"], version, a.visit.headers.get("if-none-match", ""))


def _webhook(a: Asked) -> Response[str]:
    """Take it in; the event, where there is one, is a part of the path, which is signed."""
    return a.services.webhooks.take(a.names["provider"], a.visit, a.now)


LINKS: Final = (
    Route(
        "GET", "/reconnect/{token}", lambda a: a.services.link_pages.show(a.token, a.visit, a.now)
    ),
    Route(
        "POST",
        "/reconnect/{token}",
        lambda a: a.services.link_pages.submit(a.token, a.visit, a.now),
    ),
    Route(
        "GET",
        "/reconnect/{token}/status",
        lambda a: a.services.link_pages.status(a.token, a.visit, a.now),
    ),
    Route(
        "POST",
        "/reconnect/{token}/fresh",
        lambda a: a.services.link_pages.send_fresh(a.token, a.visit, a.now),
    ),
    Route(
        "GET",
        "/reconnect/callback",
        lambda a: a.services.returning.come_back(a.visit, a.now),
        changes=True,
    ),
    Route("GET", "/unsubscribe/{token}", lambda a: a.services.unsubscribing.show(a.token, a.visit)),
    Route(
        "POST", "/unsubscribe/{token}", lambda a: a.services.unsubscribing.stop(a.token, a.visit)
    ),
    Route("GET", "/static/{file}", _static),
)
"""For whoever has a link: it is the key."""

BANKS_PAGE: Final = (
    Route("GET", "/banks", lambda a: a.services.banks_page.show(a.visit)),
    Route("GET", "/banks/worker.js", lambda a: a.services.banks_page.worker(a.visit)),
    Route("GET", "/chat", lambda a: a.services.banks_page.chat(a.visit)),
)
"""For anybody: they hold nothing, and ask the API with the token of whoever has logged in."""

WEBHOOKS: Final = (
    Route("POST", "/webhooks/{provider}", _webhook),
    Route("POST", "/webhooks/{provider}/{event}", _webhook),
)

CONNECTIONS: Final = (
    Route(
        "GET", "/connections", lambda a: a.services.connections_api.list_connections(a.visit, a.now)
    ),
    Route(
        "POST",
        "/connections",
        lambda a: a.services.connections_api.connect(a.visit, a.seed, a.now),
        once=True,
    ),
    Route(
        "GET",
        "/connections/{connection_id}",
        lambda a: a.services.connections_api.read_connection(a.visit, a.connection_id, a.now),
    ),
    Route(
        "PATCH",
        "/connections/{connection_id}",
        lambda a: a.services.connections_api.change(a.visit, a.connection_id, a.now),
    ),
    Route(
        "DELETE",
        "/connections/{connection_id}",
        lambda a: a.services.disconnect_api.disconnect(a.visit, a.connection_id, a.now),
    ),
    Route(
        "POST",
        "/connections/{connection_id}/reconnect",
        lambda a: a.services.connections_api.reconnect(a.visit, a.connection_id, a.now),
        once=True,
    ),
    Route(
        "POST",
        "/connections/{connection_id}/sync",
        lambda a: a.services.sync_api.sync(a.visit, a.connection_id, a.seed, a.now),
        once=True,
    ),
    Route(
        "GET",
        "/connections/{connection_id}/history",
        lambda a: a.services.history_api.history(a.visit, a.connection_id),
    ),
    Route(
        "GET",
        "/connections/{connection_id}/accounts",
        lambda a: a.services.accounts_api.list_accounts(a.visit, a.connection_id),
    ),
    Route(
        "PATCH",
        "/connections/{connection_id}/accounts/{account_id}",
        lambda a: a.services.accounts_api.change(a.visit, a.connection_id, a.names["account_id"]),
    ),
    Route(
        "GET",
        "/connections/{connection_id}/transactions",
        lambda a: a.services.accounts_api.transactions(a.visit, a.connection_id),
    ),
)

OWNERS: Final = (
    Route("GET", "/banks/search", lambda a: a.services.banks_api.search(a.visit, a.now)),
    Route(
        "GET",
        "/notifications",
        lambda a: a.services.notifications_api.list_notifications(a.visit, a.now),
    ),
    Route(
        "POST",
        "/notifications/{notification_id}/dismiss",
        lambda a: a.services.notifications_api.dismiss(a.visit, a.names["notification_id"], a.now),
    ),
    Route("GET", "/profile", lambda a: a.services.profile_api.read_profile(a.visit, a.now)),
    Route("PUT", "/profile", lambda a: a.services.profile_api.write_profile(a.visit, a.now)),
    Route("PUT", "/push-subscriptions", lambda a: a.services.push_api.subscribe(a.visit, a.now)),
    Route("DELETE", "/push-subscriptions", lambda a: a.services.push_api.unsubscribe(a.visit)),
)

ROUTES: Final = (*LINKS, *BANKS_PAGE, *WEBHOOKS, *CONNECTIONS, *OWNERS)


def methods_of(path: str) -> list[str]:
    """Return the methods that a path has, none for one that is not ours.

    A path that is spelled out has its own only, not those of a pattern that it fits.
    """
    own = {method for route in ROUTES if route.path == path for method in route.methods}
    fitting = {method for route in ROUTES if route.leads_to(path) for method in route.methods}
    return sorted(own or fitting)
