"""What a session opens: its accounts, within its time, its troubles and the allowance."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from infra.simulators import faults
from infra.simulators.banking import accounts_of
from infra.simulators.enablebanking import account_data, asking, complaints
from infra.simulators.enablebanking.allowance import Allowance, attended
from infra.simulators.enablebanking.consents import Session
from infra.simulators.enablebanking.refusals import RefusedError
from infra.simulators.exchange import Reply

if TYPE_CHECKING:
    from infra.simulators.banking import Account
    from infra.simulators.enablebanking.consents import Authorization, Consents
    from infra.simulators.exchange import Request
    from infra.simulators.troubles import Trouble
    from infra.simulators.world import Login, World

FRESH_SECONDS = 3_600


@dataclass(frozen=True)
class Sessions:
    """Answers the calls that a session is needed for."""

    world: World
    consents: Consents
    provider: str
    page_size: int
    allowance: Allowance = field(default_factory=Allowance)

    def opened(self, asked: Authorization, login: Login, trouble: Trouble) -> dict[str, Any]:
        """Open a session for a spent code; return the only description of its accounts."""
        now = self.world.now()
        if trouble.kind == "one-consent":
            self.consents.end(login.name, "CLOSED", asked.bank)
        if trouble.kind in complaints.ENDS_SESSIONS and self.consents.live(login.name, now):
            self._end(login, trouble)
        accounts = self._accounts(asked, login, trouble)
        blocked = set(list(accounts)[:1]) if trouble.kind == "account-closed" else set()
        session = Session(
            session_id=str(uuid.uuid4()),
            app_id=asked.app_id,
            login=login.name,
            bank=asked.bank,
            psu_type=asked.psu_type,
            created=now,
            valid_until=asked.valid_until,
            accounts=accounts,
            blocked=frozenset(blocked),
        )
        self.consents.sessions[session.session_id] = session
        return {
            "session_id": session.session_id,
            "accounts": [
                account_data.described(a, None if uid in blocked else uid, login.name)
                for uid, a in accounts.items()
            ],
            **_common(session),
        }

    def shown(self, session: Session, elsewhere: str) -> Reply:
        """Answer `GET /sessions/{id}`: the call of a sync that spends one of a trouble's cycles."""
        self.world.calls.add(self.provider, session.login, "sessions.get")
        login = self.world.login(self.provider, session.login)
        trouble = self.world.trouble(login)
        session.trouble = trouble
        self._end(login, trouble)
        instead = self._instead(trouble, "session", elsewhere)
        if instead:
            return instead
        complaints.refused(trouble, "session")
        uids = [uid for uid in session.accounts if uid not in session.blocked]
        named = [(uid, account_data.identification_hash(session.accounts[uid])) for uid in uids]
        if trouble.kind == "many-accounts":
            number = int(trouble.option("number", 10_000))
            named += [(str(uuid.uuid4()), f"hash{n}") for n in range(number)]
        body = {
            "status": session.status(self.world.now()),
            "accounts": [uid for uid, _ in named],
            "accounts_data": [
                {"uid": uid, "identification_hash": own, "identification_hashes": [own]}
                for uid, own in named
            ],
            "psu_id_hash": session.session_id[:8],
            "created": _moment(session.created),
            "authorized": _moment(session.created),
            "closed": None,
            **_common(session),
        }
        return self._spoilt(trouble, "session", Reply.of_json(body))

    def balances(self, session: Session, uid: str, request: Request, elsewhere: str) -> Reply:
        """Answer `GET /accounts/{id}/balances`."""
        asked = self._asked(session, uid, "balances", request, elsewhere)
        if isinstance(asked, Reply):
            return asked
        body = account_data.balances(session.accounts[uid], self.world.histories, self.world.now())
        return self._spoilt(asked, "balances", Reply.of_json(body))

    def movements(self, session: Session, uid: str, request: Request, elsewhere: str) -> Reply:
        """Answer `GET /accounts/{id}/transactions`."""
        now = self.world.now()
        period = asking.period(request, now)
        asked = self._asked(
            session, uid, "transactions", request, elsewhere, following=bool(period.key)
        )
        if isinstance(asked, Reply):
            return asked
        if asked.kind == "short-history":
            _refuse_longer(period, now, int(asked.option("days", 30)))
        fresh = now - session.created <= FRESH_SECONDS
        account, histories = session.accounts[uid], self.world.histories
        found = account_data.movements(account, period, histories, now, fresh=fresh)
        if asked.kind in complaints.NEVER_ENDING:
            same = asked.kind == "same-page"
            return Reply.of_json(account_data.never_ending(found, period.key, same=same))
        rows, following = account_data.page(found, period, uid, self.page_size)
        body = {"transactions": rows, "continuation_key": following}
        self.world.answered(self.world.login(self.provider, session.login))
        reply = Reply.of_json(complaints.distorted(asked, body))
        return self._spoilt(asked, "transactions", reply)

    def _asked(
        self,
        session: Session,
        uid: str,
        endpoint: str,
        request: Request,
        elsewhere: str,
        *,
        following: bool = False,
    ) -> Trouble | Reply:
        """Check a call for an account; return the trouble of it, or what is answered instead."""
        self.world.calls.add(self.provider, session.login, endpoint)
        login = self.world.login(self.provider, session.login)
        trouble = self._trouble(session, login)
        self._end(login, trouble)
        instead = self._instead(trouble, endpoint, elsewhere)
        if instead:
            return instead
        session.open_at(self.world.now())
        if uid in session.blocked:
            raise RefusedError("ASPSP_ACCOUNT_NOT_ACCESSIBLE")
        there = attended(request, session.bank)
        if session.bank.id in self.world.outages:
            raise RefusedError("ASPSP_ERROR", "Unknown error")
        complaints.refused(trouble, endpoint, list(session.accounts).index(uid))
        if not there and not following:
            self.allowance.spend(session.accounts[uid].seed, endpoint, self.world.now())
        return trouble

    def _trouble(self, session: Session, login: Login) -> Trouble:
        """Return the trouble of the sync that the session was read for, if its cycles count."""
        if login.trouble.cycles is not None and session.trouble is not None:
            return session.trouble
        return self.world.trouble(login, spoils=False)

    def _end(self, login: Login, trouble: Trouble) -> None:
        if trouble.kind in complaints.ENDS_SESSIONS:
            self.consents.end(login.name, complaints.ENDS_SESSIONS[trouble.kind])
            self.world.ends_trouble(login)

    def _instead(self, trouble: Trouble, endpoint: str, elsewhere: str) -> Reply | None:
        if trouble.options.get("at", endpoint) != endpoint:
            return None
        return faults.instead(trouble, self.world.now(), elsewhere)

    def _spoilt(self, trouble: Trouble, endpoint: str, reply: Reply) -> Reply:
        if trouble.options.get("at", endpoint) != endpoint:
            return reply
        return faults.spoilt(trouble, reply)

    def _accounts(self, asked: Authorization, login: Login, trouble: Trouble) -> dict[str, Account]:
        name = f"{login.name} (other)" if trouble.kind == "other-accounts" else login.name
        accounts = accounts_of(self.provider, name, asked.bank)
        if trouble.kind == "no-accounts":
            accounts = ()
        if trouble.kind == "account-gone":
            accounts = accounts[1:]
        return {str(uuid.uuid4()): account for account in accounts}


def _common(session: Session) -> dict[str, Any]:
    return {
        "aspsp": {"name": session.bank.name, "country": session.bank.country},
        "psu_type": session.psu_type,
        "access": {
            "accounts": None,
            "balances": True,
            "transactions": True,
            "valid_until": _moment(session.valid_until),
        },
    }


def _refuse_longer(period: asking.Period, now: int, days: int) -> None:
    today = dt.datetime.fromtimestamp(now, dt.UTC).date()
    if period.start is None or (today - period.start).days > days:
        detail = {"message": "Requested time period out of bound."}
        raise RefusedError("WRONG_TRANSACTIONS_PERIOD", detail)


def _moment(seconds: int) -> str:
    return dt.datetime.fromtimestamp(seconds, dt.UTC).isoformat(timespec="microseconds")
