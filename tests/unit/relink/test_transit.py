"""Secrets leave by HTTPS, or do not leave this machine."""

from __future__ import annotations

import pytest

from relink.transit import safe


@pytest.mark.parametrize(
    "address",
    [
        "https://bank.example/path",
        "http://127.0.0.1:8080/root",
        "http://localhost",
        "http://[::1]:8080/root",
    ],
)
def test_https_and_this_machine_are_safe(address: str) -> None:
    """Whatever this machine is called."""
    assert safe(address)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "bank.example",
        "http://bank.example",
        "http://127.0.0.1.bank.example",
        "http://localhost@bank.example",
        "http://[::1",
        "ftp://127.0.0.1",
    ],
)
def test_anything_else_is_not(address: str) -> None:
    """Nor what only begins like it, nor what cannot be read."""
    assert not safe(address)
