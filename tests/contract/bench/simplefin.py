"""SimpleFIN's bench: the owner copies a setup token at the Bridge and pastes it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar
from urllib.parse import urlsplit

from relink.connection import Bank, Method
from relink.reasons import Reason, Scope
from tests.contract.bench.situations import Absent, Case, Place, Situations
from tests.contract.bench.workbench import Bench

if TYPE_CHECKING:
    from collections.abc import Mapping

    from relink.provider import Outcome, Secret

_REJECTED = Reason.CREDENTIALS_REJECTED
_TIDE = {"errors": [{"code": "sea.tide", "msg": "The tide is out."}]}


class ProviderBench(Bench):
    """An owner and the Bridge."""

    name = "simplefin"
    bank = Bank("harbour", "Harbour Trust", "US", "simplefin", Method.TOKEN)
    disconnects = False
    situations: ClassVar[Situations] = {
        "expired": Case("expired", _REJECTED),
        "revoked": Case("revoked", _REJECTED),
        "rejected": Case("password-changed", _REJECTED, place=Place.BESIDE),
        "locked": Absent("a bank that wants its owner is con.auth, whatever it wants of him"),
        "confirmation": Case("answer-missed", _REJECTED, place=Place.BESIDE),
        "errand": Case("unpaid", Reason.PAYMENT_REQUIRED),
        "gone": Absent("an access is alive or dead, and a dead one is revoked"),
        "dropped": Absent("the protocol has no word for it"),
        "outage": Case("bank-down", Reason.BANK_UNAVAILABLE, place=Place.BESIDE),
        "limit": Absent("the server answers 429, which is among the faults"),
        "unknown": Case("errors", Reason.UNKNOWN, place=Place.BESIDE, options=_TIDE),
        "account": Case(
            "act-failed", Reason.ACCOUNT_UNAVAILABLE, Scope.ACCOUNT, place=Place.ACCOUNT
        ),
        "amounts": Case("bad-amounts", Reason.BAD_ANSWER, Scope.PROVIDER),
        "dates": Case("bad-dates", Reason.BAD_ANSWER, Scope.PROVIDER),
        "crowd": Case("many-accounts", Reason.BAD_ANSWER, Scope.PROVIDER),
        "endless": Absent("an answer has no pages: we ask for one window after the other"),
    }

    faults: ClassVar[Situations] = {
        "http-403": Absent("a bare 403 is the protocol's own word for a dead access: it is red"),
    }

    def environ(self) -> Mapping[str, str]:
        """Return the settings that lead to the simulator."""
        return {"SIMPLEFIN_URLS": self.simulators.root}

    def opening(self) -> dict[str, str]:
        """Sign in at the Bridge, mend there what is broken, and copy a token."""
        self.simulators.control("POST", "/simplefin/cure", login=self.login)
        return dict(self.simulators.control("POST", "/simplefin/tokens", login=self.login))

    def log_in(self, secret: Secret | None = None) -> Outcome:
        """Paste a new token."""
        return self.step(self.opening(), secret=secret)

    def refused(self) -> Outcome:
        """Paste a token that has been used."""
        token = self.opening()
        self.step(token)
        return self.step(token)

    def lengthen(self) -> None:
        """Do nothing: the first sync asks for several windows."""

    def spent(self) -> int:
        """Return how often a token was claimed."""
        return self.calls("claim")

    def opens(self, secret: Secret) -> set[str]:
        """Return user name and password of the access URL."""
        user, password = urlsplit(secret.reveal().decode()).netloc.split("@")[0].split(":")
        return {user, password}
