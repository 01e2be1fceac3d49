"""The adapter before a simulated Powens, and an owner with a telephone and a browser."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest

from relink.accounts import StoredAccount
from relink.connection import Bank, Connection, Method
from relink.failures import ProviderError
from relink.provider import Accepted, Ask, Call, Login, Secret
from tests.contract.simulators.client import Answer, Simulators, call
from tests.fakes import NOON, Clock

if TYPE_CHECKING:
    from relink.bank_accounts import Account
    from relink.provider import Outcome, Presence, SyncResult
    from relink.providers.powens.adapter import Powens

NOW = NOON + 300 * 86_400
DAY = 86_400
HOUR = 3_600
BACK = "https://relink.example/reconnect/callback"
SOLANA, RIVAGE, LINDENTAL = "solana", "rivage", "lindental"
COUNTRIES = {SOLANA: "ES", RIVAGE: "FR", LINDENTAL: "DE"}
RIGHT = "right"


def connection(bank_id: str = SOLANA) -> Connection:
    """Return a connection to a bank of the simulated world."""
    method = Method.CONSENT if bank_id == LINDENTAL else Method.DIRECT
    bank = Bank(bank_id, "A bank", COUNTRIES[bank_id], "powens", method)
    return Connection(
        connection_id="con_1",
        workspace_id="ws_1",
        owner_id="own_1",
        bank=bank,
        created_at=NOW,
        since=NOW,
    )


def form(login: str, bank_id: str = SOLANA, password: str = "") -> dict[str, str]:
    """Return what the owner enters: what his bank declares."""
    if bank_id == RIVAGE:
        return {"login": login, "password": password or "123456"}
    return {"document": "nif", "login": login, "password": password or "a secret of mine"}


def known(accounts: tuple[Account, ...]) -> list[StoredAccount]:
    """Return accounts as the ledger keeps them."""
    return [
        StoredAccount(
            account_id=f"own_{number}",
            identities=account.identities,
            bank_name=account.name,
            currency=account.currency,
        )
        for number, account in enumerate(accounts)
    ]


@dataclass
class Bench:
    """The adapter before a simulated Powens, and an owner with a telephone and a browser."""

    simulators: Simulators
    adapter: Powens
    clock: Clock
    environ: dict[str, str]
    connection: Connection = field(default_factory=connection)
    kept: list[bytes] = field(default_factory=list)

    def step(
        self,
        answers: dict[str, str] | None = None,
        continuation: bytes | None = None,
        secret: Secret | None = None,
    ) -> Outcome:
        """Authenticate as an attempt does."""
        login = Login(
            answers=answers or {},
            keep=self.kept.append,
            continuation=continuation,
            secret=secret,
            return_url=BACK,
            state="att_1",
        )
        return self.adapter.authenticate(self.connection, login, self.clock())

    def log_in(self, login: str, secret: Secret | None = None, password: str = "") -> Outcome:
        """Fill in the bank's form."""
        bank_id = self.connection.bank.bank_id
        return self.step(form(login, bank_id, password), secret=secret)

    def connect(self, login: str, bank_id: str = SOLANA) -> Accepted:
        """Connect for the first time."""
        self.connection = connection(bank_id)
        outcome = self.log_in(login)
        assert isinstance(outcome, Accepted)
        return outcome

    def asked(self, outcome: Outcome) -> Ask:
        """Return an outcome that is a question."""
        assert isinstance(outcome, Ask)
        return outcome

    def code(self, login: str) -> str:
        """Return the code on the owner's telephone."""
        path = f"/powens/codes?{urlencode({'login': login})}"
        return str(self.simulators.control("GET", path)["code"])

    def approve(self, login: str, *, approve: bool = True) -> None:
        """Answer the bank's app."""
        self.simulators.control("POST", "/powens/approve", login=login, approve=approve)

    def visit(self, url: str, login: str = "", password: str = RIGHT) -> dict[str, str]:
        """Open a page, act there, and return what the owner comes back with."""
        page = call("GET", url)
        assert page.status == 200
        action = page.text.partition('action="')[2].partition('"')[0]
        answer = self.submit(f"{self.simulators.base}{action}", login, password)
        assert answer.status == 303
        return dict(parse_qsl(urlsplit(answer.headers["Location"]).query))

    def submit(self, url: str, login: str, password: str) -> Answer:
        """Fill in a page's form; without a login the owner leaves."""
        action = "continue" if login else "leave"
        fields = {"login": login, "password": password, "action": action}
        return call("POST", url, urlencode(fields).encode())

    def sync(
        self,
        secret: Secret,
        cursor: str = "",
        seconds: int = 20,
        since: int | None = None,
        presence: Presence | None = None,
    ) -> SyncResult:
        """Fetch what has changed."""
        now = self.clock()
        wanted = Call(secret, cursor, now, now + seconds, lambda _: None, since, presence)
        return self.adapter.sync(self.connection, wanted)

    def fails(self, secret: Secret, cursor: str = "", seconds: int = 20) -> ProviderError:
        """Return the error of a sync."""
        with pytest.raises(ProviderError) as raised:
            self.sync(secret, cursor, seconds)
        return raised.value

    def switch(self, login: str, trouble: str, **options: object) -> None:
        """Let a trouble begin."""
        self.simulators.control("PATCH", f"/logins/powens/{login}", trouble=trouble, **options)

    def settings(self, **changes: object) -> None:
        """Change how the simulated Powens behaves."""
        self.simulators.control("POST", "/powens/settings", **changes)

    def shown(self, login: str) -> Any:
        """Return what the simulated Powens knows of a login."""
        return self.simulators.control("GET", f"/logins/powens/{login}")

    def calls(self, endpoint: str) -> int:
        """Return how often an endpoint was called."""
        path = f"/calls?provider=powens&endpoint={endpoint}"
        return int(self.simulators.control("GET", path)["total"])
