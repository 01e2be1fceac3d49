"""Plaid's bench: the owner signs in on Plaid's page."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar
from urllib.parse import urlencode

from infra.simulators.plaid.settings import CLIENT_ID, SECRET
from relink.connection import Bank, Method
from relink.provider import Redirect
from relink.providers.plaid.access import Access
from relink.reasons import Reason, Scope
from tests.contract.bench.situations import Absent, Case, Situations
from tests.contract.bench.workbench import Bench
from tests.contract.simulators.client import call

if TYPE_CHECKING:
    from collections.abc import Mapping

    from relink.provider import Outcome, Secret


class ProviderBench(Bench):
    """An owner, and Plaid's page."""

    name = "plaid"
    bank = Bank("ins_900001", "Harbour Trust", "US", "plaid", Method.CONSENT)
    situations: ClassVar[Situations] = {
        "expired": Case("consent-expired", Reason.CONSENT_EXPIRED),
        "revoked": Case("revoked", Reason.CONSENT_REVOKED),
        "rejected": Case("password-changed", Reason.CREDENTIALS_REJECTED),
        "locked": Case("locked", Reason.ACCESS_LOCKED),
        "confirmation": Case(
            "error", Reason.SCA_REQUIRED, options={"error_code": "ADDITIONAL_CONSENT_REQUIRED"}
        ),
        "errand": Case("setup-required", Reason.ACTION_AT_BANK),
        "gone": Case("gone", Reason.CONNECTION_GONE),
        "dropped": Case("unsupported", Reason.BANK_NOT_SUPPORTED, Scope.PROVIDER),
        "outage": Case("bank-down", Reason.BANK_UNAVAILABLE, Scope.PROVIDER),
        "limit": Case(
            "error",
            Reason.RATE_LIMITED,
            Scope.PROVIDER,
            options={"error_code": "INSTITUTION_RATE_LIMIT"},
        ),
        "unknown": Case("error", Reason.UNKNOWN, options={"error_code": "TIDE_IS_OUT"}),
        "account": Absent("an item is well or ill as a whole; one account is told by webhook only"),
        "amounts": Case("bad-amounts", Reason.BAD_ANSWER, Scope.PROVIDER),
        "dates": Case("bad-dates", Reason.BAD_ANSWER, Scope.PROVIDER),
        "crowd": Case("many-accounts", Reason.BAD_ANSWER, Scope.PROVIDER),
        "endless": Case("endless", Reason.BAD_ANSWER, Scope.PROVIDER),
    }

    def environ(self) -> Mapping[str, str]:
        """Return the settings that lead to the simulator."""
        self.canaries |= {SECRET}
        return {
            "PLAID_URL": f"{self.simulators.base}/plaid",
            "PLAID_CLIENT_ID": CLIENT_ID,
            "PLAID_SECRET": SECRET,
        }

    def log_in(self, secret: Secret | None = None) -> Outcome:
        """Sign in on the page, with the password that is right now, and come back."""
        return self._visited(secret, password="new", action="continue")

    def refused(self) -> Outcome:
        """Enter a wrong password on the page, and give up."""
        return self._visited(None, password="wrong", action="leave")

    def spent(self) -> int:
        """Return how often a public token was exchanged."""
        return self.calls("item/public_token/exchange")

    def opens(self, secret: Secret) -> set[str]:
        """Return the access token."""
        return {Access.of(secret).token}

    def lengthen(self) -> None:
        """Do nothing: two years are several pages."""

    def _visited(self, secret: Secret | None, password: str, action: str) -> Outcome:
        way = self.step({}, secret=secret)
        assert isinstance(way, Redirect)
        assert call("GET", way.url).status == 200
        form = {"login": self.login, "password": password}
        call("POST", way.url, urlencode({**form, "action": "continue"}).encode())
        if action == "leave":
            call("POST", way.url, urlencode({**form, "action": "leave"}).encode())
        return self.step({}, way.continuation, secret)
