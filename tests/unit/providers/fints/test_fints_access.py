"""What is kept of a login, and how."""

from __future__ import annotations

import pickle

import pytest

from relink.providers.fints.access import Access, Pause
from relink.providers.fints.accounts import BankAccount

ACCESS = Access("tester", "canary-pin", "4711", "SYSTEM", 7, "HITANS:1:6+ä'", ("900", "922"), "922")
PAUSE = Pause(
    ACCESS,
    "tan",
    ("DIALOG", 3, 3),
    reference="TASK",
    decoupled=True,
    about="login",
    accounts=(BankAccount(iban="DE15", allowed=frozenset({"HKSAL"})), BankAccount(number="1")),
    asked=("list",),
    polls=4,
    prompt="Bitte freigeben",
)


def test_both_come_back_as_they_were() -> None:
    """Another process goes on with the same."""
    assert Access.opened(ACCESS.sealed()) == ACCESS
    assert Pause.opened(PAUSE.sealed()) == PAUSE


def test_same_access_is_the_same_bytes() -> None:
    """Only news is written to the store."""
    assert Access.opened(ACCESS.sealed()).sealed() == ACCESS.sealed()


def test_nothing_is_unpickled() -> None:
    """Frozen objects of a library would run code when thawed."""
    for sealed in (ACCESS.sealed(), PAUSE.sealed()):
        with pytest.raises(pickle.UnpicklingError):
            pickle.loads(sealed)  # noqa: S301 - it is not one


def test_pin_is_in_no_representation() -> None:
    """An exception or a log would show it."""
    assert "canary" not in repr(ACCESS)
    assert "canary" not in repr(PAUSE)
