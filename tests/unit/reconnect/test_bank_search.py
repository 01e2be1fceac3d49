from __future__ import annotations

from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconnect.api.bank_entries import Entry, entries
from reconnect.api.bank_search import _one_off, search
from relink.connection import Bank, Method
from relink.offers import Offer

NAMES = (
    "Banco Santander",
    "Santander",
    "Santander Consumer",
    "Caja Sanabria",
    "Nuevo Banco de Pruebas",
    "CaixaBank",
    "Caja Rural de Aragón",
    "Artesano",
)


def banks(*names: str) -> tuple[Entry, ...]:
    """Return entries of these names."""
    return entries(
        Offer(Bank(f"b{n}", name, "ES", "p", Method.CONSENT)) for n, name in enumerate(names)
    )


def found(typed: str, *names: str) -> list[str]:
    """Return the names found, best first."""
    return [entry.name for entry in search(banks(*(names or NAMES)), typed, 100).banks]


def test_whole_names_come_first_then_beginnings_then_words_then_parts() -> None:
    """Word beginnings before anything inside a word; by name within each."""
    assert [
        "Santander",
        "Santander Consumer",
        "Banco Santander",
    ] == found("santander")
    assert [
        "Santander",
        "Santander Consumer",
        "Banco Santander",
        "Caja Sanabria",
        "Artesano",
    ] == found("san")


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("ARAGON", ["Caja Rural de Aragón"]),
        ("aragón", ["Caja Rural de Aragón"]),
        ("  caja   ara ", ["Caja Rural de Aragón"]),
        ("rural, caja", ["Caja Rural de Aragón"]),
        ("caixa bank", ["CaixaBank"]),
        ("bank", ["CaixaBank"]),
        ("pruebas nuevo", ["Nuevo Banco de Pruebas"]),
        ("no such bank", []),
    ],
)
def test_case_accents_order_and_spaces_do_not_matter(typed: str, expected: list[str]) -> None:
    """People type half words, in any order."""
    assert expected == found(typed)


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("sanrander", ["Santander", "Santander Consumer", "Banco Santander"]),
        ("satnander", ["Santander", "Santander Consumer", "Banco Santander"]),
        ("santnder", ["Santander", "Santander Consumer", "Banco Santander"]),
        ("caixxabank", ["CaixaBank"]),
        ("ruarl", ["Caja Rural de Aragón"]),
        ("sxx", []),
        ("ssanrander", []),
    ],
)
def test_one_wrong_letter_is_forgiven_if_nothing_else_is_found(
    typed: str, expected: list[str]
) -> None:
    """One, in words long enough; never when there is a better answer."""
    assert sorted(expected) == sorted(found(typed))


def test_nearly_right_names_are_not_mixed_with_right_ones() -> None:
    """Who types it right sees no others."""
    assert ["Banca March"] == found("march", "Banca March", "Banca Marca")


def test_without_anything_typed_all_banks_come_by_name() -> None:
    """An app shows some before its user has typed; signs alone are nothing typed."""
    assert sorted(NAMES, key=str.lower) == found("")
    assert found("") == found(" .-' ")


def test_pages_are_the_whole_once() -> None:
    """However small they are."""
    everything = found("san")
    told: list[str] = []
    place = ""
    while True:
        page = search(banks(*NAMES), "san", 2, place)
        told += [bank.name for bank in page.banks]
        if not page.last:
            break
        place = page.last
    assert everything == told


def test_the_last_page_has_no_next_one() -> None:
    """Also if it is full."""
    assert not search(banks("A", "B"), "", 2).last
    assert search(banks("A", "B", "C"), "", 2).last
    assert not search((), "", 2).last


def test_a_list_that_changes_between_pages_repeats_nothing() -> None:
    """The next page goes on after the last bank that was told, be it gone or not."""
    first = search(banks("A", "B", "C", "D"), "", 2)
    after = search(banks("A2", "C", "D", "E"), "", 2, first.last)
    assert ["C", "D"] == [bank.name for bank in after.banks]


@given(st.text(max_size=40), st.lists(st.text(min_size=1, max_size=20), max_size=8))
def test_any_text_can_be_searched_for(typed: str, names: list[str]) -> None:
    """What is found is from the list, each once, whatever is typed."""
    listed = banks(*names)
    got = search(listed, typed, 100).banks
    assert len(got) == len({entry.key for entry in got})
    assert {entry.key for entry in got} <= {entry.key for entry in listed}


@given(st.text("abc", max_size=6), st.integers(0, 6), st.sampled_from("abc"))
def test_every_single_edit_is_one_off(word: str, at: int, letter: str) -> None:
    """Put in, left out, changed, swapped: in both directions."""
    edits = [word[:at] + letter + word[at:], word[:at] + word[at + 1 :]]
    edits += [word[:at] + letter + word[at + 1 :]]
    edits += [word[:at] + word[at + 1 : at + 2] + word[at : at + 1] + word[at + 2 :]]
    for edit in edits:
        assert _one_off(word, edit)
        assert _one_off(edit, word)


def test_two_edits_are_not() -> None:
    """Else short words would all be the same."""
    assert not _one_off("abcd", "abxy")
    assert not _one_off("abcd", "abcdef")
    assert not _one_off("abcd", "badc")


def test_the_largest_country_is_searched_in_no_time() -> None:
    """Twelve thousand banks, with the dearest search: one that forgives a letter."""
    listed = banks(*(f"First {n:05} Community Bank of Springfield" for n in range(12_000)))
    began = process_time()
    assert 0 == len(search(listed, "sprungfeild comunity", 20).banks)
    assert process_time() - began < 2


def test_the_same_word_many_times_costs_no_more_than_once() -> None:
    """A search is open to anybody who is signed in: what it costs does not grow with its length."""
    assert found("caja aragon") == found("caja aragon " * 40)


def test_of_very_many_words_the_first_decide() -> None:
    """No bank's name has more."""
    name = "uno dos tres cuatro cinco seis siete ocho"
    assert [name] == found(f"{name} nueve diez", name)
