"""Tell unexpected exceptions apart, and describe them for the log without their words.

An exception's words may hold a secret; its kind and its place do not.
"""

from __future__ import annotations

from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError

from relink.backoff import Throttled
from relink.writes import Conflict

_LASTING = frozenset({"ValidationException", "SerializationException"})
_LACKING = frozenset(
    {
        "AccessDenied",
        "AccessDeniedException",
        "AWS.SimpleQueueService.NonExistentQueue",
        "NotFoundException",
        "QueueDoesNotExist",
        "ResourceNotFoundException",
    }
)
"""What AWS says of a right, or a thing, that we do not have."""


class HeldUp(Exception):
    """AWS did not take something, though it was asked rightly; it is tried again."""


def passing(error: BaseException) -> bool:
    """Tell whether it is AWS's trouble, which mends itself; what AWS cannot take is our bug."""
    if isinstance(error, ClientError):
        return error.response["Error"].get("Code") not in _LASTING
    if isinstance(error, ParamValidationError):
        return False
    return isinstance(error, (BotoCoreError, Throttled))


def hindered(error: BaseException) -> bool:
    """Tell whether AWS, or somebody else who writes there, has kept us from something."""
    return passing(error) or isinstance(error, (Conflict, HeldUp))


def held_up(error: BaseException) -> bool:
    """Tell whether waiting is all it needs: AWS is busy, or somebody else has written first.

    What lacks a right is tried again as well (`passing`), but it is a fault of this version.
    """
    if isinstance(error, ClientError) and error.response["Error"].get("Code") in _LACKING:
        return False
    return hindered(error)


def describe(error: BaseException) -> dict[str, str]:
    """Return what kind of error it is, where it arose, and the code if AWS sent one."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    found = {"error": type(error).__name__}
    if trace is not None:
        found["at"] = f"{trace.tb_frame.f_code.co_qualname}:{trace.tb_lineno}"
    if isinstance(error, ClientError):
        found["aws_code"] = str(error.response["Error"].get("Code", ""))
        found["operation"] = error.operation_name
    return found
