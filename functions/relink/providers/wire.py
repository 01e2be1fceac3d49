"""Check what banks send: amounts, moments and texts that our store can hold."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, ValidationError

from relink.failures import plain
from relink.providers.transport import bad_answer

if TYPE_CHECKING:
    from collections.abc import Iterable

DIGITS = 20
FRACTION = 12
ACCOUNT_LIMIT = 1_000
MOVEMENT_LIMIT = 100_000
ID_LIMIT = 256
_FIRST, _LAST = date(1970, 1, 1), date(2200, 1, 1)

M = TypeVar("M", bound=BaseModel)


def _amount(value: Any) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, str | int):
        msg = "an amount is a text or a number"
        raise ValueError(msg)  # noqa: TRY004 - Pydantic wants ValueError
    text = str(value).strip()
    if len(text) > 2 * DIGITS:
        msg = "an amount of too many digits"
        raise ValueError(msg)
    try:
        amount = Decimal(text)
    except InvalidOperation as error:
        msg = "not an amount"
        raise ValueError(msg) from error
    exponent = amount.as_tuple().exponent
    if not isinstance(exponent, int) or exponent < -FRACTION or amount.adjusted() >= DIGITS:
        msg = "an amount beyond all sense"
        raise ValueError(msg)
    return amount


def _identifier(value: str) -> str:
    if not value or len(value) > ID_LIMIT or not value.isprintable():
        msg = "an id is 1 to 256 printable characters"
        raise ValueError(msg)
    return value


def _sensible(value: date) -> date:
    if not _FIRST <= value <= _LAST:
        msg = "a date beyond all sense"
        raise ValueError(msg)
    return value


Amount = Annotated[Decimal, BeforeValidator(_amount)]
Identifier = Annotated[str, AfterValidator(_identifier)]
Words = Annotated[str, AfterValidator(plain)]
Day = Annotated[date, AfterValidator(_sensible)]


class Wire(BaseModel):
    """A message of a bank: unknown attributes are ignored, known ones must be right."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)


def checked(kind: type[M], value: Any) -> M:
    """Return the message as its model. Raises `Temporary` (bad answer), without its content."""
    try:
        return kind.model_validate(value)
    except (ValidationError, RecursionError) as error:
        raise bad_answer("unexpected content") from error


def readable(kind: type[M], values: Any) -> tuple[M, ...]:
    """Return those messages of a list that are as they should be: one that is not hides no other.

    Raises `Temporary` (bad answer) if it is no list, or if none of it can be read.
    """
    if not isinstance(values, list):
        raise bad_answer("no list")
    found = []
    for value in values:
        try:
            found.append(kind.model_validate(value))
        except (ValidationError, RecursionError):
            continue
    if values and not found:
        raise bad_answer("unexpected content")
    return tuple(found)


def day_of(moment: int) -> date:
    """Return the UTC day of an epoch second. Raises `Temporary` for one beyond all sense."""
    try:
        return _sensible(datetime.fromtimestamp(moment, UTC).date())
    except (ValueError, OverflowError, OSError) as error:
        raise bad_answer("a date beyond all sense") from error


def bounded(accounts: Iterable[Any], movements: int) -> None:
    """Raise `Temporary` if an answer holds more than any real one does."""
    if len(list(accounts)) > ACCOUNT_LIMIT or movements > MOVEMENT_LIMIT:
        raise bad_answer("too much content")
