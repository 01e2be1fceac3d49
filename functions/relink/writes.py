"""Conditional writes to DynamoDB: alone or all or none, and tried again while merely held up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from relink.backoff import tries

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mypy_boto3_dynamodb.client import DynamoDBClient

_PASSING = frozenset({"TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"})
_NOT_AS_READ = frozenset({"ConditionalCheckFailed", "TransactionConflict"})
_THROTTLED = frozenset(
    {"ThrottlingException", "ProvisionedThroughputExceededException", "RequestLimitExceeded"}
)


class Conflict(Exception):
    """What was read is no longer as it was: somebody else wrote first, or is still at it."""


def transact(client: DynamoDBClient, writes: Sequence[Any]) -> None:
    """Make all of these writes or none. Raises `Conflict` if a condition of theirs fails.

    What has merely met another transaction, or a busy table, is tried again: a bank may have given
    only once what is to be stored, and SES may have sent what is to be marked.
    """
    for more in tries():
        try:
            client.transact_write_items(TransactItems=writes)
        except ClientError as error:
            if more and _passes(error):
                continue
            if _reasons(error) & _NOT_AS_READ:
                raise Conflict from error
            raise
        else:
            return


def written(write: Callable[..., Any], **arguments: Any) -> bool:
    """Make a write that has a condition; False if the condition fails.

    One that meets a transaction on the same item has not been judged by its condition: it is made
    again. Raises `Conflict` if it meets one each time.
    """
    for more in tries():
        try:
            write(**arguments)
        except ClientError as error:
            if more and _met(error):
                continue
            raise_unless_refused(error)
            return False
        else:
            return True
    raise AssertionError


def raise_unless_refused(error: ClientError) -> None:
    """Raise any error of a single write but that of a failed condition.

    One that met a transaction under way has not failed its condition: raises `Conflict`, so that
    its caller reads again and decides anew.
    """
    if _met(error):
        raise Conflict from error
    if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
        raise error


def throttled(error: ClientError) -> bool:
    """Tell whether a table had no room for a request, which then has changed nothing."""
    return error.response["Error"]["Code"] in _THROTTLED


def _met(error: ClientError) -> bool:
    """Tell whether a single write met a transaction under way on the same item."""
    return error.response["Error"]["Code"] == "TransactionConflictException"


def _passes(error: ClientError) -> bool:
    """Tell whether nothing was wrong with a transaction but its moment."""
    reasons = _reasons(error)
    return throttled(error) or bool(reasons and not reasons - _PASSING)


def _reasons(error: ClientError) -> set[str]:
    """Return why a transaction was cancelled."""
    found = {str(r.get("Code")) for r in error.response.get("CancellationReasons", [])}
    return found - {"None"}
