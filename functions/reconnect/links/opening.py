"""A link that somebody has opened: read, verified, and held against its connection."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from reconnect.attempts.renewal import renewable
from reconnect.attempts.standing import Standing, standing
from reconnect.visit import NoSuchPage
from relink import links
from relink.attempt import State
from relink.disconnecting import disappears
from relink.reader import Reader
from relink.reasons import Status
from relink.signing import InvalidToken

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from reconnect.attempts.attempting import Reconnecting
    from reconnect.visit import Visit
    from relink.accounts import StoredAccount
    from relink.attempt import Attempt
    from relink.connection import Connection
    from relink.links import Link
    from relink.owners import Owners
    from relink.signing import KeyRing

RETURN_LIFE: Final = 3600


@dataclass(frozen=True, slots=True)
class OpenedLink:
    """A link of ours, its connection as it stands `now`, its last attempt, and its reader.

    `connects_for` is the address of the connection's owner, masked: as the host app knows him, and
    not as he can say himself. Empty if it does not tell. `first_time` tells whether whatever
    accounts a login shows become the connection's: none is known that would have to match.
    """

    token: str = field(repr=False)
    link: Link
    connection: Connection
    attempt: Attempt | None
    reader: Reader
    now: int
    connects_for: str = field(default="", repr=False)
    first_time: bool = False

    @property
    def standing(self) -> Standing:
        """Return what the link is good for."""
        return standing(self.link, self.connection, self.attempt, self.now)

    @property
    def renewal(self) -> bool:
        """Tell whether all is well with the connection, but its consent ends soon."""
        connection = self.connection
        well = connection.status is Status.GREEN and not connection.red_accounts
        return well and renewable(connection, self.now)

    @property
    def away(self) -> bool:
        """Tell whether its owner is out at his bank's page, or about to go there."""
        there = self.attempt is not None and self.attempt.state is State.REDIRECTING
        return there and self.standing is Standing.UNDER_WAY


@dataclass(frozen=True, slots=True)
class Doorkeeper:
    """Opens links: who has one needs nothing else, who has none learns nothing.

    `accounts_of` returns the accounts that are known of a connection.
    """

    keys: KeyRing
    reconnecting: Reconnecting
    owners: Owners
    accounts_of: Callable[[str], Sequence[StoredAccount]]

    def open(self, token: str, visit: Visit, now: int) -> OpenedLink:
        """Return the opened link, expired or not. Raises `NoSuchPage`. Changes nothing."""
        try:
            link = links.read(token, self.keys.keys_for(token))
        except InvalidToken as error:
            raise NoSuchPage from error
        return self._opened(token, link, self._connection(link.connection_id), visit, now)

    def readmit(self, attempt: Attempt, visit: Visit, now: int) -> OpenedLink:
        """Return the link of an owner who comes back from his bank. Raises `NoSuchPage`.

        It is good for what his own one was good for, the attempt's own incident, but for no longer
        than an hour after the attempt: what a bank sent him back with is in its logs, and must not
        open the page for ever.
        """
        until = attempt.deadline + RETURN_LIFE
        if now >= until:
            raise NoSuchPage
        connection = self._connection(attempt.connection_id)
        incident = attempt.red_since
        version = attempt.credentials_version
        link = links.Link(
            connection_id=connection.connection_id,
            red_since=(connection.red_since or 0) if incident is None else incident,
            credentials_version=version,
            expires_at=min(until, now + links.life(connection)),
        )
        token = links.issue(link, self.keys.keys())
        return self._opened(token, link, connection, visit, now)

    def _connection(self, connection_id: str) -> Connection:
        connection = self.reconnecting.connections.get(connection_id)
        if connection is None or disappears(connection):
            raise NoSuchPage
        return connection

    def _opened(
        self, token: str, link: Link, connection: Connection, visit: Visit, now: int
    ) -> OpenedLink:
        attempt = self.reconnecting.last_attempt(link, connection)
        profile = self.owners.profile(connection.owner_id)
        return OpenedLink(
            token=token,
            link=link,
            connection=connection,
            attempt=attempt,
            reader=Reader.of(profile, visit.language),
            now=now,
            connects_for=masked(profile.login_email) if profile else "",
            first_time=self._first_time(link, connection),
        )

    def _first_time(self, link: Link, connection: Connection) -> bool:
        """Tell whether the link's login is the first; without accounts any is as good as that."""
        if link.credentials_version == 0:
            return True
        never = connection.last_success_at is None
        return never and not self.accounts_of(connection.connection_id)


def masked(address: str) -> str:
    """Return enough of an address for its owner to know it, and for nobody else to write to it."""
    name, at, domain = address.rpartition("@")
    return f"{name[:1]}…@{domain}" if name and at else ""
