"""Plaid's HTTP interface: every call is a POST of JSON, every error an object with a code."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from pydantic import BaseModel

from relink.clock import HOUR
from relink.failures import ProviderError, Verdict
from relink.providers.plaid import codes
from relink.providers.plaid.messages import Failure
from relink.providers.transport import Answer, Transport, retry_after, unknown_status
from relink.providers.wire import checked
from relink.reasons import Reason, Scope
from relink.transit import safe

VERSION: Final = "2020-09-14"
PAUSE: Final = 900
"""Plaid counts our requests by the minute and seldom says when to come back."""
SECONDS: Final = 30
TEXT: Final = 2_000
_CODE = re.compile(r"[A-Z0-9_]{1,80}")
_TOKEN = re.compile(r"\b(?:access|public|link|user|processor)-[a-z]+-[\w-]+", re.IGNORECASE)
_NOT_SET_UP = Verdict(Reason.MISCONFIGURED, Scope.OPERATOR)

M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True)
class Client:
    """Our account with Plaid. Thread-safe."""

    root: str
    client_id: str
    secret: str = field(repr=False)
    transport: Transport = field(repr=False)

    def post(
        self,
        path: str,
        kind: type[M],
        now: int,
        seconds: float = SECONDS,
        **content: Any,
    ) -> M:
        """Send a request and return its checked answer.

        Raises what the error in the answer means; without a code in it, what the status means.
        """
        self._check()
        answer = self.transport.request(
            "POST",
            self.root + path,
            headers=self._headers(),
            body=json.dumps(content).encode(),
            seconds=seconds,
        )
        told = answer.content()
        failure = failure_in(told)
        if failure is not None:
            raise self._error(failure, answer, now)
        if answer.status != 200:  # noqa: PLR2004
            raise unknown_status(answer, now)
        return checked(kind, answer.json() if told is None else told)

    def _check(self) -> None:
        """Raise `Misconfigured` rather than send our keys nowhere, or in clear over a network."""
        if not (safe(self.root) and self.client_id and self.secret):
            raise _NOT_SET_UP.error("PLAID_URL, PLAID_CLIENT_ID, PLAID_SECRET", reached=False)

    def _headers(self) -> dict[str, str]:
        return {
            "Content-Type": "application/json",
            "Accept": "application/json",
            "Plaid-Version": VERSION,
            "PLAID-CLIENT-ID": self.client_id,
            "PLAID-SECRET": self.secret,
        }

    def _error(self, failure: Failure, answer: Answer, now: int) -> ProviderError:
        verdict = verdict_of(failure) or codes.UNKNOWN  # an answer without data is no success
        retry_at = None
        if verdict.reason is Reason.RATE_LIMITED:
            retry_at = _retry_at(verdict, answer, now)
        return verdict.error(code_of(failure), self.safe(failure), retry_at=retry_at)

    def trouble(self, failure: Failure | None) -> ProviderError | None:
        """Return what an error within an answer means, None if it is none."""
        if failure is None or not failure.error_code:
            return None
        verdict = verdict_of(failure)
        return None if verdict is None else verdict.error(code_of(failure), self.safe(failure))

    def safe(self, failure: Failure) -> str:
        """Return the words for the owner, without any token or key that they may repeat."""
        text = (failure.display_message or "")[:TEXT]
        for own in (self.secret, self.client_id):
            text = text.replace(own, "***") if own else text
        return _TOKEN.sub("***", text)


def verdict_of(failure: Failure) -> Verdict | None:
    """Return what an error means, None if it is none."""
    return codes.of_code(
        code_of(failure),
        failure.error_code_reason or "",
        failure.error_type or "",
    )


def code_of(failure: Failure) -> str:
    """Return the code, if it looks like one."""
    code = failure.error_code or ""
    return code if _CODE.fullmatch(code) else "unreadable code"


def failure_in(content: Any) -> Failure | None:
    """Return the error that an answer is, if it is one."""
    if not isinstance(content, dict) or not isinstance(content.get("error_code"), str):
        return None
    known = {k: v for k in Failure.model_fields if isinstance(v := content.get(k), str)}
    return checked(Failure, known)


def _retry_at(verdict: Verdict, answer: Answer, now: int) -> int:
    if "retry-after" in answer.headers:
        return retry_after(answer.headers, now)
    return now + (HOUR if verdict.scope is Scope.PROVIDER else PAUSE)
