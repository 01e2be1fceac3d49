"""What the host app shows its user above everything else: banks that need him, soon or now.

A notification is shown only while it is true: each is held against its connection, its bank or its
address at the moment of asking.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from reconnect import answers
from reconnect.api import notification_views as views
from reconnect.api.asking import Query
from reconnect.api.caller import Caller, NotFound, caller_of
from reconnect.api.revalidating import kept
from reconnect.attempts.renewal import days_left
from relink.notices import Notice, Topic
from relink.reader import Reader

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from aws_lambda_powertools.event_handler import Response

    from reconnect.shapes.notifications import Notification, NotificationsShape
    from reconnect.visit import Visit
    from relink.addresses import Addresses
    from relink.connection import Connection
    from relink.notices import Notices
    from relink.outages import Outage
    from relink.owners import Owners, Profile
    from relink.repository import Connections

_NAME: Final = re.compile(rf"({'|'.join(Topic)})\.([\x21-\x7e]{{1,256}})\.(0|[1-9][0-9]{{0,11}})")


class NotDismissible(Exception):
    """This notification tells of what lasts for everybody: it goes with its cause."""


@dataclass(frozen=True, slots=True)
class NotificationsApi:
    """Lists and dismisses; `outages` tells which banks are down for everybody.

    Each raises `NoWorkspace` for a token that names none.
    """

    connections: Connections
    owners: Owners
    notices: Notices
    addresses: Addresses
    outages: Callable[[], Mapping[str, Outage]]

    def list_notifications(self, visit: Visit, now: int) -> Response[str]:
        """Return what concerns the caller: his own notices, addresses that fail, banks down.

        The number of requests that it takes does not grow with what there is. Raises `Invalid` for
        a bad query.
        """
        caller = caller_of(visit.claims)
        page = Query.of(visit.query).page("notifications", caller.owner_id, caller.workspace_id)
        connections = self.connections.in_workspace(caller.workspace_id)
        needed = _awaited(connections, now)
        profiles = self.owners.profiles({caller.owner_id, *needed})
        reader = Reader.of(profiles.get(caller.owner_id), visit.language)
        outages = self.outages() if connections else {}
        shown: list[Notification] = [
            *self._own(caller, connections, reader, now),
            *self._unreachable(caller, profiles, needed, reader, now),
            *views.outage_views(connections, outages, reader),
        ]
        rest = sorted((v for v in shown if views.place(v) > page.after), key=views.place)
        told, more = rest[: page.limit], len(rest) > page.limit
        following = page.cursor(views.place(told[-1])) if more else None
        answer: NotificationsShape = {"notifications": told, "next_cursor": following}
        return kept(visit, answer)

    def dismiss(self, visit: Visit, notification_id: str, now: int) -> Response[str]:
        """Put one of the caller's notices away. Raises `NotFound` or `NotDismissible`."""
        caller = caller_of(visit.claims)
        if notification_id.startswith(views.LASTING):
            raise NotDismissible
        named = _named(notification_id, caller)
        if not self.notices.dismiss(named, now):
            raise NotFound
        return answers.done()

    def _own(
        self, caller: Caller, connections: Sequence[Connection], reader: Reader, now: int
    ) -> Iterator[Notification]:
        known = {c.connection_id: c for c in connections}
        for notice in self.notices.of(caller.owner_id):
            connection = known.get(notice.connection_id)
            if connection is None or notice.dismissed_at or not notice.stands(connection):
                continue
            if notice.topic is Topic.RED:
                yield views.reconnect_view(notice, connection, reader)
            elif (days := days_left(connection, reader, now)) is not None:
                yield views.expiring_view(notice, connection, days, reader, now)

    def _unreachable(
        self,
        caller: Caller,
        profiles: Mapping[str, Profile],
        needed: Mapping[str, Sequence[Connection]],
        reader: Reader,
        now: int,
    ) -> Iterator[Notification]:
        """Yield whom of those that somebody should write to mail does not reach."""
        mailed = {o: p.email for o, p in profiles.items() if p.mail and p.email}
        marked = self.addresses.standings(mailed.values(), now)
        for owner_id, email in sorted(mailed.items()):
            standing = marked.get(email)
            if standing is None or not standing.trouble.stops_mail:
                continue
            if owner_id == caller.owner_id:
                yield views.own_address_view(owner_id, email, standing, reader)
            else:
                yield views.colleague_view(owner_id, needed[owner_id], standing, reader)


def _awaited(connections: Sequence[Connection], now: int) -> dict[str, list[Connection]]:
    """Return the connections that wait for their owners, or soon will, by owner."""
    awaited: dict[str, list[Connection]] = {}
    anywhere = Reader("en")
    for connection in connections:
        ends = days_left(connection, anywhere, now) is not None
        if ends or connection.incident_since is not None:
            awaited.setdefault(connection.owner_id, []).append(connection)
    return awaited


def _named(notification_id: str, caller: Caller) -> Notice:
    """Return as much of the caller's notice as its name tells. Raises `NotFound`."""
    parts = _NAME.fullmatch(notification_id)
    if parts is None:
        raise NotFound
    topic, connection_id, moment = parts.groups()
    return Notice(
        owner_id=caller.owner_id,
        connection_id=connection_id,
        topic=Topic(topic),
        moment=int(moment),
        bank_name="",
        created_at=0,
    )
