"""What a bank says to a login, and what its owner has to do besides."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from infra.simulators.powens.connectors import APP, CODE
from infra.simulators.powens.refusals import RefusedError
from infra.simulators.powens.state import NAME, WRONG_IN_A_ROW, State
from infra.simulators.powens.troubles import (
    CHALLENGED,
    CURED_AT_BANK,
    CURED_BY_LOGIN,
    DEAD,
    STATES,
)
from infra.simulators.powens.users import Challenge, Held, User

if TYPE_CHECKING:
    from infra.simulators.powens.connectors import Connector
    from infra.simulators.world import Login

CODE_LASTS = 600
CODE_NAME = "sms_code"
WAITS = {CODE: "additionalInformationNeeded", APP: "decoupled"}
BY_NAME = {"otp": CODE, "decoupled": APP}


@dataclass(frozen=True)
class SigningIn:
    """The banks' doors."""

    state: State

    def create(self, user: User, connector: Connector, values: dict[str, str]) -> Held:
        """Make a connection with the values that the connector declares. Raises `RefusedError`."""
        if connector.mechanism == "webauth":
            raise RefusedError("invalidValue", "this source is entered by its own page")
        values = connector.check(values, whole=True)
        login = self.state.world.login(NAME, values["login"])
        self.judge(connector, login, values["password"])
        held = self.add(user, connector, login, values["password"])
        factor = BY_NAME.get(login.trouble.kind)
        self._challenged(held, factor) if factor else self._let_in(held)
        return held

    def add(self, user: User, connector: Connector, login: Login, password: str = "") -> Held:
        """Add a connection that is not let in yet. A login whose old ones are dead is well."""
        now = self.state.world.now()
        if self.state.world.trouble(login, spoils=False).kind in DEAD:
            self.state.world.ends_trouble(login)
        held = Held(
            id=self.state.users.next_id(),
            user=user,
            connector=connector,
            login=login,
            password=password,
            created=now,
            consented=now,
            looked=now,
        )
        user.connections.append(held)
        return held

    def again(self, held: Held, values: dict[str, str]) -> None:
        """Sign in anew, with new values or with those that there are. Raises `RefusedError`."""
        if held.challenge is not None and held.challenge.code and values:
            self._answered(held, held.challenge, values)
            return
        values = held.connector.check(values, whole=False)
        password = values.get("password", held.password)
        login = self.state.world.login(NAME, values.get("login", held.login.name))
        self.judge(held.connector, login, password, held.password)
        held.login, held.password, held.challenge = login, password, None
        factor = self._factor(held)
        if held.by_page:
            return
        self._challenged(held, factor) if factor else self._let_in(held)

    def resume(self, held: Held) -> None:
        """Go on after the owner has been asked in the app. Raises `RefusedError`."""
        challenge, after = held.challenge, self.state.settings.approves_after
        if challenge is None or challenge.state != WAITS[APP]:
            raise RefusedError("invalidValue", "nothing to resume")
        waited = after is not None and self.state.world.now() >= challenge.asked + after
        if challenge.approved or waited:
            self._let_in(held)

    def decide(self, held: Held, *, approve: bool) -> None:
        """Do what the owner does in his app."""
        if held.challenge is None or held.challenge.state != WAITS[APP]:
            raise ValueError("nobody is asked")
        held.challenge.approved = approve
        if not approve:
            self._turned_away(held)

    def enter(self, held: Held) -> None:
        """Let a login in that was at the bank's own page."""
        self._let_in(held)

    def judge(
        self, connector: Connector, login: Login, password: str, before: str | None = None
    ) -> None:
        """Hold a password against what the bank knows. Raises `RefusedError`.

        `before` is the one that the bank may have changed since.
        """
        trouble = self.state.world.trouble(login, spoils=False)
        if self.state.wrong.get(login.name, 0) >= WRONG_IN_A_ROW:
            raise RefusedError("actionNeeded", "Acceso bloqueado")
        if trouble.kind in CURED_AT_BANK:
            raise RefusedError(STATES[trouble.kind], "Ve a la web de tu banco")
        changed = trouble.kind == "wrongpass" and before and password == before
        if changed or password == connector.wrong:
            self._refuse(login)
        self.state.wrong.pop(login.name, None)

    def _refuse(self, login: Login) -> None:
        self.state.wrong[login.name] = self.state.wrong.get(login.name, 0) + 1
        raise RefusedError("wrongpass", "Usuario o clave incorrectos")

    def _factor(self, held: Held) -> str | None:
        """Return what the bank wants besides the password to let this connection in again."""
        trouble = self.state.trouble(held)
        if trouble.kind == "otp-needed":
            return CODE
        expired = self.state.world.now() >= held.consent_ends
        if trouble.kind in CHALLENGED or expired:
            return held.connector.factor
        return BY_NAME.get(held.login.trouble.kind)

    def _challenged(self, held: Held, factor: str) -> None:
        if factor not in WAITS:
            return
        code = f"{secrets.randbelow(10**6):06d}" if factor == CODE else ""
        held.challenge = Challenge(WAITS[factor], self.state.world.now(), code)

    def _answered(self, held: Held, challenge: Challenge, values: dict[str, Any]) -> None:
        if values.keys() != {CODE_NAME}:
            raise RefusedError("invalidValue", f"{CODE_NAME} is expected")
        late = self.state.world.now() >= challenge.asked + CODE_LASTS
        if values[CODE_NAME] == challenge.code and not late:
            self._let_in(held)
            return
        challenge.wrong += 1
        if challenge.wrong >= WRONG_IN_A_ROW:
            self._turned_away(held)
            self._refuse(held.login)

    def _turned_away(self, held: Held) -> None:
        """End what the bank was waiting for; a first login leaves no connection."""
        held.challenge = None
        if not held.reads:
            held.user.connections.remove(held)

    def _let_in(self, held: Held) -> None:
        world, now = self.state.world, self.state.world.now()
        held.challenge, held.consented = None, now
        kind = self.state.trouble(held).kind
        held.generation += kind == "new-ids"
        if kind in {*CURED_BY_LOGIN, "new-ids"}:
            world.ends_trouble(held.login)
        held.validating_until = now + self.state.settings.validating_seconds
        held.read(now)
