"""What the description says of each route beyond what its table tells: words, and what may come."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from infra.openapi import queries as q
from reconnect.api.bodies import ConnectBody, EndpointBody, ProfileBody, SubscriptionBody, SyncBody
from reconnect.api.change_bodies import AccountChange, ConnectionChange
from reconnect.shapes import accounts, banks, connections, events, notifications, profiles

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

PAGE: Final = "text/html"
Tag = Literal["Banks", "Connections", "Accounts", "Notifications", "Profile", "Links", "Webhooks"]


@dataclass(frozen=True, slots=True)
class Told:
    """An answer that is no problem: what it means, and the shape or media type of its body."""

    meaning: str
    shape: Any = None
    media: str = "application/json"
    headers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Operation:
    """A route in words. `problems` are the kinds of its own, besides those that follow by rule.

    `kept` lists are told with a tag. `page` routes speak HTML to people, JSON to programs.
    """

    name: str
    tag: Tag
    summary: str
    told: Mapping[int, Told]
    problems: tuple[str, ...] = ()
    body: Any = None
    query: Sequence[dict[str, Any]] = ()
    words: str = ""
    kept: bool = False
    page: bool = False


_LOCATED: Final = ("Location",)
_DONE: Final = {204: Told("Done.", media="")}

OPERATIONS: Final[dict[str, Operation]] = {
    "GET /banks/search": Operation(
        "searchBanks",
        "Banks",
        "Search a country's banks by name",
        {200: Told("A page of banks, the best match first.", banks.BanksShape)},
        ("invalid",),
        query=(q.COUNTRY, q.TYPED, q.LIMIT, q.CURSOR),
        words="Accents and case make no difference; one wrong letter a word is forgiven.",
        kept=True,
    ),
    "GET /connections": Operation(
        "listConnections",
        "Connections",
        "List the workspace's connections",
        {200: Told("A page of them, oldest first.", connections.ConnectionsShape)},
        ("invalid",),
        query=(q.DISCONNECTED, q.LIMIT, q.CURSOR),
        kept=True,
    ),
    "POST /connections": Operation(
        "connect",
        "Connections",
        "Connect a bank",
        {
            201: Told(
                "It waits for its credentials.", connections.NewConnectionShape, headers=_LOCATED
            )
        },
        body=ConnectBody,
        words="Open `connect_url` in the browser that asked, within half an hour: there the owner"
        " proves himself.",
    ),
    "GET /connections/{connection_id}": Operation(
        "readConnection",
        "Connections",
        "Read a connection",
        {200: Told("The connection.", connections.ConnectionShape)},
        kept=True,
    ),
    "PATCH /connections/{connection_id}": Operation(
        "changeConnection",
        "Connections",
        "Pause or resume the schedule",
        {200: Told("The connection as it then is.", connections.ConnectionShape)},
        ("conflict",),
        ConnectionChange,
    ),
    "DELETE /connections/{connection_id}": Operation(
        "disconnect",
        "Connections",
        "Give a bank up",
        {
            202: Told("Over for its owner; the bank is being told.", connections.DisconnectedShape),
            204: Told("It was over already.", media=""),
        },
        ("invalid", "conflict"),
        query=(q.DATA,),
    ),
    "POST /connections/{connection_id}/reconnect": Operation(
        "reconnect",
        "Connections",
        "Get a fresh link to a connection's reconnect page",
        {200: Told("The link.", connections.LinkShape)},
    ),
    "POST /connections/{connection_id}/sync": Operation(
        "sync",
        "Connections",
        "Have a bank synced now, or all that it has fetched",
        {
            202: Told(
                "It is on its way.",
                connections.HistoricalSyncShape | connections.SyncShape,
                headers=_LOCATED,
            )
        },
        (
            *("conflict", "needs-owner", "not-connected", "attempt-under-way"),
            *("too-soon", "paused", "rate-limited", "unsettled"),
        ),
        SyncBody,
        words="Call it from the owner's browser: the bank is told of it as it is.",
    ),
    "GET /connections/{connection_id}/history": Operation(
        "readHistory",
        "Connections",
        "Read what has happened to a connection",
        {200: Told("A page of events, the last first.", events.HistoryShape)},
        ("invalid",),
        query=(q.LIMIT, q.CURSOR),
        kept=True,
    ),
    "GET /connections/{connection_id}/accounts": Operation(
        "listAccounts",
        "Accounts",
        "List a connection's accounts",
        {200: Told("All of them, by name.", accounts.AccountsShape)},
        kept=True,
    ),
    "PATCH /connections/{connection_id}/accounts/{account_id}": Operation(
        "changeAccount",
        "Accounts",
        "Name or hide an account",
        {200: Told("The account as it then is.", accounts.AccountShape)},
        ("conflict",),
        AccountChange,
    ),
    "GET /connections/{connection_id}/transactions": Operation(
        "listTransactions",
        "Accounts",
        "List movements",
        {200: Told("A page of them, newest first.", accounts.TransactionsShape)},
        ("invalid",),
        query=(q.ACCOUNT, q.FROM, q.TO, q.LIMIT, q.CURSOR),
        words="Pending ones come first; they have no date, and are left out if `to` is given."
        " Those of hidden accounts are listed only by `account`.",
        kept=True,
    ),
    "GET /notifications": Operation(
        "listNotifications",
        "Notifications",
        "List what concerns the caller now",
        {200: Told("A page of it, the loudest first.", notifications.NotificationsShape)},
        ("invalid",),
        query=(q.LIMIT, q.CURSOR),
        kept=True,
    ),
    "POST /notifications/{notification_id}/dismiss": Operation(
        "dismiss",
        "Notifications",
        "Put a notification away",
        _DONE,
        ("not-found", "not-dismissible", "conflict"),
    ),
    "GET /profile": Operation(
        "readProfile",
        "Profile",
        "Read how the caller is reached",
        {
            200: Told(
                "His profile, or what can be told before anybody has said.",
                profiles.ProfileShape,
            )
        },
        kept=True,
    ),
    "PUT /profile": Operation(
        "writeProfile",
        "Profile",
        "Say how the caller is reached",
        {200: Told("His profile as it then is.", profiles.ProfileShape)},
        ("conflict",),
        ProfileBody,
        words="What is left out keeps its value.",
    ),
    "PUT /push-subscriptions": Operation(
        "subscribe",
        "Profile",
        "Push to this browser",
        _DONE,
        ("not-found", "conflict"),
        SubscriptionBody,
        words="404 where push is not offered.",
    ),
    "DELETE /push-subscriptions": Operation(
        "unsubscribeBrowser",
        "Profile",
        "Push no more to this browser",
        _DONE,
        ("conflict",),
        EndpointBody,
    ),
}
"""The owner's routes."""
