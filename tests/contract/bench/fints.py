"""FinTS's bench: the owner enters user name and PIN, and a TAN where the bank wants one."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, ClassVar

from infra.simulators.fints.member import CHANGED_PIN, PIN
from infra.simulators.fints.parameters import BANK_CODE
from relink.connection import Bank, Method
from relink.provider import Ask, WaitForApp
from relink.providers.fints.access import Access
from relink.reasons import Reason, Scope
from tests.contract.bench.situations import Absent, Case, Place, Situations
from tests.contract.bench.workbench import Bench

if TYPE_CHECKING:
    from collections.abc import Mapping

    from relink.provider import Outcome, Secret

_DOWN = Reason.BANK_UNAVAILABLE
_TIDE = {"codes": [["9876", "Es herrscht Ebbe."]]}


class ProviderBench(Bench):
    """An owner, and his bank's own server."""

    name = "fints"
    bank = Bank(BANK_CODE, "Sparbank Lindental", "DE", "fints", Method.DIRECT)
    situations: ClassVar[Situations] = {
        "expired": Case("sca-due", Reason.CONSENT_EXPIRED),
        "revoked": Absent("there is no consent, only the login itself"),
        "rejected": Case("pin-changed", Reason.CREDENTIALS_REJECTED),
        "locked": Case("locked", Reason.ACCESS_LOCKED),
        "confirmation": Case("sca", Reason.SCA_REQUIRED),
        "errand": Case("online-first", Reason.ACTION_AT_BANK),
        "gone": Absent("there is no connection at the bank, only the login itself"),
        "dropped": Absent("there is nobody between the bank and us"),
        "outage": Case("maintenance", _DOWN, Scope.PROVIDER),
        "limit": Absent("the protocol has no word for it"),
        "unknown": Case("codes", Reason.UNKNOWN, options=_TIDE),
        "account": Case(
            "account-refused", Reason.ACCOUNT_UNAVAILABLE, Scope.ACCOUNT, place=Place.ACCOUNT
        ),
        "amounts": Case("bad-amounts", Reason.BAD_ANSWER, Scope.PROVIDER),
        "dates": Case("bad-statement", Reason.BAD_ANSWER, Scope.PROVIDER),
        "crowd": Case("many-accounts", Reason.BAD_ANSWER, Scope.PROVIDER),
        "endless": Case("endless", Reason.BAD_ANSWER, Scope.PROVIDER),
    }
    faults: ClassVar[Situations] = {
        **{
            # Nobody is between the bank and us, so that it is the bank that is down.
            kind: Case(kind, _DOWN, Scope.PROVIDER)
            for kind in ("http-500", "http-502", "down", "http-504", "proxy-timeout")
        },
        "garbage-charset": Absent(
            "what is sent is Base64, and Latin-1 in it: any byte is a letter"
        ),
        "moved": Case("moved", Reason.BAD_ANSWER, Scope.PROVIDER),
    }
    calls_in_vain = 3
    doubles = ""
    disconnects = False

    def environ(self) -> Mapping[str, str]:
        """Return the settings that lead to the simulator."""
        servers = json.dumps({BANK_CODE: f"{self.simulators.base}/fints"})
        return {"FINTS_SERVERS": servers, "FINTS_PRODUCT_ID": "RELINKTEST"}

    def opening(self) -> dict[str, str]:
        """Return user name and PIN."""
        return {"user": self.login, "pin": PIN}

    def log_in(self, secret: Secret | None = None) -> Outcome:
        """Enter the PIN that is right now, and each TAN that is asked for."""
        if self.kind() == "sca-due":
            self.switch("fine")
        outcome = self._entered(CHANGED_PIN if self.kind() == "pin-changed" else PIN, secret)
        return self._confirmed(outcome, secret)

    def prove(self, secret: Secret) -> Outcome:
        """Confirm what the bank wants confirmed: the PIN is the one that we have."""
        return self._confirmed(self.step({}, secret=secret), secret)

    def declined(self, secret: Secret) -> Outcome:
        """Say no in the bank's app."""
        wanted = self.step({}, secret=secret)
        assert isinstance(wanted, WaitForApp)
        self.simulators.control("POST", f"/fints/{self.login}/decline")
        return self.step({}, wanted.continuation, secret)

    def _confirmed(self, outcome: Outcome, secret: Secret | None) -> Outcome:
        while isinstance(outcome, Ask | WaitForApp):
            answers = {}
            if isinstance(outcome, Ask):
                waiting = self.simulators.control("GET", f"/fints/{self.login}")["waiting"]
                answers = {"code": str(waiting[0]["tan"])}
            else:
                self.simulators.control("POST", f"/fints/{self.login}/approve")
            outcome = self.step(answers, outcome.continuation, secret)
        return outcome

    def refused(self) -> Outcome:
        """Enter a wrong PIN."""
        return self._entered("not-his-pin", None)

    def spent(self) -> int:
        """Return how many installations the bank knows."""
        return int(self.simulators.control("GET", f"/logins/fints/{self.login}")["systems"])

    def opens(self, secret: Secret) -> set[str]:
        """Return the PIN."""
        return {Access.opened(secret.reveal()).pin}

    def lengthen(self) -> None:
        """Do nothing: a call in a hurry reads one account."""

    def _entered(self, pin: str, secret: Secret | None) -> Outcome:
        self.canaries |= {pin}
        return self.step({**self.opening(), "pin": pin}, secret=secret)
