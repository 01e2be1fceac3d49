"""Every code of Plaid's gives the class and scope of the provider codes, or a reason why not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from relink.failures import ProviderError, Temporary
from relink.providers.plaid.codes import CODES, TYPES, of_code
from relink.reasons import Reason, Status
from tests.unit.providers.listed import class_of, kind_of, rows
from tests.unit.providers.plaid.fakes import error

if TYPE_CHECKING:
    from tests.unit.providers.plaid.fakes import Bench

DEVIATIONS = {
    # The bank takes no login until a new password was set there: signing in here would fail.
    "PASSWORD_RESET_REQUIRED": ("action", "connection"),
}
ROWS = rows("plaid")


def test_every_code_is_in_the_table_and_nothing_else() -> None:
    """The table holds the 74 provider codes, by the names that they have there."""
    assert sorted(row["code"] for row in ROWS) == sorted(CODES)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: str(row["code"]))
def test_a_code_means_what_the_provider_codes_say(row: dict[str, str]) -> None:
    """Class and scope are those of the row, unless the deviation is written down."""
    verdict = CODES[row["code"]]
    expected = DEVIATIONS.get(row["code"], (row["class"], row["scope"]))
    found = (class_of(verdict), verdict.scope.value if verdict else expected[1])
    assert expected == found


ERROR_CODES = [row["code"] for row in ROWS if ":" not in row["code"]]


@pytest.mark.parametrize("code", ERROR_CODES)
def test_an_error_answer_is_told_by_who_can_mend_it(plaid: Bench, code: str) -> None:
    """Red ones need the owner, the operator's are ours, all others wait: whatever the status."""
    plaid.wire.play("/transactions/sync", error(code, status=503))
    with pytest.raises(ProviderError) as raised:
        plaid.sync()
    verdict = CODES[code]
    assert (kind_of(verdict) if verdict else Temporary) is type(raised.value)
    assert code == raised.value.provider_code


@pytest.mark.parametrize("kind", [*TYPES, "ITEM_ERROR", "TOMORROWS_ERROR", ""])
def test_an_unknown_code_is_never_red(kind: str) -> None:
    """A type tells whose trouble it may be; red is only what the bank says."""
    verdict = of_code("SOMETHING_NEW", kind=kind)
    assert verdict is not None
    assert verdict.reason.status is Status.ORANGE


def test_an_unknown_code_of_an_item_is_told_as_unknown() -> None:
    """Operators count these: `unknown` is what they look for."""
    verdict = of_code("SOMETHING_NEW", kind="ITEM_ERROR")
    assert verdict is not None
    assert Reason.UNKNOWN is verdict.reason


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        ("OAUTH_CONSENT_EXPIRED", Reason.CONSENT_EXPIRED),
        ("OAUTH_USER_REVOKED", Reason.CONSENT_REVOKED),
        ("OAUTH_INVALID_TOKEN", Reason.CREDENTIALS_REJECTED),
        ("SOMETHING_NEW", Reason.CREDENTIALS_REJECTED),
        ("", Reason.CREDENTIALS_REJECTED),
    ],
)
def test_the_reason_makes_a_required_login_more_precise(reason: str, expected: Reason) -> None:
    """Expired and withdrawn are told as such; a reason nobody knows changes nothing."""
    verdict = of_code("ITEM_LOGIN_REQUIRED", reason)
    assert verdict is not None
    assert expected is verdict.reason


def test_a_reason_does_not_redden_an_outage() -> None:
    """The code comes first: while the bank is down, waiting is right."""
    verdict = of_code("INSTITUTION_DOWN", "OAUTH_USER_REVOKED")
    assert verdict is not None
    assert Reason.BANK_UNAVAILABLE is verdict.reason
