"""What the log is told of a call to a bank: codes and kinds, never words that may hold a secret."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_lambda_powertools import Logger

from relink.failures import Misconfigured, ProviderError, Temporary
from relink.faults import describe, held_up
from relink.reasons import Reason, Scope
from relink.trail import status_line

if TYPE_CHECKING:
    from relink.connection import Connection

logger = Logger(service="worker", child=True)


def bug(connection: Connection, error: Exception, *, reached: bool = True) -> ProviderError:
    """Return a fault of our own as the operator's trouble: its type is told, never its words."""
    logger.error(
        "fault of ours",
        connection_id=connection.connection_id,
        provider=connection.bank.provider,
        extra=describe(error),
    )
    return Temporary(
        Reason.INTERNAL,
        provider_code=type(error).__name__,
        scope=Scope.OPERATOR,
        reached=reached,
    )


def tell_unhandled(phrase: str, error: Exception, **subject: str) -> None:
    """Log why a message comes again: a fault of ours, which an alarm counts, or busy others.

    A traceback may hold a secret, so the error's kind and place are all that is told.
    """
    if held_up(error) or isinstance(error, ProviderError):
        code = {"provider_code": error.provider_code} if isinstance(error, ProviderError) else {}
        logger.warning("held up", extra={**subject, **describe(error), **code, "what": phrase})
    else:
        logger.error(phrase, extra={**subject, **describe(error)})


def tell_operator(connection: Connection, error: ProviderError) -> None:
    """Log what only we can mend, or must look into, each time: alarms count it (law 2)."""
    ours = isinstance(error, Misconfigured) or error.scope is Scope.OPERATOR
    if ours or error.reason is Reason.UNKNOWN:
        logger.error(
            "operator needed",
            connection_id=connection.connection_id,
            provider=connection.bank.provider,
            provider_code=error.provider_code,
            reason=error.reason,
        )


def tell_untold(connection: Connection, code: str) -> None:
    """Log that the host app could not be told of what a sync has changed."""
    logger.error(
        "operator needed",
        connection_id=connection.connection_id,
        provider=connection.bank.provider,
        cause="the event bus has not taken an event",
        aws_code=code,
    )


def long_orange(after: Connection, last_call: int | None, now: int) -> bool:
    """Tell whether this call is the first to find that the connection has not synced for too long.

    `last_call` is when the call before this one was made, or None if there was none.
    """
    return after.stale(now) and not after.stale(last_call or 0)


def tell_long_orange(after: Connection, last_call: int | None, now: int) -> None:
    """Log once that a connection waits for longer than anybody should: an alarm tells (law 3)."""
    if long_orange(after, last_call, now):
        logger.warning(
            "long orange",
            connection_id=after.connection_id,
            provider=after.bank.provider,
            bank_id=after.bank.bank_id,
            provider_code=after.provider_code,
            reason=after.reason,
            last_success_at=after.last_success_at,
        )


def tell_change(before: Connection, after: Connection) -> None:
    """Log a change of colour."""
    if line := status_line(before, after):
        logger.info("status changed", extra=line)
