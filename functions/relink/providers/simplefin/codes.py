"""What SimpleFIN's errors mean.

Codes are those of the protocol's version 2 ("Error", "Codes"); version 1 has user-facing texts
only. An unknown subcode counts as its bare prefix, as the protocol asks.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from relink.failures import Verdict
from relink.reasons import Reason, Scope

if TYPE_CHECKING:
    from collections.abc import Mapping

CODES: Mapping[str, Verdict] = {
    "gen.": Verdict(Reason.UNKNOWN),
    "gen.api": Verdict(Reason.MISCONFIGURED, Scope.OPERATOR),
    "gen.auth": Verdict(Reason.CREDENTIALS_REJECTED),
    "con.": Verdict(Reason.BANK_UNAVAILABLE),
    "con.auth": Verdict(Reason.CREDENTIALS_REJECTED),
    "act.": Verdict(Reason.ACCOUNT_UNAVAILABLE, Scope.ACCOUNT),
    "act.failed": Verdict(Reason.ACCOUNT_UNAVAILABLE, Scope.ACCOUNT),
    "act.missingdata": Verdict(Reason.ACCOUNT_UNAVAILABLE, Scope.ACCOUNT),
}

STATUSES: Mapping[int, Verdict] = {
    400: Verdict(Reason.MISCONFIGURED, Scope.OPERATOR),
    402: Verdict(Reason.PAYMENT_REQUIRED),
    403: Verdict(Reason.CONSENT_REVOKED),
}

CLAIM_REFUSED = Verdict(Reason.CREDENTIALS_REJECTED)
TEXT_UNKNOWN = Verdict(Reason.UNKNOWN)

# The Bridge puts "Connection to X may need attention." before every trouble of a bank; what follows
# tells them apart, and nothing following leaves only its owner to look.
_TEXTS: tuple[tuple[re.Pattern[str], Verdict], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), CODES[code])
    for pattern, code in (
        (r"\bupgrading\b|\bnot available\b|\btry again later\b|\bplease wait\b", "con."),
        (r"\breauthenticat|\bauth(entication)? (is )?required\b", "con.auth"),
        (r"\bauthentication failed\b|\bcredentials entered do not match\b", "con.auth"),
        (r"\banswers? (was|were) not provided in time\b", "con.auth"),
        (r"\bmay need attention\W*$", "con.auth"),
    )
)


def of_code(code: str) -> Verdict:
    """Return what a version 2 code means."""
    prefix = code.partition(".")[0] + "."
    return CODES.get(code) or CODES.get(prefix) or TEXT_UNKNOWN


def of_text(text: str) -> Verdict:
    """Return what a version 1 sentence means."""
    return next((verdict for pattern, verdict in _TEXTS if pattern.search(text)), TEXT_UNKNOWN)
