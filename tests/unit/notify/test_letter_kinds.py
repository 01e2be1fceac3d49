"""The letters after the first one, before a consent ends, and when all is well again."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from notify import letter
from notify.letter import BankNews, House, Kind, Letter, Occasion
from relink.clock import DAY
from relink.connection import Bank, Method
from relink.owners import Profile
from relink.reasons import Reason, Status
from tests.fakes import NOON, connection

HOUSE = House("Banktrack", "https://connect.example.com")
OWNER = Profile(owner_id="own_1", workspace_id="ws_1", time_zone="Europe/Madrid")
LINK = "https://connect.example.com/reconnect/v1.payload.signature"
STOP = "https://connect.example.com/unsubscribe/v1.payload.signature"
REMINDERS = [Kind.REMINDER, Kind.LAST_REMINDER]


def red(name: str = "BBVA", **facts: Any) -> BankNews:
    """Return a bank that has been red for three days."""
    made = connection(
        bank=Bank("id", name, "ES", "fake", Method.TOKEN),
        status=Status.RED,
        reason=Reason.CREDENTIALS_REJECTED,
        red_since=NOON - 3 * DAY,
        last_success_at=NOON - 4 * DAY,
    )
    return BankNews(made, ["Current"], LINK, **facts)


def green(name: str = "BBVA", ends: int | None = NOON + 7 * DAY) -> BankNews:
    """Return a bank that syncs, and whose consent ends in a week."""
    made = connection(
        bank=Bank("id", name, "ES", "fake", Method.CONSENT),
        status=Status.GREEN,
        reason=None,
        last_success_at=NOON - 600,
        consent_expires_at=ends,
    )
    return BankNews(made, ["Current"], LINK)


def write(kind: Kind, *banks: BankNews, language: str = "en", **occasion: Any) -> Letter:
    """Write a letter of this kind about these banks."""
    profile = replace(OWNER, language=language)
    return letter.write(Occasion(kind, **occasion), profile, banks, HOUSE, NOON)


def both(written: Letter) -> str:
    """Return both forms."""
    return written.text + written.html


@pytest.mark.parametrize("kind", REMINDERS)
@pytest.mark.parametrize("language", ["en", "es"])
def test_a_reminder_has_the_subject_of_the_first_letter(kind: Kind, language: str) -> None:
    """Gmail keeps only letters of one subject in one thread, whatever they refer to."""
    banks = [red("BBVA"), red("ING")]

    expected = write(Kind.RED, *banks, language=language).subject
    assert expected == write(kind, *banks, language=language).subject


@pytest.mark.parametrize(
    ("kind", "language", "expected"),
    [
        (Kind.REMINDER, "en", "Reminder: still not syncing"),
        (Kind.LAST_REMINDER, "en", "Last reminder: still not syncing"),
        (Kind.REMINDER, "es", "Recordatorio: sigue sin sincronizarse"),
        (Kind.LAST_REMINDER, "es", "Último recordatorio: sigue sin sincronizarse"),
    ],
)
def test_a_reminder_says_that_it_is_one(kind: Kind, language: str, expected: str) -> None:
    """In both forms, and first of all in what a list of mails shows beside the subject."""
    written = write(kind, red(), language=language)

    assert f"{written.subject}\n\n{expected}\n\n" in written.text
    assert written.html.index(f"{expected}.\n") < written.html.index("<table")


def test_a_reminder_says_since_when() -> None:
    """The first letter, sent at once, need not; one that waited must."""
    assert "Disconnected since: 29 December 2025\n" in write(Kind.REMINDER, red()).text
    fresh = replace(red().connection, red_since=NOON - 3600)
    assert "since" not in write(Kind.RED, BankNews(fresh, [], LINK)).text
    assert "Disconnected since: 29 December 2025\n" in write(Kind.RED, red()).text


@pytest.mark.parametrize("kind", [Kind.RED, Kind.REMINDER])
def test_no_letter_but_the_last_says_that_it_is_the_last(kind: Kind) -> None:
    """What is said must be true."""
    assert "last e-mail" not in both(write(kind, red()))
    assert "last e-mail" not in both(write(kind, red(), red("ING")))


def test_the_last_reminder_says_so_and_what_then() -> None:
    """Once in each form, before the button."""
    for banks, expected in (
        ([red()], "This is our last e-mail about it: BBVA stays disconnected until"),
        ([red(), red("ING")], "This is our last e-mail about these banks: they stay disconnected"),
    ):
        written = write(Kind.LAST_REMINDER, *banks)
        for form, button in ((written.text, LINK), (written.html, "<a ")):
            assert 1 == form.count("our last e-mail")
            assert form.index(expected) < form.index(button)


def test_among_several_it_is_said_of_which_bank_it_is_the_last() -> None:
    """A letter may bring the last word of one bank and the first of another."""
    written = write(Kind.RED, red("BBVA", last=True), red("ING"))

    for form in (written.text, written.html):
        assert 1 == form.count("our last e-mail")
        assert "This is our last e-mail about it: BBVA stays disconnected" in form


@pytest.mark.parametrize(
    ("language", "banks", "expected"),
    [
        ("en", [green()], "BBVA needs to be renewed before 8 January"),
        ("es", [green()], "Hay que renovar BBVA antes del 8 de enero"),
        ("en", [green(), green("ING")], "BBVA and ING need to be renewed before 8 January"),
        ("en", [green(), green("ING", NOON + DAY)], "BBVA and ING need to be renewed soon"),
        ("es", [green(), green("ING", NOON + DAY)], "Hay que renovar BBVA y ING pronto"),
        ("en", [green(), green("ING"), green("N26")], "BBVA and 2 other banks need to be renewed"),
        ("es", [green(), green("BBVA", NOON + DAY)], "Hay que renovar BBVA pronto"),
        ("en", [green(ends=NOON + 365 * DAY)], "BBVA needs to be renewed before 1 January 2027"),
        (
            "en",
            [green(ends=NOON + 3600)],
            "BBVA needs to be renewed before 1 January 2026, 14:00 CET",
        ),
    ],
)
def test_a_warning_names_bank_and_day(language: str, banks: list[BankNews], expected: str) -> None:
    """The day, not "tomorrow": that would be wrong a day later. On its last day, the hour."""
    assert write(Kind.EXPIRING, *banks, language=language).subject.startswith(expected)


def test_a_warning_is_about_time_not_trouble() -> None:
    """When it ends, what it takes, what happens otherwise; nothing of what is red."""
    written = write(Kind.EXPIRING, green())

    for words in (
        "Renew BBVA",
        "8 January 2026, 13:00 CET",
        "it takes about a minute, and everything stays as it is.",
        "Nothing is lost.",
        LINK,
    ):
        assert words in written.text
        assert words in written.html
    for words in ("Not syncing", "needs to be reconnected", "Until you reconnect"):
        assert words not in both(written)


def test_a_day_ends_where_the_owner_lives() -> None:
    """In Madrid 23:30 UTC is the next day."""
    late = green(ends=NOON + 11 * 3600 + 1800)

    assert "BBVA needs to be renewed before 2 January" == write(Kind.EXPIRING, late).subject


@pytest.mark.parametrize(
    ("language", "names", "expected"),
    [
        ("en", ["BBVA"], "BBVA is syncing again"),
        ("en", ["BBVA", "ING"], "BBVA and ING are syncing again"),
        ("en", ["BBVA", "ING", "N26"], "BBVA and 2 other banks are syncing again"),
        ("es", ["BBVA"], "BBVA vuelve a sincronizarse"),
        ("es", ["BBVA", "ING"], "BBVA y ING vuelven a sincronizarse"),
    ],
)
def test_good_news_is_short(language: str, names: list[str], expected: str) -> None:
    """It works again, and there is nothing left to do: no link, no button."""
    written = write(Kind.RESTORED, *(green(name) for name in names), language=language)

    assert expected == written.subject
    assert "http" not in written.text
    assert "<a " not in written.html
    assert len(written.html) < 8000


def test_good_news_says_why_it_came() -> None:
    """He has asked for it, and can change his mind."""
    assert "because you asked to be told" in write(Kind.RESTORED, green()).text


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind is not Kind.RESTORED])
def test_a_stand_in_is_told_why_he_gets_it(kind: Kind) -> None:
    """Mail does not reach the owner; what there is to do, either of them can do."""
    bank = green() if kind is Kind.EXPIRING else red()
    why = "our e-mail does not reach the person who connected this bank"
    written = write(kind, bank, on_behalf=True)

    assert why in written.text
    assert why in written.html
    assert "see to it yourself" in written.text
    assert why not in both(write(kind, bank))
    assert "who connected these banks" in write(kind, bank, bank, on_behalf=True).text


@pytest.mark.parametrize("kind", [*REMINDERS, Kind.EXPIRING])
def test_reminders_can_be_stopped_where_they_are_read(kind: Kind) -> None:
    """And it is said what still comes. Other letters have no such line."""
    bank = green() if kind is Kind.EXPIRING else red()
    written = write(kind, bank, unsubscribe_url=STOP)

    assert f"Stop reminders: {STOP}\n" in written.text
    assert f'href="{STOP}"' in written.html
    assert "You will still be told once when a bank stops syncing." in written.text
    assert "Stop reminders" not in both(write(Kind.RED, red()))
