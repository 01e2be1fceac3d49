"""Enable Banking's bench: the owner goes to his bank's page and comes back with a code."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import parse_qsl, urlsplit

from relink.connection import Bank, Method
from relink.provider import Redirect
from relink.providers.enablebanking.accounts import opened
from relink.reasons import Reason, Scope
from tests.contract.bench.situations import Absent, Case, Place, Situations
from tests.contract.bench.workbench import OWNER, Bench

if TYPE_CHECKING:
    from collections.abc import Mapping

    from relink.provider import Outcome, Secret


def _quoted(code: str) -> dict[str, object]:
    """Return an error at every account, in which the bank's own code is quoted."""
    told = {"tppMessages": [{"category": "ERROR", "code": code, "text": "…"}]}
    return {"code": "ASPSP_ERROR", "detail": told}


class ProviderBench(Bench):
    """An owner, his bank's page, and the service between."""

    name = "enablebanking"
    bank = Bank("solana", "Caja Solana", "ES", "enablebanking", Method.CONSENT)
    presence = OWNER
    situations: ClassVar[Situations] = {
        "expired": Case("expired", Reason.CONSENT_EXPIRED),
        "revoked": Case("revoked", Reason.CONSENT_REVOKED),
        "rejected": Case(
            "error",
            Reason.CREDENTIALS_REJECTED,
            options={"code": "WRONG_CREDENTIALS_PROVIDED"},
        ),
        "locked": Case("error", Reason.ACCESS_LOCKED, options=_quoted("SERVICE_BLOCKED")),
        "confirmation": Case(
            "error",
            Reason.SCA_REQUIRED,
            options={"code": "ASPSP_ERROR", "detail": {"consentStatus": "received"}},
        ),
        "errand": Case("psu-action", Reason.ACTION_AT_BANK),
        "gone": Case("closed", Reason.CONNECTION_GONE),
        "dropped": Absent("only asking for a consent tells it, by a code that is ours to mend"),
        "outage": Case("bank-error", Reason.BANK_UNAVAILABLE, Scope.PROVIDER),
        "limit": Case("limited", Reason.RATE_LIMITED),
        "unknown": Case("unknown-code", Reason.UNKNOWN),
        "account": Case(
            "account-blocked", Reason.ACTION_AT_BANK, Scope.ACCOUNT, place=Place.ACCOUNT
        ),
        "amounts": Case("bad-amounts", Reason.BAD_ANSWER, Scope.PROVIDER, place=Place.BESIDE),
        "dates": Case("bad-dates", Reason.BAD_ANSWER, Scope.PROVIDER, place=Place.BESIDE),
        "crowd": Case("many-accounts", Reason.BAD_ANSWER, Scope.PROVIDER),
        "endless": Case("same-page", Reason.BAD_ANSWER, Scope.PROVIDER, place=Place.BESIDE),
    }
    calls_in_vain = 5

    @cached_property
    def _app(self) -> dict[str, Any]:
        return dict(self.simulators.control("GET", "/enablebanking/app"))

    def environ(self) -> Mapping[str, str]:
        """Return the settings that lead to the simulator."""
        self.canaries |= {self._app["private_key"].splitlines()[1]}
        return {
            "ENABLEBANKING_URL": f"{self.simulators.base}/enablebanking",
            "ENABLEBANKING_APP_ID": self._app["app_id"],
            "ENABLEBANKING_PRIVATE_KEY": self._app["private_key"],
        }

    def log_in(self, secret: Secret | None = None) -> Outcome:
        """Allow it at the bank, and come back with its code; that mends what the bank wanted."""
        if self.kind() == "error":
            self.switch("fine")
        return self._visited("approve", secret)

    def prove(self, secret: Secret) -> Outcome:
        """Allow it once more at the bank."""
        return self._visited("approve", secret)

    def declined(self, secret: Secret) -> Outcome:
        """Say no at the bank."""
        return self._visited("deny", secret)

    def refused(self) -> Outcome:
        """Say no at the bank."""
        return self._visited("deny", None)

    def spent(self) -> int:
        """Return how often a code was exchanged."""
        return self.calls("sessions.create")

    def opens(self, secret: Secret) -> set[str]:
        """Return the session's id."""
        return {opened(secret.reveal()).session_id}

    def lengthen(self) -> None:
        """Have lists told in small pages."""
        self.simulators.control("POST", "/enablebanking/settings", page_size=50)

    def _visited(self, decision: str, secret: Secret | None) -> Outcome:
        way = self.step({}, secret=secret)
        assert isinstance(way, Redirect)
        told = self.simulators.control(
            "POST", "/enablebanking/consents", url=way.url, login=self.login, decision=decision
        )
        brought = dict(parse_qsl(urlsplit(told["redirect"]).query))
        self.canaries |= {brought["code"]} if "code" in brought else set()
        return self.step(brought, way.continuation, secret)
