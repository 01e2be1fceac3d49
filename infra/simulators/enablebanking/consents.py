"""What owners have been asked, what they said, and the sessions that came of it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from infra.simulators.enablebanking.refusals import RefusedError

if TYPE_CHECKING:
    from infra.simulators.banking import Account, Bank
    from infra.simulators.troubles import Trouble

CODE_LIFE = 600
ENDED = {"EXPIRED": "EXPIRED_SESSION", "CLOSED": "CLOSED_SESSION", "REVOKED": "REVOKED_SESSION"}


@dataclass(frozen=True)
class Authorization:
    """A request for consent, as it was made and as it stands."""

    authorization_id: str
    app_id: str
    bank: Bank
    redirect_url: str
    state: str
    psu_type: str
    valid_until: int
    login: str = ""
    code: str = ""
    code_expires: int = 0
    spent: bool = False


@dataclass
class Session:
    """A consent that was given. `accounts` are by uid; a blocked one has a uid of its own, too."""

    session_id: str
    app_id: str
    login: str
    bank: Bank
    psu_type: str
    created: int
    valid_until: int
    accounts: dict[str, Account]
    blocked: frozenset[str] = frozenset()
    ended: str = ""
    trouble: Trouble | None = None

    def status(self, now: int) -> str:
        """Return the `SessionStatus` at a moment."""
        return self.ended or ("EXPIRED" if now >= self.valid_until else "AUTHORIZED")

    def open_at(self, now: int) -> None:
        """Raise `RefusedError` unless it opens its accounts."""
        status = self.status(now)
        if status != "AUTHORIZED":
            raise RefusedError(ENDED.get(status, "WRONG_SESSION_STATUS"))


@dataclass
class Consents:
    """All requests and sessions."""

    asked: dict[str, Authorization] = field(default_factory=dict)
    sessions: dict[str, Session] = field(default_factory=dict)

    def ask(self, authorization: Authorization) -> None:
        """Note a request."""
        self.asked[authorization.authorization_id] = authorization

    def approve(self, asked: Authorization, login: str, now: int) -> str:
        """Note the owner's yes; return the code for it."""
        code = str(uuid.uuid4())
        approved = replace(asked, login=login, code=code, code_expires=now + CODE_LIFE)
        self.asked[asked.authorization_id] = approved
        return code

    def spend(self, code: str, app_id: str, now: int) -> Authorization:
        """Spend a code. Raises `RefusedError`."""
        found = [a for a in self.asked.values() if a.code and a.code == code]
        if not found or found[0].app_id != app_id:
            raise RefusedError("WRONG_AUTHORIZATION_CODE")
        if found[0].spent:
            raise RefusedError("ALREADY_AUTHORIZED")
        if now >= found[0].code_expires:
            raise RefusedError("EXPIRED_AUTHORIZATION_CODE")
        self.asked[found[0].authorization_id] = replace(found[0], spent=True)
        return found[0]

    def session(self, session_id: str, app_id: str) -> Session:
        """Return a session of an application. Raises `RefusedError`."""
        found = self.sessions.get(_uuid(session_id))
        if found is None or found.app_id != app_id:
            raise RefusedError("SESSION_DOES_NOT_EXIST")
        return found

    def of_account(self, uid: str, app_id: str) -> Session:
        """Return the session that an account's uid belongs to. Raises `RefusedError`."""
        name = _uuid(uid)
        for session in self.sessions.values():
            if name in session.accounts and session.app_id == app_id:
                return session
        raise RefusedError("ACCOUNT_DOES_NOT_EXIST")

    def end(self, login: str, status: str, bank: Bank | None = None) -> None:
        """End the sessions of a login, at one bank or at all."""
        for session in self.sessions.values():
            if session.login == login and bank in {None, session.bank} and not session.ended:
                session.ended = status

    def live(self, login: str, now: int) -> bool:
        """Tell whether a login has a session that opens its accounts."""
        mine = (s for s in self.sessions.values() if s.login == login)
        return any(s.status(now) == "AUTHORIZED" for s in mine)

    def forget(self, login: str) -> None:
        """Forget a login."""
        self.asked = {k: a for k, a in self.asked.items() if a.login != login}
        self.sessions = {k: s for k, s in self.sessions.items() if s.login != login}


def _uuid(text: str) -> str:
    try:
        return str(uuid.UUID(text))
    except ValueError as error:
        raise RefusedError("WRONG_REQUEST_PARAMETERS", "not a UUID") from error
