"""Powens' bench: the owner fills in the bank's own form, or is sent to Powens' page."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, ClassVar
from urllib.parse import parse_qsl, urlencode, urlsplit

from infra.simulators.powens.connectors import CONNECTORS
from infra.simulators.powens.settings import CLIENT_ID, CLIENT_SECRET
from relink.connection import Bank, Method
from relink.provider import Ask, Redirect
from relink.providers.powens.access import Access
from relink.reasons import Reason, Scope
from tests.contract.bench.situations import Absent, Case, Place, Situations
from tests.contract.bench.workbench import DAY, Bench
from tests.contract.simulators.client import call

if TYPE_CHECKING:
    from collections.abc import Mapping

    from relink.provider import Outcome, Secret

PASSWORD, CHANGED, WRONG = "canary of mine 1", "canary of mine 2", "wrong"


class ProviderBench(Bench):
    """An owner with a telephone and a browser."""

    name = "powens"
    bank = Bank("solana", "Caja Solana", "ES", "powens", Method.DIRECT)
    situations: ClassVar[Situations] = {
        "expired": Case("webauth", Reason.CONSENT_EXPIRED),
        "revoked": Absent("a consent that was withdrawn is one that is asked for again"),
        "rejected": Case("wrongpass", Reason.CREDENTIALS_REJECTED),
        "locked": Absent("a locked access is an errand at the bank"),
        "confirmation": Case("sca", Reason.SCA_REQUIRED),
        "errand": Case("action-needed", Reason.ACTION_AT_BANK),
        "gone": Case("connection-deleted", Reason.CONNECTION_GONE),
        "dropped": Case("not-supported", Reason.BANK_NOT_SUPPORTED, Scope.PROVIDER),
        "outage": Case("website-unavailable", Reason.BANK_UNAVAILABLE, Scope.PROVIDER),
        "limit": Case("rate-limiting", Reason.RATE_LIMITED),
        "unknown": Case("state", Reason.UNKNOWN, options={"state": "tideIsOut"}),
        "account": Case(
            "account-error", Reason.CREDENTIALS_REJECTED, Scope.ACCOUNT, place=Place.ACCOUNT
        ),
        "amounts": Case("bad-amounts", Reason.BAD_ANSWER, Scope.PROVIDER),
        "dates": Case("bad-dates", Reason.BAD_ANSWER, Scope.PROVIDER),
        "crowd": Case("many-accounts", Reason.BAD_ANSWER, Scope.PROVIDER),
        "endless": Case("endless", Reason.BAD_ANSWER, Scope.PROVIDER),
    }
    calls_in_vain = 2
    history_days = 85

    def environ(self) -> Mapping[str, str]:
        """Return the settings that lead to the simulator."""
        self.canaries |= {CLIENT_SECRET}
        return {
            "POWENS_URL": f"{self.simulators.base}/powens/2.0",
            "POWENS_CLIENT_ID": CLIENT_ID,
            "POWENS_CLIENT_SECRET": CLIENT_SECRET,
            "POWENS_CATALOGUE": json.dumps(
                {each.bank.id: {"connector": each.uuid} for each in CONNECTORS}
            ),
        }

    def opening(self) -> dict[str, str]:
        """Return the bank's form, filled in."""
        return {"document": "nif", "login": self.login, "password": PASSWORD}

    def log_in(self, secret: Secret | None = None) -> Outcome:
        """Fill in the form, and do what else the bank wants: a code, or its page."""
        outcome = self._entered(CHANGED if secret else PASSWORD, secret)
        if isinstance(outcome, Ask):
            path = f"/powens/codes?{urlencode({'login': self.login})}"
            code = str(self.simulators.control("GET", path)["code"])
            self.canaries |= {code}
            answers = {outcome.fields[0].name: code}
            outcome = self.step(answers, outcome.continuation, secret)
        if isinstance(outcome, Redirect):
            outcome = self.step(self._visit(outcome.url), outcome.continuation, secret)
        return outcome

    def refused(self) -> Outcome:
        """Enter a wrong password."""
        return self._entered(WRONG, None)

    def spent(self) -> int:
        """Return how often the bank took a password."""
        return self.calls("connections.create") + self.calls("connection.update")

    def opens(self, secret: Secret) -> set[str]:
        """Return the user's token."""
        return {Access.of(secret).token}

    def lengthen(self) -> None:
        """Let accounts have more movements than fit in one page."""
        self.simulators.control("POST", "/powens/settings", days=500)
        self.clock.advance(200 * DAY)

    def _entered(self, password: str, secret: Secret | None) -> Outcome:
        self.canaries |= {password} - {WRONG}
        return self.step({**self.opening(), "password": password}, secret=secret)

    def _visit(self, url: str) -> dict[str, str]:
        page = call("GET", url).text
        action = page.partition('action="')[2].partition('"')[0]
        form = {"login": self.login, "password": CHANGED, "action": "continue"}
        answer = call("POST", f"{self.simulators.base}{action}", urlencode(form).encode())
        return dict(parse_qsl(urlsplit(answer.headers["Location"]).query))
