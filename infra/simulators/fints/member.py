"""A user as the bank knows him: PIN, failed attempts, installations, TAN methods."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from infra.simulators.banking import Account, identifier
from infra.simulators.fints.message import RefusalError
from infra.simulators.fints.procedures import APP, CHIP, PHOTO, SMS
from infra.simulators.history import DAY
from infra.simulators.troubles import Trouble

if TYPE_CHECKING:
    from collections.abc import Callable

    from infra.simulators.world import Login

PIN, CHANGED_PIN = "24680", "13579"
FAILURES = 3
CONFIRMED_DAYS = 90

TROUBLES = {
    "otp-login": "the login takes a chipTAN, unless confirmed in the last 90 days",
    "photo-login": "the login takes a photoTAN, likewise",
    "app-login": "the login is approved in the app, likewise",
    "choose-login": "the login is confirmed, likewise; several methods and devices to choose from",
    "sca": "movements take a TAN, likewise; the login does not",
    "pin-changed": "the owner has changed his PIN: the old one is refused",
    "locked": "the login looks good but for 3938: access locked for the time being",
    "locked-warning": "the login looks good but for 3931, and a TAN is sent all the same",
    "locked-hard": "9931: access locked",
    "online-first": "9340, and the words say: log in on our site first",
    "must-change-pin": "3916: the PIN must be changed",
    "sca-due": "9075 beside 9340: strong authentication is due",
    "forgotten": "9391: the installation's system id is no longer known",
    "unregistered": "9078: the product is not registered",
    "method-gone": "the user's TAN method is no longer among his",
    "maintenance": "9800, and the words say: later",
    "codes": "the login is refused with `codes`, a list of [code, text]",
    "account-refused": "9210 for every order about the first account",
    "account-gone": "the first account is missing",
    "endless": "the first page of movements, for ever",
    "many-accounts": "`number` (5,000) accounts more",
    "bad-amounts": "balances and movements beyond all sense",
    "bad-statement": "statements that are not MT940",
    "echo": "9942, and the words repeat user name and PIN",
}
_METHODS = {
    "otp-login": (CHIP,),
    "photo-login": (PHOTO,),
    "app-login": (APP,),
    "choose-login": (CHIP, SMS, APP),
    "sca": (CHIP,),
}
_AT_LOGIN = {"otp-login", "photo-login", "app-login", "choose-login", "locked-warning"}
_REFUSALS = {
    "locked-hard": (("9931", "Zugang ist gesperrt. Bitte wenden Sie sich an Ihren Berater."),),
    "online-first": (("9340", "Bitte melden Sie sich zuerst im Online-Banking an."),),
    "sca-due": (
        ("9075", "Starke Kundenauthentifizierung notwendig."),
        ("9340", "Auftrag abgelehnt. (TRE)"),
    ),
    "unregistered": (
        ("9078", "Dialog abgebrochen - Banking-Programm ist nicht registriert."),
        ("9010", "Initialisierung fehlgeschlagen, Auftrag nicht bearbeitet."),
        ("9340", "Auftrag abgelehnt. (TRE)"),
    ),
    "maintenance": (("9800", "Wartungsarbeiten. Bitte versuchen Sie es später noch einmal."),),
}


@dataclass
class Member:
    """A user. `systems` are his installations and when each was last confirmed with a TAN."""

    login: Login
    clock: Callable[[], int]
    failures: int = 0
    locked: bool = False
    systems: dict[str, int] = field(default_factory=dict)
    registered: int = 0
    forgot: bool = False

    @property
    def character(self) -> str:
        """Return the trouble that his name chose, whether it has begun or not."""
        return self.login.trouble.kind

    def trouble(self) -> Trouble:
        """Return what goes wrong now."""
        found = self.login.trouble
        return found if found.active(self.clock()) else Trouble()

    @property
    def methods(self) -> tuple[str, ...]:
        """Return the TAN methods that he has."""
        if self.trouble().kind == "method-gone":
            return (SMS,)
        return _METHODS.get(self.character, (APP,))

    def accounts(self) -> list[Account]:
        """Return his accounts."""
        found = [a for bank in self.login.banks for a in self.login.accounts(bank)]
        return found[1:] if self.trouble().kind == "account-gone" else found

    def check_pin(self, pin: str) -> None:
        """Raise `RefusalError` for a wrong PIN; the third one in a row locks him out."""
        if self.locked:
            raise RefusalError("9931", "Zugang ist gesperrt.", 2)
        changed = self.trouble().kind == "pin-changed"
        if pin == (CHANGED_PIN if changed else PIN):
            self.failures = 0
            return
        self.failures += 1
        self.locked = self.failures >= FAILURES
        text = "PIN ungültig. 3 Fehlversuche führen zur Sperrung."
        if self.trouble().kind == "echo":
            text = f"Anmeldung von {self.login.name} mit {pin} fehlgeschlagen."
        raise RefusalError("9942", text, 2)

    def check_trouble(self) -> None:
        """Raise `RefusalError` for what refuses a login whatever the PIN."""
        trouble = self.trouble()
        told = _REFUSALS.get(trouble.kind, ())
        if trouble.kind == "codes":
            told = tuple((str(c), str(t)) for c, t in trouble.options.get("codes", ()))
        if told:
            raise SeveralError(told)

    def new_system(self) -> str:
        """Register an installation and return its id."""
        system = identifier(self.login.name, "system", self.registered)[:28]
        self.registered += 1
        self.systems[system] = 0
        return system

    def check_system(self, system: str) -> None:
        """Raise `RefusalError` for an installation that is not known."""
        if self.trouble().kind == "forgotten" and not self.forgot:
            self.forgot = True
            self.systems.clear()
        if system not in self.systems:
            raise RefusalError("9391", "Bitte neue Kundensystem-ID holen.", 3)

    def must_confirm(self, system: str, about: str) -> bool:
        """Tell whether he must confirm a login (`HKIDN`) or movements from this installation."""
        asks = self.character in _AT_LOGIN if about == "HKIDN" else self.character == "sca"
        confirmed = self.systems.get(system, 0)
        return asks and self.clock() - confirmed >= CONFIRMED_DAYS * DAY

    def confirmed(self, system: str) -> None:
        """Note that he has confirmed something from this installation."""
        self.systems[system] = self.clock()


class SeveralError(RefusalError):
    """A refusal with several codes."""

    def __init__(self, told: tuple[tuple[str, str], ...]) -> None:
        super().__init__(*told[0], segment=3)
        self.told = told
