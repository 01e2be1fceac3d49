"""From news of banks to a mail on its way: names, links, what it answers to, how to stop it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from notify import letter
from notify.letter import BankNews, Kind, Occasion
from notify.mail import Thread
from notify.recipients import vouched
from relink import links, unsubscribing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from notify.mail import Outbox
    from notify.recipients import Recipient
    from notify.steps import Step
    from relink.accounts import StoredAccount
    from relink.connection import Connection
    from relink.ledger import Ledger
    from relink.notices import Notice
    from relink.owners import Profile
    from relink.signing import KeyRing

REFERENCES: Final = 20
_ON_ITS_OWN: Final = {Kind.RED}
_STOPPABLE: Final = {Kind.REMINDER, Kind.LAST_REMINDER, Kind.EXPIRING}


@dataclass(frozen=True, slots=True)
class News:
    """A notice that a mail tells of, its connection, and which telling of it this is."""

    notice: Notice
    connection: Connection
    step: Step


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """Writes letters and hands them in: what they are made from and how they leave."""

    ledger: Ledger
    keyring: KeyRing
    outbox: Outbox
    house: letter.House

    def send(self, kind: Kind, news: Sequence[News], to: Recipient, now: int) -> str:
        """Send one mail of all this news and return the id that SES gave it.

        Raises `NotSent`, `Throttled`.
        """
        stop = self._stop(to.profile.owner_id) if kind in _STOPPABLE else ""
        written = letter.write(
            Occasion(kind, on_behalf=to.on_behalf, unsubscribe_url=stop),
            to.profile,
            self._banks(kind, news, to.profile, now),
            self.house,
            now,
        )
        first = [] if kind in _ON_ITS_OWN else [n.notice.message_id for n in news]
        known = list(dict.fromkeys(name for name in first if name))[-REFERENCES:]
        return self.outbox.send(written, to.to, now, Thread(known, stop))

    def _banks(self, kind: Kind, news: Sequence[News], reader: Profile, now: int) -> list[BankNews]:
        """Return each connection once, whatever else there is to say of it."""
        once = {n.connection.connection_id: n for n in news}
        return [self._bank(kind, n, reader, now) for n in once.values()]

    def _bank(self, kind: Kind, news: News, reader: Profile, now: int) -> BankNews:
        """Return what is said of a connection, and where its button leads.

        To its form only where a login's accounts must be those that we know, and the host app has
        not called the reader by another address: else to his banks, behind the app's own login.
        """
        connection = news.connection
        accounts = self.ledger.accounts(connection.connection_id)
        known = bool(accounts) or connection.last_success_at is not None
        opens = kind is not Kind.RESTORED and known and vouched(reader)
        banks = "" if kind is Kind.RESTORED else f"{self._base}/banks"
        return BankNews(
            connection=connection,
            products=_products(connection, accounts),
            link=self._link(connection, now) if opens else banks,
            last=news.step.kind is Kind.LAST_REMINDER,
            opens=opens,
        )

    def _link(self, connection: Connection, now: int) -> str:
        link = links.link_for(connection, now, known=True)
        return f"{self._base}/reconnect/{links.issue(link, self.keyring.keys())}"

    def _stop(self, reader_id: str) -> str:
        token = unsubscribing.issue(reader_id, self.keyring.keys())
        return f"{self._base}{unsubscribing.PATH}{token}"

    @property
    def _base(self) -> str:
        return self.house.public_url.rstrip("/")


def _products(connection: Connection, accounts: Sequence[StoredAccount]) -> list[str]:
    shown = [a for a in accounts if not a.hidden]
    ill = [a for a in shown if a.account_id in connection.red_accounts]
    return [a.shown_name for a in ill or shown]
