"""What FinTS's return codes mean, and which of several in one answer counts.

Sources: "FinTS Rückmeldungscodes" (Deutsche Kreditwirtschaft) and recorded answers of banks. The
first digit is the class: 0 and 1 success, 3 warning, 9 error. Banks word the rest as they like:
the same 9340 is a wrong PIN at one and "log in on our site first" at another, so that for codes
without a meaning of their own the words decide.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from relink.failures import Verdict
from relink.reasons import Reason, Scope, Status

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_LOCKED = Verdict(Reason.ACCESS_LOCKED)
CONFIRM = Verdict(Reason.SCA_REQUIRED)
_WRONG = Verdict(Reason.CREDENTIALS_REJECTED)
_AT_BANK = Verdict(Reason.ACTION_AT_BANK)
_OURS = Verdict(Reason.MISCONFIGURED, Scope.OPERATOR)
DOWN = Verdict(Reason.BANK_UNAVAILABLE, Scope.PROVIDER)
_UNKNOWN = Verdict(Reason.UNKNOWN)

CODES: Final[Mapping[str, Verdict | None]] = {
    "0010": None,  # message received
    "0020": None,  # order executed
    "0030": CONFIRM,  # order received, TAN required
    "0100": None,  # dialog ended
    "3010": None,  # no new entries
    "3040": None,  # more to come
    "3050": None,  # bank or user parameters are outdated, new ones follow
    "3060": None,  # there are warnings
    "3072": None,  # user data have changed
    "3076": None,  # no strong authentication needed
    "3091": None,  # no payee check needed
    "3916": _AT_BANK,  # the PIN must be changed
    "3920": None,  # the user's TAN methods
    "3931": _LOCKED,  # PIN locked for the time being; the rest of the answer looks like success
    "3938": _LOCKED,  # access locked for the time being; likewise
    "3945": None,  # no release without payee check
    "3955": CONFIRM,  # approve in the app
    "3956": CONFIRM,  # still not approved in the app
    "9010": _OURS,  # order rejected: wrong bank code or server, or a companion of other codes
    "9050": _UNKNOWN,  # the message has errors: accompanies the code that says which
    "9075": Verdict(Reason.CONSENT_EXPIRED),  # strong authentication is due again
    "9078": _OURS,  # our product is not registered
    "9210": _UNKNOWN,  # order rejected: the words say why
    "9311": DOWN,  # the bank's PIN/TAN system is not available
    "9340": _WRONG,  # signature (PIN) wrong
    "9380": CONFIRM,  # TAN method not permitted (any more): another must be chosen
    "9391": _OURS,  # a new system id is wanted: see `dialogue`
    "9800": Verdict(Reason.BANK_UNAVAILABLE),  # dialog aborted: accompanies what says why
    "9910": _WRONG,  # PIN wrong
    "9930": _LOCKED,  # PIN locked
    "9931": _LOCKED,  # user locked after failed attempts
    "9933": _LOCKED,  # access locked, ask your advisor
    "9941": CONFIRM,  # TAN wrong
    "9942": _WRONG,  # PIN wrong
    "9943": CONFIRM,  # TAN used before
    "9951": CONFIRM,  # TAN too late
}
"""What each code means; `None` is that nothing is wrong."""

DEMANDS: Final = frozenset({"0030", "3955", "3956"})
"""Codes by which a bank wants a TAN or an approval, and has not refused anything."""

OVER: Final = "9800"
NEW_SYSTEM_ID: Final = "9391"
METHODS: Final = "3920"
MORE: Final = "3040"
RENAMED: Final = "3072"
STRONG_LOGIN_DUE: Final = "9075"

_FREE: Final = frozenset({"9010", "9050", "9210", "9340", "9800", "9910", "9942"})
_PIN: Final = frozenset({"9910", "9942"})
_PLAIN_REFUSAL = re.compile(
    r"\W*(auftrag( wurde)? abgelehnt|ung\w+ auftragsnachricht)?\W*(\(\w+\)\W*)?"
)
_BANKING = r"(online|internet|web|home)[- ]?banking|internet\w*|web(seite|site)|homepage|browser"
_LOGIN = r"an(zu)?melden|melden sie sich|einloggen|log(gen sie sich)? ?in|best(ä|ae|a)tig|zustimm"


@dataclass(frozen=True, slots=True)
class _Words:
    """What a bank's words mean, unless they also say something else."""

    pattern: re.Pattern[str]
    verdict: Verdict
    unless: re.Pattern[str] | None = None

    def match(self, text: str) -> bool:
        """Tell whether the text says so."""
        denied = self.unless is not None and self.unless.search(text)
        return bool(self.pattern.search(text)) and not denied


_WORDS: Final = (
    _Words(
        re.compile(r"\bgesperrt\b|\bsperre liegt vor|\bteilnehmersperre|\b(locked|blocked)\b"),
        _LOCKED,
        re.compile(r"\b(wird|werden|w(ü|ue|u)rde|kann|nicht)\b[^.!]{0,60}\bgesperrt\b"),
    ),
    _Words(re.compile(r"\b(nicht|kein)\b.{0,30}(registriert|fints-produkt)"), _OURS),
    _Words(
        re.compile(
            r"nicht (verf(ü|ue|u)gbar|erreichbar)|sp(ä|ae|a)ter (noch|erneut|wieder|nochmal)"
            r"|wartungsarbeit|vor(ü|ue|u)bergehend|(zur ?zeit|derzeit|momentan) (leider )?nicht"
            r"|technische\w* (fehler|st(ö|oe|o)rung|problem|gr(ü|ue|u)nd)|gatewaywechsel"
        ),
        DOWN,
    ),
    _Words(
        re.compile(
            r"(pin|passwort|kennwort)\b.{0,60}(ä|ae|a)nder(n|t)\b"
            r"|(ä|ae|a)ndern sie .{0,30}(pin|passwort|kennwort)|\b(erst|start|initial)-?pin\b"
        ),
        _AT_BANK,
    ),
    _Words(
        re.compile(rf"({_BANKING}).{{0,80}}({_LOGIN})|({_LOGIN}).{{0,80}}({_BANKING})"), _AT_BANK
    ),
    _Words(
        re.compile(
            r"(benutzer(kennung|name)?|anmeldename|legitimations-?id|teilnehmer|kunden-?id|alias"
            r"|vr-?(kennung|netkey)).{0,40}(unbekannt|ung(ü|ue|u)ltig|nicht bekannt|falsch)"
        ),
        _WRONG,
    ),
    _Words(
        re.compile(
            r"(tan-?medi\w+|ger(ä|ae|a)tebezeichnung|tan-?verfahren|zwei-?schritt\w*).{0,60}"
            r"(unbekannt|ung(ü|ue|u)ltig|nicht (mehr )?(zul|zug|unterst|bekannt)|widerspricht)"
        ),
        CONFIRM,
    ),
)


@dataclass(frozen=True, slots=True)
class Said:
    """One return code of an answer, with the bank's words and the parameters beside them."""

    code: str
    text: str = ""
    parameters: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Judgement:
    """The code that counts in an answer, what it means, and the words to show for it."""

    code: str
    text: str
    verdict: Verdict

    @property
    def reason(self) -> Reason:
        """Return why."""
        return self.verdict.reason

    @property
    def owners(self) -> bool:
        """Tell whether only the owner can mend it."""
        red = self.reason.status is Status.RED
        return red and self.verdict.scope is not Scope.OPERATOR


def of_code(code: str) -> Verdict | None:
    """Return what a code means by itself; an unknown error is unknown, not the owner's fault."""
    return CODES.get(code, _UNKNOWN if code.startswith("9") else None)


def judge(said: Iterable[Said]) -> Judgement | None:
    """Return the worst specific thing that an answer says, `None` if nothing is wrong.

    Demands for a TAN do not count: nothing has been refused. A generic companion (9050, 9800, a
    9010 or 9340 that says no more than "rejected") counts only where nothing says more.
    """
    wrong = [found for found in map(_weighed, said) if found is not None]
    if not wrong:
        return None
    worst = min(wrong, key=lambda found: found.rank)
    text = worst.said.text
    if worst.rank == _COMPANION:
        text = next((w.said.text for w in wrong if _COMPANION < w.rank < _ABORTED), text)
    return Judgement(worst.said.code, text, worst.verdict)


_RANKS: Final = {
    Reason.ACCESS_LOCKED: 0,
    Reason.ACTION_AT_BANK: 1,
    Reason.CONSENT_EXPIRED: 2,
    Reason.SCA_REQUIRED: 2,
    Reason.CREDENTIALS_REJECTED: 3,
    Reason.MISCONFIGURED: 4,
    Reason.BANK_UNAVAILABLE: 4,
}
_COMPANION, _NO_REASON, _OTHER, _ABORTED, _ERRORS = 5, 6, 7, 8, 9


@dataclass(frozen=True, slots=True)
class _Wrong:
    """Something that is wrong, and how little it matters beside others."""

    rank: int
    said: Said
    verdict: Verdict


def _weighed(said: Said) -> _Wrong | None:
    verdict = of_code(said.code)
    if verdict is None or said.code in DEMANDS:
        return None
    by_words = _by_words(said)
    if by_words is not None:
        return _Wrong(_RANKS[by_words.reason], said, by_words)
    weak = {"9010": _NO_REASON, OVER: _ABORTED, "9050": _ERRORS}
    if said.code == "9340" and _PLAIN_REFUSAL.fullmatch(said.text.lower()):
        return _Wrong(_COMPANION, said, verdict)
    return _Wrong(weak.get(said.code, _RANKS.get(verdict.reason, _OTHER)), said, verdict)


def _by_words(said: Said) -> Verdict | None:
    if said.code in CODES and said.code not in _FREE:
        return None
    text = said.text.lower()
    found = next((w.verdict for w in _WORDS if w.match(text)), None)
    return None if said.code in _PIN and found is DOWN else found
