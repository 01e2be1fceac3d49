"""Which bank calls of an attempt take one of the day's tries, and when it is given back. Pure.

A bank that has been told a wrong password three times locks the access, whoever told it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from relink.attempt import State
from relink.connection import Method
from relink.provider import Field
from relink.reasons import Reason
from relink.transitions import given_back, tried

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from relink.attempt import Attempt
    from relink.connection import Connection
    from relink.failures import ProviderError


def takes_try(attempt: Attempt, connection: Connection, *, answered: bool) -> bool:
    """Tell whether the call that comes next is a try of a password.

    `answered` says that the form it began with holds anything. A login for old movements sends
    the stored password of a direct connection. Some banks ask for the password only once the
    login has begun: that is still the form's try, but each one after it is another, and codes and
    choices are none.
    """
    if attempt.state is State.SUBMITTED:
        return answered or sends_stored(attempt, connection)
    if not asks_password(attempt):
        return False
    return bool(attempt.passwords) or not tried_by(attempt, connection)


def sends_stored(attempt: Attempt, connection: Connection) -> bool:
    """Tell whether an attempt begins with the password that the connection has."""
    return attempt.historical and connection.bank.method is Method.DIRECT


def asks_password(attempt: Attempt) -> bool:
    """Tell whether what the owner has just answered was a password that lasts."""
    return attempt.state is State.ANSWERED and any(
        f.get("kind") == "password" and not f.get("transient") for f in attempt.fields
    )


def sends_password(
    attempt: Attempt, connection: Connection, form: Sequence[Field], answers: Mapping[str, str]
) -> bool:
    """Tell whether the call that comes next sends a password that lasts."""
    if attempt.state is not State.SUBMITTED:
        return asks_password(attempt)
    lasting = (f.name for f in form if f.kind == "password" and not f.transient)
    return any(answers.get(name) for name in lasting) or sends_stored(attempt, connection)


def tried_by(attempt: Attempt, connection: Connection) -> bool:
    """Tell whether the newest try is this attempt's: no other has been live since it began."""
    return connection.tries[0] >= attempt.created_at


def barred(attempt: Attempt, connection: Connection, now: int) -> bool:
    """Tell whether the guard keeps what the owner has sent from the bank."""
    if connection.tries_left(now):
        return False
    return attempt.state is State.SUBMITTED or takes_try(attempt, connection, answered=True)


def refused(connection: Connection, error: ProviderError, now: int) -> Connection:
    """Return the connection after a sync that failed: a refused password of its own is a try.

    The bank has counted it, so that its owner has one less.
    """
    return tried(connection, now) if refuses_password(connection, error) else connection


def refuses_password(connection: Connection, error: ProviderError) -> bool:
    """Tell whether a sync has failed because the bank refuses the owner's own password."""
    direct = connection.bank.method is Method.DIRECT
    return direct and error.reason is Reason.CREDENTIALS_REJECTED


def with_try_back(connection: Connection, attempt: Attempt) -> Connection:
    """Return the connection without the attempt's try, if it took one: the bank has said yes."""
    if not tried_by(attempt, connection):
        return connection
    return replace(connection, tries=given_back(connection.tries))


def naming(attempt: Attempt, form: Sequence[Field]) -> Sequence[Field]:
    """Return the fields that may tell which login it is.

    What is asked for in between tells it only together with a password: a choice, or a day of
    birth, is many people's.
    """
    if attempt.state is State.SUBMITTED:
        return form
    if not asks_password(attempt):
        return ()
    return tuple(
        Field(
            name=str(f["name"]),
            label="",
            kind=f.get("kind", "text"),
            required=bool(f.get("required", True)),
            transient=bool(f.get("transient", False)),
        )
        for f in attempt.fields
    )
