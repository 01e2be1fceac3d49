"""Read what an error answer says, and say whose trouble it is.

The body decides before the status, and a bank's own code before the aggregator's wrapper. The
FAQ of Enable Banking asks for this: one status, 401 say, stands for quite different errors.
"""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING, Any

from relink.clock import DAY
from relink.failures import ProviderError, Verdict, plain
from relink.providers import berlin_group
from relink.providers.enablebanking import codes
from relink.providers.transport import Answer, retry_after, unknown_status
from relink.reasons import Reason, Scope, Status

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

DEPTH = 6
MOST_WORDS = 200
LONGEST_WORDS = 1_000
_TOKEN = re.compile(r"\b[A-Z]+(?:_[A-Z]+)+\b")
_STATUS_KEYS = frozenset({"consentStatus", "consent_status"})

Found = tuple[str, Verdict]


def refusal(answer: Answer, now: int, hide: Iterable[str] = ()) -> ProviderError:
    """Return the error of an answer that is no success.

    `hide` names what the bank may echo and nobody may read: it is struck from code and text.
    """
    body, hide = _body(answer), tuple(hide)
    own = _own_code(body, hide)
    found = _specific(own, body)
    text = _without(_text(body), hide)
    if found is None:
        return _unknown(answer, now, own, text)
    code, verdict = found
    return verdict.error(code, text, retry_at=_retry_at(answer, verdict, now))


def known(body: Any) -> bool:
    """Tell whether this is an error message, whatever the status that it came with."""
    return isinstance(body, dict) and body.get("error") in codes.CODES


def spoken(text: str) -> Found | None:
    """Return what a bank's sentence means, if it is one that we know."""
    for code, (pattern, verdict) in codes.TEXTS.items():
        if pattern.search(text):
            return code, verdict
    return None


def _body(answer: Answer) -> dict[str, Any]:
    if answer.is_page:
        return {}
    try:
        body = answer.json()
    except ProviderError:
        return {}
    return body if isinstance(body, dict) else {}


def _own_code(body: dict[str, Any], hide: Iterable[str]) -> str:
    """Return Enable Banking's code; where it sent none, the one that its sentence stands for."""
    for name in ("error", "code"):
        value = body.get(name)
        if isinstance(value, str) and value and not value.isdigit():
            return plain(_without(value, hide))[:64]
    sentence = body.get("message")
    return codes.MESSAGES.get(sentence.strip().lower(), "") if isinstance(sentence, str) else ""


def _specific(own: str, body: dict[str, Any]) -> Found | None:
    verdict = codes.CODES.get(own)
    if verdict is not None and own not in codes.GENERIC:
        return own, verdict
    if own in berlin_group.CODES and own not in berlin_group.AMBIGUOUS:
        verdict = berlin_group.CODES[own]
        return (own, verdict) if verdict else None
    quoted = list(islice(_words(body.get("detail")), MOST_WORDS))
    said = [*quoted, ("message", str(body.get("message", ""))[:LONGEST_WORDS])]
    found = [*_quoted_codes(quoted), *_exceptions(quoted), *_sentences(said)]
    if found:
        return min(found, key=lambda f: _badness(f[1]))
    return (own, verdict) if verdict else None


def _quoted_codes(words: Iterable[tuple[str, str]]) -> Iterator[Found]:
    for key, text in words:
        tokens = set(_TOKEN.findall(text))
        if key == "code":
            tokens.add(text.strip())
        if key in _STATUS_KEYS:
            tokens.add(f"consent:{text.strip()}")
        for token in tokens:
            verdict = berlin_group.CODES.get(token)
            if verdict is not None:
                yield token, verdict


def _exceptions(words: Iterable[tuple[str, str]]) -> Iterator[Found]:
    for key, text in words:
        if key == "error_name" and text in codes.EXCEPTIONS:
            yield text, codes.EXCEPTIONS[text]


def _sentences(words: Iterable[tuple[str, str]]) -> Iterator[Found]:
    for _, text in words:
        found = spoken(text)
        if found:
            yield found


def _words(value: Any, key: str = "detail", depth: int = 0) -> Iterator[tuple[str, str]]:
    """Yield the texts in a message with the name of each, not deeper than any real one."""
    if isinstance(value, str):
        yield key, value[:LONGEST_WORDS]
    elif depth < DEPTH and isinstance(value, dict):
        for name, inner in value.items():
            yield from _words(inner, name, depth + 1)
    elif depth < DEPTH and isinstance(value, list):
        for inner in value:
            yield from _words(inner, key, depth + 1)


def _badness(verdict: Verdict) -> int:
    """Order verdicts: the owner's own, then a limit, then ours, then what heals by itself."""
    if verdict.scope is Scope.OPERATOR:
        return 2
    if verdict.reason.status is Status.RED:
        return 0
    return 1 if verdict.reason is Reason.RATE_LIMITED else 3


def _unknown(answer: Answer, now: int, own: str, text: str) -> ProviderError:
    verdict = codes.STATUSES.get(answer.status)
    if verdict is not None:
        return verdict.error(own or str(answer.status), text)
    error = unknown_status(answer, now)
    code = own or error.provider_code
    return Verdict(error.reason, error.scope).error(code, text, retry_at=error.retry_at)


def _retry_at(answer: Answer, verdict: Verdict, now: int) -> int | None:
    """Return when a limit lifts: as the bank says, else with the next day (UTC).

    The limits that have a code are those of PSD2's four unattended reads a day.
    """
    if verdict.reason is not Reason.RATE_LIMITED:
        return None
    if answer.headers.get("retry-after", "").strip():
        return retry_after(answer.headers, now)
    return max((now // DAY + 1) * DAY, now + 60)


def _text(body: dict[str, Any]) -> str:
    """Return the words for people: the bank's own before the wrapper's."""
    detail = body.get("detail")
    if isinstance(detail, dict):
        detail = detail.get("message") or _tpp_text(detail)
    for text in (detail, body.get("message")):
        if isinstance(text, str) and text.strip():
            return text
    return ""


def _tpp_text(detail: dict[str, Any]) -> str:
    words = islice(_words(detail), MOST_WORDS)
    return next((text for key, text in words if key in {"text", "message"}), "")


def _without(text: str, hide: Iterable[str]) -> str:
    for word in hide:
        if word:
            text = text.replace(word, "***")
    return text
