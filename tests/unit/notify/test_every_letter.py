"""What holds for each letter, in each language, about one bank and about hundreds."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from infra.preview.specimens import HOUSE, LINK, SENT_AT, UNSUBSCRIBE, Specimen, State, specimens
from notify.letter import BANKS_IN_FULL, BankNews, House, Kind, Letter, Occasion, write
from relink.clock import DAY
from relink.connection import Bank, Method
from relink.languages import LANGUAGES
from relink.owners import Profile
from relink.reasons import Reason, Status
from tests.fakes import NOON, connection

EVERY = list(specimens())
DEEDS = {
    ("red", "en"): "Reconnect",
    ("red", "es"): "Reconectar",
    ("expiring", "en"): "Renew",
    ("expiring", "es"): "Renovar",
}


class Page(HTMLParser):
    """What somebody sees of a letter, and where it leads."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.links: list[str] = []
        self.loaded: list[str] = []
        self._head = False
        self.feed(html)

    @property
    def seen(self) -> str:
        """Return its words in one line."""
        return " ".join(" ".join(self.words).split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note links, and whatever a program would load."""
        self._head = tag == "head" or (self._head and tag != "body")
        values = {name: value or "" for name, value in attrs}
        self.links += [values["href"]] if tag == "a" else []
        self.loaded += [v for k, v in values.items() if k in {"src", "srcset", "background"}]
        self.loaded += [tag] if tag in {"link", "script", "img", "iframe", "form", "object"} else []

    def handle_data(self, data: str) -> None:
        """Note words outside of the head."""
        if not self._head:
            self.words.append(data)


@pytest.mark.parametrize("specimen", EVERY, ids=lambda specimen: specimen.name)
def test_both_forms_tell_the_same(specimen: Specimen) -> None:
    """Each fact and sentence of the text is in the HTML, each link of the HTML in the text."""
    letter = specimen.letter()
    page = Page(letter.html)
    lines = [line for line in letter.text.splitlines() if line.strip("- ")]
    pieces = [piece.rstrip(":") for line in lines for piece in line.split(": ")]

    told = " ".join([page.seen, *page.links])

    assert [] == [piece for piece in pieces if " ".join(piece.split()) not in told]
    assert [] == [link for link in page.links if link not in letter.text]


@pytest.mark.parametrize("specimen", EVERY, ids=lambda specimen: specimen.name)
def test_nothing_is_loaded_when_it_is_opened(specimen: Specimen) -> None:
    """No picture tells anybody that it was read, and links lead to us alone."""
    html = specimen.letter().html
    page = Page(html)

    assert [] == page.loaded
    assert set(page.links) <= {LINK, UNSUBSCRIBE}
    assert not re.search(r"url\(|@import|expression", html)


@pytest.mark.parametrize("specimen", EVERY, ids=lambda specimen: specimen.name)
def test_there_is_one_button_for_a_bank(specimen: Specimen) -> None:
    """Below its name and reason, and none where there is nothing to do."""
    html = specimen.letter().html
    several = specimen.state in {State.SEVERAL, State.MANY}
    names = re.findall(r"<h2[^>]*>(.*?)</h2>", html) if several else ["Santander"]
    names = names[:BANKS_IN_FULL]
    buttons = re.findall(r'<td class="button".*?<a [^>]*>(.*?)</a>', html, re.DOTALL)

    deed = DEEDS.get((specimen.kind.template, specimen.language))
    assert ([f"{deed} {name}" for name in names] if deed else []) == buttons


@pytest.mark.parametrize("specimen", EVERY, ids=lambda specimen: specimen.name)
def test_its_shape_is_whole(specimen: Specimen) -> None:
    """In its language, with dark mode and narrow screens provided for, in few bytes."""
    letter = specimen.letter()

    assert f'<html lang="{specimen.language}">' in letter.html
    assert "@media (prefers-color-scheme: dark)" in letter.html
    assert "@media (max-width: 480px)" in letter.html
    assert letter.text.startswith(f"{letter.subject}\n\n")
    assert "\n\n\n" not in letter.text
    assert len(letter.html.encode()) < 60_000
    assert "None" not in letter.text


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("number", [1, 2, 60])
def test_what_comes_from_outside_stays_text(kind: Kind, number: int) -> None:
    """Names and words of banks, accounts and the app are never markup, wherever they are said."""
    evil = "<img src=x>\"'&amp;"
    known = "&#34;&#39;&amp;amp;"
    written = letter_about(kind, "en", crowd(number, kind, evil, evil), evil)

    # `plain` takes the brackets; what is left could still end an attribute or fake an entity.
    assert "\"'" not in written.html
    assert written.html.count("img src=x") == written.html.count(f"img src=x {known}")
    assert "img src=x \"'&amp;" in written.text
    assert "&#3" not in written.text


def crowd(number: int, kind: Kind, name: str, words: str) -> list[BankNews]:
    """Return so many banks, with names and words of their own."""
    well = kind in {Kind.EXPIRING, Kind.RESTORED}
    made = connection(
        status=Status.GREEN if well else Status.RED,
        reason=None if well else Reason.ACTION_AT_BANK,
        red_since=None if well else NOON - 3 * DAY,
        provider_text=words,
        last_success_at=NOON - 3 * DAY,
        consent_expires_at=NOON + DAY,
    )
    banks = [
        Bank("id", f"{number:03}{name}", "ES", "fake", Method.TOKEN) for number in range(number)
    ]
    link = f"https://connect.example.com/reconnect/{'x' * 512}"
    return [BankNews(replace(made, bank=bank), [name] * 20, link, last=True) for bank in banks]


def letter_about(kind: Kind, language: str, banks: list[BankNews], app: str) -> Letter:
    """Write about them, with everything that a letter can hold besides."""
    profile = Profile(owner_id="o", workspace_id="w", language=language)
    chat = f"https://b.example/{'c' * 500}"
    house = House(app, HOUSE.public_url, chat)
    occasion = Occasion(kind, on_behalf=True, unsubscribe_url=f"https://b.example/{'u' * 600}")
    return write(occasion, profile, banks, house, SENT_AT)


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("character", ['"', "🏦"])
@pytest.mark.parametrize("number", [1, 20, 200])
def test_no_letter_grows_beyond_its_limit(
    kind: Kind, language: str, character: str, number: int
) -> None:
    """Whatever banks call themselves, and however many there are, in both forms."""
    endless = character * 300
    written = letter_about(kind, language, crowd(number, kind, endless, endless), endless)

    assert len(written.html.encode()) < 60_000
    assert len(written.text.encode()) < 60_000
    assert len(written.subject) < 200


@pytest.mark.parametrize("kind", list(Kind))
def test_of_many_banks_the_first_are_told_in_full_and_the_others_counted(kind: Kind) -> None:
    """All are counted, most are named, and it is said where the others are found."""
    written = letter_about(kind, "en", crowd(200, kind, " Bank", ""), "Banktrack")

    in_full = sum(f"\n{number:03} Bank\n\n" in written.text for number in range(200))
    assert 10 <= in_full <= BANKS_IN_FULL
    assert f"And {200 - in_full} more\n" in written.text
    named = sum(f"{number:03} Bank" in written.text for number in range(200))
    assert in_full + 29 == named
    assert f" and {200 - named} more\n" in written.text
    assert "You find them in Banktrack, in the Banks section." in written.text
    assert "000 Bank and 199 other banks" in written.subject


def test_twenty_banks_are_told_in_full() -> None:
    """Of an ordinary kind."""
    kind = Kind.RED
    banks = [replace(bank, link=LINK) for bank in crowd(21, kind, " Bank", "Please log in")]
    written = letter_about(kind, "en", banks, "Banktrack")

    assert "\n019 Bank\n\n" in written.text
    assert "And 1 more\n\n020 Bank\n" in written.text
