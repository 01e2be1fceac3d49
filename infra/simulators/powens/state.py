"""The state that the interface, the pages and the switches share; and how a connection is."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from infra.simulators.powens.pages import Pages
from infra.simulators.powens.settings import Settings
from infra.simulators.powens.troubles import STATES
from infra.simulators.powens.users import Held, Users
from infra.simulators.world import UNKNOWN_LOGIN, World

if TYPE_CHECKING:
    from infra.simulators.powens.sealing import Opener
    from infra.simulators.troubles import Trouble

NAME = "powens"
HOUR = 3_600
PAGE_SECONDS = 1_800
WRONG_IN_A_ROW = 3

CODE_FIELD = {
    "name": "sms_code",
    "label": "Código recibido por SMS",
    "type": "text",
    "required": True,
    "regex": "^[0-9]{6}$",
    "values": None,
}
_MESSAGES = {
    "additionalInformationNeeded": "Escribe el código que te hemos enviado por SMS.",
    "decoupled": "Validez l'accès dans l'application de votre banque.",
}


@dataclass
class State:
    """All that Powens knows. `wrong` counts the refusals in a row of each login."""

    world: World
    opener: Opener
    settings: Settings = field(default_factory=Settings)
    users: Users = field(default_factory=Users)
    pages: Pages = field(default_factory=Pages)
    wrong: dict[str, int] = field(default_factory=dict)

    def count(self, held: Held | None, endpoint: str) -> None:
        """Count a call."""
        self.world.calls.add(NAME, held.login.name if held else UNKNOWN_LOGIN, endpoint)

    def trouble(self, held: Held) -> Trouble:
        """Return the trouble of a call that spends none of its cycles."""
        return self.world.trouble(held.login, spoils=False)

    def condition(self, held: Held) -> str | None:
        """Return a connection's state."""
        if held.challenge is not None:
            return held.challenge.state
        trouble = self.trouble(held)
        if trouble.kind == "state":
            return str(trouble.options.get("state", "bug"))
        return STATES.get(trouble.kind) or self._by_itself(held)

    def _by_itself(self, held: Held) -> str | None:
        now = self.world.now()
        if now < held.validating_until:
            return "validating"
        if held.connector.bank.id in self.world.outages:
            return "websiteUnavailable"
        if now >= held.consent_ends:
            return "webauthRequired" if held.by_page else "SCARequired"
        return None

    def read(self, held: Held) -> None:
        """Read the bank as the schedule says: not while something is in its way."""
        now, trouble = self.world.now(), self.trouble(held)
        blocked = self.condition(held) is not None or trouble.kind == "stale"
        until = min(now, held.consent_ends - 1)
        if blocked and trouble.begins is not None and trouble.active(now):
            until = min(until, trouble.begins)
        elif blocked:
            until = min(until, held.looked)
        held.catch_up(until, now, self.settings.refresh_seconds)

    def connection(self, held: Held, expand: frozenset[str]) -> dict[str, Any]:
        """Return a connection as Powens tells it."""
        self.read(held)
        condition, now = self.condition(held), self.world.now()
        limited = condition == "rateLimiting"
        shown = {
            "id": held.id,
            "id_user": held.user.id,
            "id_connector": held.connector.id,
            "connector_uuid": held.connector.uuid,
            "id_bank": held.connector.id,
            "id_provider": held.connector.id,
            "state": condition,
            "error": condition,
            "error_message": self._message(held, condition),
            "fields": [CODE_FIELD] if condition == "additionalInformationNeeded" else None,
            "active": True,
            "created": written(held.created),
            "last_update": written(held.known_until) if held.reads else None,
            "last_push": None,
            "expire": written(held.consent_ends),
            "next_try": written(now + HOUR) if limited else None,
        }
        return shown | ({"sources": self._sources(held, condition)} if "sources" in expand else {})

    def _sources(self, held: Held, condition: str | None) -> list[dict[str, Any]]:
        own = {
            "id": held.number("source"),
            "id_connection": held.id,
            "id_connector_source": 900 + held.connector.id,
            "name": held.connector.source,
            "auth_mechanism": held.connector.mechanism,
            "state": condition,
            "disabled": None,
            "access_expire": written(held.consent_ends),
            "last_update": written(held.known_until),
            "next_try": None,
        }
        if self.trouble(held).kind != "source-trouble":
            return [own]
        other = {**own, "id": held.number("other source"), "name": "openapi"}
        return [{**own, "state": None}, other]

    def _message(self, held: Held, condition: str | None) -> str | None:
        said = held.challenge is not None and held.challenge.wrong
        return "Código incorrecto." if said else _MESSAGES.get(condition or "")


def written(moment: int | None) -> str | None:
    """Return an epoch second as Powens writes it."""
    if moment is None:
        return None
    return dt.datetime.fromtimestamp(moment, dt.UTC).strftime("%Y-%m-%d %H:%M:%S")


def day(moment: int) -> str:
    """Return the day of an epoch second."""
    return dt.datetime.fromtimestamp(moment, dt.UTC).date().isoformat()
