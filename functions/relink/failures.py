"""What can go wrong at a bank, and who can mend it.

Adapters translate every foreign error into one of three types: `NeedsOwner` (red), `Temporary`
(orange) and `Misconfigured` (ours).
"""

from __future__ import annotations

from dataclasses import dataclass

from relink.reasons import Reason, Scope, Status

TEXT_LIMIT = 200


class ProviderError(Exception):
    """A sync or login that did not work, with what the bank said about it.

    `provider_text` is shown to people: the adapter passes it through `plain`. `retry_at` is the
    epoch second from which the bank allows the next call. `reached` is false only if the bank
    provably never saw the request.
    """

    def __init__(
        self,
        reason: Reason,
        *,
        provider_code: str = "",
        provider_text: str = "",
        scope: Scope = Scope.CONNECTION,
        retry_at: int | None = None,
        reached: bool = True,
    ) -> None:
        super().__init__(f"{reason.value} ({provider_code or 'no code'})")
        self.reason = reason
        self.provider_code = provider_code
        self.provider_text = provider_text
        self.scope = scope
        self.retry_at = retry_at
        self.reached = reached


class NeedsOwner(ProviderError):
    """Only the owner can mend it: red."""


class Temporary(ProviderError):
    """Waiting mends it: orange."""


class Misconfigured(ProviderError):
    """We must mend it (key, quota, bug): orange for the owner, an alarm for the operator."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """A row of an adapter's table: what one of its codes means."""

    reason: Reason
    scope: Scope = Scope.CONNECTION

    def error(
        self,
        code: str,
        text: str = "",
        *,
        retry_at: int | None = None,
        reached: bool = True,
    ) -> ProviderError:
        """Return the error that this verdict stands for, its text made safe to show."""
        if self.scope is Scope.OPERATOR:
            kind: type[ProviderError] = Misconfigured
        elif self.reason.status is Status.RED:
            kind = NeedsOwner
        else:
            kind = Temporary
        return kind(
            self.reason,
            provider_code=plain(code),
            provider_text=plain(text),
            scope=self.scope,
            retry_at=retry_at,
            reached=reached,
        )


def plain(text: str) -> str:
    """Return a bank's words as one short line without markup or control characters."""
    visible = text
    if not text.isprintable() or "<" in text or ">" in text:  # of each movement, few are not plain
        visible = "".join(" " if c in "<>" or not c.isprintable() else c for c in text)
    line = " ".join(visible.split())
    return line if len(line) <= TEXT_LIMIT else line[: TEXT_LIMIT - 1] + "…"
