"""What a push says: bank names and nothing else of them, in the owner's language, and short."""

from __future__ import annotations

import json

import pytest

from notify.push.message import TAG, message

MANY = [f"Bank {number} of a very long and winded name, {'x' * 400}" for number in range(200)]


def said(
    *banks: str, language: str = "en", url: str = "", reminder: bool = False
) -> dict[str, str]:
    """Return what a push says."""
    content = message(language, banks, "Banktrack", url, reminder=reminder)
    found: dict[str, str] = json.loads(content)
    return found


def test_one_bank_is_named() -> None:
    """Title and body are whole sentences; the address is where a tap leads."""
    assert {
        "title": "Santander needs to be reconnected",
        "body": "It has stopped syncing. Open Banktrack: reconnecting takes about a minute.",
        "url": "https://app.example",
        "tag": TAG,
    } == said("Santander", url="https://app.example")


def test_several_banks_share_one_push() -> None:
    """Two are named, of more the latest, with the number of the others."""
    two, three = said("Santander", "BBVA"), said("Santander", "BBVA", "Sabadell")

    assert "Santander and BBVA need to be reconnected" == two["title"]
    assert "Santander and 2 other banks need to be reconnected" == three["title"]
    assert two["body"].startswith("They have stopped syncing.")


def test_banks_of_one_name_are_told_once() -> None:
    """Two logins at one bank are one bank to whoever reads."""
    assert said("Santander") == said("Santander", "Santander")


def test_a_reminder_says_still() -> None:
    """It is the same trouble, not a new one."""
    one, two = said("Santander", reminder=True), said("Santander", "BBVA", reminder=True)

    assert one["body"].startswith("It is still not syncing.")
    assert two["body"].startswith("They are still not syncing.")


@pytest.mark.parametrize("language", ["en", "es"])
def test_two_hundred_banks_fit(language: str) -> None:
    """A push service takes 4096 bytes, with 103 of encryption; browsers show far less."""
    content = message(language, MANY, "Banktrack " * 50, "https://app.example/notifications")

    assert len(content) < 3000
    assert all(len(line) < 200 for line in json.loads(content).values())


def test_names_carry_neither_markup_nor_lines() -> None:
    """A bank's name is one line of plain text, whatever was stored."""
    title = said("<b>Santander</b>\n\u202e\x00 now")["title"]

    assert title.isprintable()
    assert "<" not in title
