"""What happens while an attempt is under way: another's deed, the owner's answer."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from relink.attempt import State
from relink.items import encode
from tests.integration.sync.attempting import stored

if TYPE_CHECKING:
    from collections.abc import Callable

    from relink.connection import Connection
    from relink.provider import Login, Outcome
    from tests.integration.sync.conftest import Bench


def while_the_bank_thinks(bench: Bench, deed: Callable[[], object], outcome: Outcome) -> None:
    """Let something happen between the bank's being asked and its answer."""

    def authenticate(connection: Connection, login: Login, now: int) -> Outcome:
        del connection, login, now
        deed()
        return outcome

    bench.provider.authenticate = authenticate  # type: ignore[method-assign]


def overtake(bench: Bench) -> None:
    """Let another attempt become the live one."""
    bench.client.update_item(
        TableName=bench.connections.table,
        Key=encode({"connection_id": "con_1"}),
        UpdateExpression="SET live_attempt = :other",
        ExpressionAttributeValues=encode({":other": "att_2"}),
    )


def answer(bench: Bench, code: str = "123456") -> None:
    """Store the owner's answer to a challenge, as the HTTP side does."""
    asking = stored(bench)
    sealed = bench.intake.seal({"code": code}, bench.now(), asking.attempt_id)
    bench.attempts.advance(asking, replace(asking, state=State.ANSWERED, answers=sealed))
