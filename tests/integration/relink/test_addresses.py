"""Marks of addresses that mail does not reach, in the table as deployed."""

from __future__ import annotations

from itertools import permutations

import boto3
import pytest

from relink.addresses import DELAY_BELIEVED, Addresses, Standing, Trouble
from relink.clock import DAY
from tests.fakes import NOON

ANN = "ann@example.com"
LASTING = [Trouble.BOUNCED, Trouble.COMPLAINED]


@pytest.fixture
def addresses(tables: dict[str, str]) -> Addresses:
    """Return the marked addresses: none yet."""
    return Addresses(boto3.client("dynamodb"), tables["OwnersTable"])


def items(tables: dict[str, str]) -> list[dict[str, dict[str, str]]]:
    """Return all that is stored, in DynamoDB's JSON."""
    found: list[dict[str, dict[str, str]]]
    found = boto3.client("dynamodb").scan(TableName=tables["OwnersTable"])["Items"]  # type: ignore[assignment]
    return found


def test_an_address_that_nobody_spoke_of_is_good(addresses: Addresses) -> None:
    """Nobody has to prove that mail reaches him."""
    assert addresses.standing(ANN, NOON) is None


@pytest.mark.parametrize("trouble", LASTING)
def test_a_lasting_mark_stands_until_it_is_forgiven(addresses: Addresses, trouble: Trouble) -> None:
    """Years make no dead mailbox alive; its owner can say that it is. A complaint stays one."""
    assert addresses.mark(ANN, trouble, NOON)
    assert Standing(trouble, NOON) == addresses.standing(ANN, NOON + 1000 * DAY)
    assert trouble.stops_mail

    forgiven = trouble is not Trouble.COMPLAINED
    assert forgiven == addresses.forgive(ANN, NOON + 60)
    assert forgiven == (addresses.standing(ANN, NOON + 60) is None)


def test_a_delay_is_believed_for_three_days_after_the_mail(
    addresses: Addresses, tables: dict[str, str]
) -> None:
    """SES gives up well before; the item is then deleted, and not believed if it is still there."""
    addresses.mark(ANN, Trouble.DELAYED, NOON)

    assert Standing(Trouble.DELAYED, NOON) == addresses.standing(ANN, NOON + DELAY_BELIEVED - 1)
    assert addresses.standing(ANN, NOON + DELAY_BELIEVED) is None
    assert str(NOON + 3 * DAY) == items(tables)[0]["expires_at"]["N"]
    assert not Trouble.DELAYED.stops_mail


def test_a_lasting_mark_after_a_delay_does_not_run_out(
    addresses: Addresses, tables: dict[str, str]
) -> None:
    """The delay's day of deletion goes with the delay."""
    addresses.mark(ANN, Trouble.DELAYED, NOON)
    addresses.mark(ANN, Trouble.BOUNCED, NOON - 60)

    assert Standing(Trouble.BOUNCED, NOON - 60) == addresses.standing(ANN, NOON + 99 * DAY)
    assert "expires_at" not in items(tables)[0]


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_what_is_worst_remains_in_whatever_order_it_is_told(
    addresses: Addresses, order: tuple[int, ...]
) -> None:
    """Delays of other mails, told before, after and twice, hide no bounce."""
    told = [(Trouble.DELAYED, NOON), (Trouble.BOUNCED, NOON + 60), (Trouble.DELAYED, NOON + 120)]
    for _ in range(2):
        for number in order:
            addresses.mark(ANN, *told[number])

    assert Standing(Trouble.BOUNCED, NOON + 60) == addresses.standing(ANN, NOON + 180)


def test_a_later_delay_is_believed_longer_and_an_earlier_one_changes_nothing(
    addresses: Addresses,
) -> None:
    """The last mail that was slow counts."""
    assert addresses.mark(ANN, Trouble.DELAYED, NOON + DAY)
    assert not addresses.mark(ANN, Trouble.DELAYED, NOON)
    assert not addresses.mark(ANN, Trouble.DELAYED, NOON + DAY)
    assert addresses.standing(ANN, NOON + 4 * DAY - 1)
    assert addresses.mark(ANN, Trouble.DELAYED, NOON + 2 * DAY)
    assert addresses.standing(ANN, NOON + 5 * DAY - 1)


def test_a_replay_of_what_was_forgiven_marks_nothing(addresses: Addresses) -> None:
    """News of a mail from before is old news, however late it comes; the next mail counts anew."""
    addresses.mark(ANN, Trouble.BOUNCED, NOON)
    addresses.forgive(ANN, NOON + 60)

    assert not addresses.mark(ANN, Trouble.BOUNCED, NOON)
    assert not addresses.mark(ANN, Trouble.DELAYED, NOON + 59)
    assert addresses.standing(ANN, NOON + 120) is None
    assert addresses.mark(ANN, Trouble.BOUNCED, NOON + 60)
    assert Standing(Trouble.BOUNCED, NOON + 60) == addresses.standing(ANN, NOON + 120)


def test_forgiveness_of_a_good_address_leaves_it_good(
    addresses: Addresses, tables: dict[str, str]
) -> None:
    """Pressing the button twice is harmless; what is remembered of it goes after two months."""
    addresses.forgive(ANN, NOON)
    addresses.forgive(ANN, NOON)

    assert addresses.standing(ANN, NOON) is None
    assert str(NOON + 60 * DAY) == items(tables)[0]["expires_at"]["N"]


@pytest.mark.parametrize(
    ("told", "written"),
    [
        (ANN, " Ann@Example.COM "),
        ("ana@xn--mnchen-3ya.example", "ana@München.example"),
        ("no domain at all", "no domain at all"),
        (f"a@{'x' * 64}.example", f"a@{'x' * 64}.example"),
    ],
)
def test_an_address_is_known_however_it_is_written(
    addresses: Addresses, told: str, written: str
) -> None:
    """SES names the form that it was given; the profile has what the owner typed."""
    addresses.mark(told, Trouble.BOUNCED, NOON)

    assert addresses.standing(written, NOON)
    assert addresses.standing("bob@example.com", NOON) is None


def test_no_address_is_stored_in_clear(addresses: Addresses, tables: dict[str, str]) -> None:
    """The mark is found by who knows the address already."""
    addresses.mark(ANN, Trouble.COMPLAINED, NOON)

    assert "example" not in str(items(tables))


def test_several_addresses_are_looked_up_at_once(addresses: Addresses) -> None:
    """Those that are good, or good again, are left out; spellings are the asker's own."""
    addresses.mark(ANN, Trouble.BOUNCED, NOON)
    addresses.mark("bob@example.com", Trouble.DELAYED, NOON - DELAY_BELIEVED)
    addresses.mark("cid@example.com", Trouble.BOUNCED, NOON)
    addresses.forgive("cid@example.com", NOON)
    asked = [ANN, "Ann@Example.com", "bob@example.com", "cid@example.com", "eve@example.com"]

    marked = Standing(Trouble.BOUNCED, NOON)
    assert {ANN: marked, "Ann@Example.com": marked} == addresses.standings(asked, NOON)
    assert {} == addresses.standings([], NOON)
