"""Example letters: each kind, in each language, in each state that it can be in."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from notify.letter import BankNews, House, Kind, Occasion, write
from notify.mail import Sender, Thread, compose
from relink.clock import DAY
from relink.connection import Bank, Connection, Method
from relink.languages import LANGUAGES
from relink.owners import Profile
from relink.reasons import Reason, Scope, Status

if TYPE_CHECKING:
    from collections.abc import Iterator
    from email.message import EmailMessage

    from notify.letter import Letter

ORIGIN: Final = "https://connect.example.com"
HOUSE: Final = House("Banktrack", ORIGIN)
SENDER: Final = Sender("Banktrack", "notices@example.com", "support@example.com")
READER: Final = "owner@example.org"
SENT_AT: Final = 1_767_268_800  # 2026-01-01 12:00 UTC
# As long as the real ones, which are signed; these open nothing.
LINK: Final = f"{ORIGIN}/reconnect/0a1b2c3d.{'example' * 14}.{'example' * 6}x"
UNSUBSCRIBE: Final = f"{ORIGIN}/unsubscribe/0a1b2c3d.{'example' * 8}.{'example' * 6}x"
FIRST_MAIL: Final = "0102019b7a5e3c00-00000000-1111-2222-3333-444444444444-000000"
MANY: Final = 45

# A bank's name, why it is red, its own words about it, and the names of its accounts.
BANKS: Final = (
    (
        "Santander",
        Reason.CREDENTIALS_REJECTED,
        "Usuario o clave incorrectos",
        ("Cuenta corriente", "Visa Business"),
    ),
    ("Commerzbank", Reason.SCA_REQUIRED, "", ("Geschäftskonto",)),
    (
        "BBVA",
        Reason.CONSENT_EXPIRED,
        "",
        tuple(f"Cuenta {number}" for number in range(1, 9)),
    ),
    ("Bank of Ireland", Reason.ACCESS_LOCKED, "Access suspended, contact us", ("Current",)),
)


class State(StrEnum):
    """What a letter is about, and to whom it goes."""

    ONE = "one"
    SEVERAL = "several"
    MANY = "many"
    STAND_IN = "stand-in"


@dataclass(frozen=True, slots=True)
class Specimen:
    """An example of a letter."""

    kind: Kind
    language: str
    state: State

    @property
    def name(self) -> str:
        """Return its name, fit for a file."""
        return f"{self.kind.value}-{self.language}-{self.state.value}"

    def letter(self) -> Letter:
        """Write it."""
        profile = Profile(
            owner_id="owner",
            workspace_id="workspace",
            language=self.language,
            time_zone="Europe/Madrid",
        )
        occasion = Occasion(self.kind, self.state is State.STAND_IN, self._thread().unsubscribe_url)
        return write(occasion, profile, list(self._banks()), HOUSE, SENT_AT)

    def mail(self) -> EmailMessage:
        """Return it as the e-mail that leaves."""
        return compose(self.letter(), SENDER, READER, SENT_AT, self._thread())

    def _thread(self) -> Thread:
        follows = self.kind in {Kind.REMINDER, Kind.LAST_REMINDER}
        return Thread(
            references=[f"{FIRST_MAIL}@eu-west-1.amazonses.com"] if follows else [],
            unsubscribe_url=UNSUBSCRIBE if follows or self.kind is Kind.EXPIRING else "",
        )

    def _banks(self) -> Iterator[BankNews]:
        number = {State.SEVERAL: 3, State.MANY: MANY}.get(self.state, 1)
        for position in range(number):
            name, reason, words, products = BANKS[position % len(BANKS)]
            branch = position // len(BANKS)
            bank = Bank("id", f"{name} {branch + 1}" if branch else name, "ES", "", Method.CONSENT)
            yield BankNews(_connection(self.kind, bank, reason, words), products, LINK)


def specimens() -> Iterator[Specimen]:
    """Yield every one."""
    for kind in Kind:
        for language in LANGUAGES:
            for state in State:
                yield Specimen(kind, language, state)


def _connection(kind: Kind, bank: Bank, reason: Reason, words: str) -> Connection:
    """Return a connection as it is when such a letter about it is written."""
    ago = {Kind.REMINDER: 3 * DAY, Kind.LAST_REMINDER: 7 * DAY}.get(kind, 90)
    well = kind in {Kind.EXPIRING, Kind.RESTORED}
    return Connection(
        connection_id="connection",
        workspace_id="workspace",
        owner_id="owner",
        bank=bank,
        created_at=SENT_AT - 170 * DAY,
        since=SENT_AT - ago,
        status=Status.GREEN if well else Status.RED,
        reason=None if well else reason,
        scope=None if well else Scope.CONNECTION,
        provider_text="" if well else words,
        red_since=None if well else SENT_AT - ago,
        last_success_at=SENT_AT - 600 if well else SENT_AT - ago - DAY // 4,
        consent_expires_at=SENT_AT + 7 * DAY if kind is Kind.EXPIRING else None,
        credentials_version=1,
    )
