"""AWS clients that stumble: calls refused, or carried out twice because the answer was lost."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from collections.abc import Callable

    Step = Callable[[Callable[..., Any], dict[str, Any]], Any]


def stumble(client: Any, method: str, *steps: Step | Exception | None) -> None:
    """Let the next calls of a client's method go as the steps say; None is a call that works."""
    real = getattr(client, method)
    plan = deque(steps)

    def call(**arguments: Any) -> Any:
        step = plan.popleft() if plan else None
        if step is None:
            return real(**arguments)
        if isinstance(step, Exception):
            raise step
        return step(real, arguments)

    setattr(client, method, call)


def twice(real: Callable[..., Any], arguments: dict[str, Any]) -> Any:
    """Carry a request out twice, as botocore does when the first answer is lost on its way."""
    real(**arguments)
    return real(**arguments)


def refusal(code: str, *reasons: str) -> ClientError:
    """Return the error that AWS sends under this code, for a transaction with its reasons."""
    answer: Any = {"Error": {"Code": code, "Message": "as told by the test"}}
    if reasons:
        answer["CancellationReasons"] = [{"Code": r} for r in reasons]
    return ClientError(answer, "Operation")


def transaction_conflict(*reasons: str) -> ClientError:
    """Return what a transaction gets that meets another one on the same item."""
    return refusal("TransactionCanceledException", *(reasons or ("None", "TransactionConflict")))
