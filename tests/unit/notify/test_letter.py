"""The first letter about a bank: in its reader's language, in both forms, from nobody but us."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape
from html.parser import HTMLParser
from typing import Any
from urllib.parse import quote

import pytest

from notify import letter
from notify.letter import BankNews, House, Kind, Letter, Occasion
from relink.connection import Bank, Method
from relink.links import LIFE
from relink.owners import Profile
from relink.reasons import EXPLANATIONS, Reason, Status
from tests.fakes import NOON, connection

HOUSE = House("Banktrack", "https://connect.example.com")
OWNER = Profile(owner_id="own_1", workspace_id="ws_1", time_zone="Europe/Madrid")
LINK = "https://connect.example.com/reconnect/v1.payload.signature"


def bank(name: str = "BBVA", *products: str, **facts: Any) -> BankNews:
    """Return a bank that turned red at noon."""
    made = connection(
        bank=Bank("id", name, "ES", "fake", Method.TOKEN),
        **{
            "status": Status.RED,
            "reason": Reason.CREDENTIALS_REJECTED,
            "red_since": NOON,
            "last_success_at": NOON - 3600,
            **facts,
        },
    )
    return BankNews(made, products, LINK)


def write(*banks: BankNews, house: House = HOUSE, **facts: Any) -> Letter:
    """Write to the owner about these banks."""
    return letter.write(Occasion(Kind.RED), replace(OWNER, **facts), banks, house, NOON)


def seen(html: str) -> str:
    """Return the words of an HTML text, as they are read."""
    body = re.sub(r"(?s)<head>.*?</head>|<[^>]*>", " ", html)
    return " ".join(unescape(body).split())


@pytest.mark.parametrize(
    ("language", "names", "expected"),
    [
        ("en", ["BBVA"], "BBVA needs to be reconnected"),
        ("en", ["BBVA", "BBVA"], "BBVA needs to be reconnected"),
        ("en", ["BBVA", "Santander"], "BBVA and Santander need to be reconnected"),
        ("en", ["BBVA", "ING", "N26"], "BBVA and 2 other banks need to be reconnected"),
        ("es", ["BBVA"], "Hay que reconectar BBVA"),
        ("es", ["BBVA", "Santander"], "Hay que reconectar BBVA y Santander"),
        ("es", ["BBVA", "ING", "N26"], "Hay que reconectar BBVA y otros 2 bancos"),
    ],
)
def test_the_subject_names_the_bank(language: str, names: list[str], expected: str) -> None:
    """Understood in the list of mails, before it is opened."""
    assert expected == write(*(bank(n) for n in names), language=language).subject


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("reason", [r for r in Reason if r.status is Status.RED])
def test_both_forms_tell_the_same_facts(language: str, reason: Reason) -> None:
    """Bank, products, reason, what to do, last good date, the link, and the bank's own words."""
    written = write(
        bank("BBVA", "Current", "Savings", reason=reason, provider_text="Please log in"),
        language=language,
    )
    facts = ["BBVA", "Current", "Savings", "2026", "12:00", "“Please log in”", LINK]
    told = EXPLANATIONS[reason]
    if language == "en":
        facts += [told.text, told.instruction]
    for form in (written.text, unescape(written.html)):
        assert [] == [fact for fact in facts if fact not in form]
        assert (told.text in form) is (language == "en")


def test_a_date_is_the_owners() -> None:
    """In his time zone and the words of his language, and the zone is named."""
    late = bank(last_success_at=NOON + 11 * 3600 + 1800)

    assert "Last successful sync: 2 January 2026, 00:30 CET\n" in write(late).text
    assert ": 2 de enero de 2026, 00:30 CET\n" in write(late, language="es").text
    assert ": 1 January 2026, 23:30 UTC\n" in write(late, time_zone="UTC").text
    assert ": 1 January 2026, 23:30 UTC\n" in write(late, time_zone="Mars/Olympus").text
    assert ": 1 January 2026, 23:30 UTC\n" in write(late, time_zone="../etc/passwd").text


def test_the_life_of_the_link_is_told() -> None:
    """A link in an old mail then surprises nobody."""
    assert NOON + LIFE == NOON + 14 * 86_400
    assert "The link works until 15 January 2026" in write(bank()).text
    assert "The links work until 15 January 2026" in write(bank(), bank("ING")).text


def test_a_bank_that_never_synced_has_no_last_date() -> None:
    """What we do not know is left out."""
    assert "Last successful sync" not in write(bank(last_success_at=None)).text


def test_many_products_are_counted() -> None:
    """The first five are named."""
    written = write(bank("BBVA", *"ABCDEFGH"))

    assert "Accounts: A, B, C, D, E and 3 more\n" in written.text
    assert "Cuentas: A, B, C, D, E y 3 más\n" in write(bank("B", *"ABCDEFGH"), language="es").text


@pytest.mark.parametrize("language", ["fr", "", "xx-YY", "../es"])
def test_an_unknown_language_reads_english(language: str) -> None:
    """A profile may say anything."""
    assert "BBVA needs to be reconnected" == write(bank(), language=language).subject


@pytest.mark.parametrize("language", ["es", "es-MX", "ES"])
def test_a_regional_language_reads_its_own(language: str) -> None:
    """Of Spanish we have one kind."""
    assert "Hay que reconectar BBVA" == write(bank(), language=language).subject


def test_what_comes_from_a_bank_stays_text() -> None:
    """Names and words of a bank cannot become markup."""
    written = write(
        bank("<b>Bank</b>", "<script>alert(1)</script>", provider_text='"><img src=x onerror=y>')
    )

    assert not re.search(r"<(script|img|b)\b", written.html)


def test_what_comes_from_a_bank_breaks_no_line() -> None:
    """A name with line breaks is one line, in the subject, too."""
    written = write(bank("Bank\r\nBcc: thief@example.com\x00\u2028", provider_text="a\r\n\r\nb"))

    assert "Bank Bcc: thief@example.com needs to be reconnected" == written.subject
    assert "“a b”" in written.text


def test_a_name_without_end_is_cut() -> None:
    """Subjects are short."""
    assert "B" * 59 + "… needs to be reconnected" == write(bank("B" * 300)).subject


@pytest.mark.parametrize(
    "address", ["https://evil.example/x", "HTTP://evil.example", "www.evil.example/login"]
)
def test_a_banks_words_bring_no_links(address: str) -> None:
    """Mail programs make addresses clickable; in our letter only our own are."""
    written = write(bank(provider_text=f"Log in at {address} now"))

    assert "“Log in at […] now”" in written.text
    assert "evil" not in written.html


def test_the_letter_links_to_us_alone() -> None:
    """No other address, no picture, no script: nothing is loaded when it is opened."""

    class Addresses(HTMLParser):
        found: set[str | None] = set()  # noqa: RUF012 - filled by the parser below

        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            assert tag not in {"img", "script", "iframe", "form", "input", "link", "object"}
            self.found |= {v for k, v in attrs if k in {"href", "src", "background", "action"}}

    addresses = Addresses()
    written = write(bank(), house=replace(HOUSE, chat_url="https://banktrack.example/chat"))
    addresses.feed(written.html)

    assert {LINK, "https://banktrack.example/chat"} == addresses.found
    assert "url(" not in written.html


def test_the_chat_is_named_where_it_has_no_address() -> None:
    """It is in the app, where the owner knows it."""
    assert "The chat is at the bottom right in Banktrack." in write(bank()).text
    chat = write(bank(), house=replace(HOUSE, chat_url="https://b.example/chat"))
    assert "Write to us in the chat: https://b.example/chat\n" in chat.text


def test_the_chat_is_told_what_the_letter_is_about() -> None:
    """Where its address has room for a message, that is the subject."""
    told = write(bank(), house=replace(HOUSE, chat_url="https://b.example/?q={message}&x=1"))

    assert f"https://b.example/?q={quote(told.subject, safe='')}&x=1" in told.text
    assert "{message}" not in told.html


def test_the_letter_says_how_to_know_it() -> None:
    """We never ask for credentials by mail, and our links have one beginning."""
    text = write(bank()).text

    assert "We never ask for passwords or codes by e-mail." in text
    assert "Our links begin with https://connect.example.com/." in text
    local = replace(HOUSE, public_url="http://127.0.0.1:8080")
    assert "begin with http://127.0.0.1:8080/." in write(bank(), house=local).text


def test_the_letter_is_small() -> None:
    """Clients cut off what exceeds about 100 kB; twenty banks stay under 60."""
    assert len(write(bank()).html) < 10_000
    assert len(write(*(bank(f"Bank {n}") for n in range(20))).html) < 60_000


@pytest.mark.parametrize("language", ["en", "es"])
def test_both_forms_begin_with_what_matters(language: str) -> None:
    """Title, reason, button: understood in five seconds."""
    written = write(bank(), language=language)

    assert written.text.startswith(f"{written.subject}\n\n")
    words = seen(written.html)
    assert words.index(written.subject) < words.index("BBVA", words.index(written.subject) + 40)
    assert f'<html lang="{language}">' in written.html


def test_dark_mode_and_narrow_screens_are_provided_for() -> None:
    """In the head, and harmless where it is dropped."""
    html = write(bank()).html

    assert '<meta name="color-scheme" content="light dark">' in html
    assert "@media (prefers-color-scheme: dark)" in html
    assert "@media (max-width: 480px)" in html
