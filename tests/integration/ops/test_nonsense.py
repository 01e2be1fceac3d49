"""What operators mistype at three in the morning: said in a line, and nothing is done."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import boto3
import pytest
from botocore.stub import Stubber

from infra.ops import __main__ as ops
from infra.ops.tables import MANIFEST, TABLES
from infra.ops.target import physical_ids
from relink import outages
from relink.bank_lists import BankLists, Standing
from relink.connection import Bank, Method
from relink.offers import Offer
from relink.providers import PROVIDERS
from tests.fakes import NOON

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.ops.conftest import Room


@pytest.fixture(autouse=True)
def known_provider(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the fake bank's adapter be one of ours."""
    monkeypatch.setitem(PROVIDERS, "fake", "fake")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("pause-bank", "fake", "--hours", "nan"), "nan is no number of hours"),
        (("pause-bank", "fake", "--hours", "inf"), "inf is no number of hours"),
        (("pause-bank", "fake", "--hours", "-3"), "-3 is no number of hours"),
        (("pause-bank", "fake", "--hours", "0"), "0 is no number of hours"),
        (("pause-bank", "fake", "--hours", "1e300"), "1e300 is no number of hours"),
        (("pause-bank", "fake", "--hours", "soon"), "soon is no number of hours"),
        (("redrive", "sync", "--limit", "-1"), "-1 is no number of messages"),
        (("redrive", "sync", "--limit", "0"), "0 is no number of messages"),
        (("dead-letters", "sync", "--limit", "all"), "all is no number of messages"),
        (("redrive", "sync", "--older-than=-3h"), "-3h is no age"),
        (("redrive", "sync", "--newer-than", "yesterday"), "yesterday is no age"),
        (("show", ""), "must not be empty"),
        (("replay", " "), "must not be empty"),
        (("delete-owner", ""), "must not be empty"),
        (("pause-bank", "fake", ""), "must not be empty"),
        (("--endpoint", "nonsense", "show", "con_1"), "nonsense is no address such as http://"),
        (("--endpoint", "http://", "show", "con_1"), "http:// is no address such as http://"),
        (("--endpoint", "http://a:b", "show", "con_1"), "http://a:b is no address such as http://"),
        (("--stack", "", "show", "con_1"), "must not be empty"),
    ],
)
def test_what_is_not_understood_is_not_begun(
    words: tuple[str, ...], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The word that is wrong is named; no stack is even looked for."""
    with pytest.raises(SystemExit) as stopped:
        ops.main(words)

    assert 2 == stopped.value.code
    assert told in capsys.readouterr().err


def test_a_bank_that_nobody_has_and_nobody_lists_is_not_paused(room: Room) -> None:
    """Its name is no id: who types it is told the ids of what is called so."""
    room.bench.add()
    lists = BankLists(room.bench.client, room.target.name("BanksTable"))
    banks = [Bank(f"id_{n}", f"Juniper {n}", "ES", "fake", Method.DIRECT) for n in range(3)]
    lists.replace(Standing("fake"), [Offer(bank) for bank in banks], NOON)

    told = room.ops("pause-bank", "fake", "juniper 2", expect=1)
    assert (
        "there is no bank 'juniper 2' at fake; by that name there is id_2 (Juniper 2, ES)" == told
    )
    told = room.ops("pause-bank", "fake", "walnut", expect=1)
    assert "there is no bank 'walnut' at fake" == told
    assert {} == outages.read(room.bench.client, "StateTable")

    assert "fake#id_2" == room.ops("pause-bank", "fake", "id_2")["place"]
    assert "fake#fakebank" == room.ops("pause-bank", "fake", "fakebank")["place"]


def test_a_pause_says_what_it_holds(room: Room) -> None:
    """The bank's name, and how many connections the schedule leaves alone."""
    room.bench.add()
    room.bench.add(connection_id="con_2")

    told = room.ops("pause-bank", "fake", "fakebank")

    assert ("Fake Bank", 2) == (told["bank"], told["connections"])
    assert ("all of fake", 2) == tuple(
        room.ops("pause-bank", "fake")[name] for name in ("bank", "connections")
    )


def test_a_damaged_manifest_is_no_export(room: Room, tmp_path: Path) -> None:
    """However it is damaged, nothing is imported."""
    room.ops("export-tables", f"{tmp_path}/out")
    texts = ["", "{", "[]", "null", '{"tables": 5}', '{"tables": {}}', "\xff"]
    for text in (*texts, '{"tables": {"StateTable": {}}}'):
        (tmp_path / "out" / MANIFEST).write_text(text, encoding="latin-1")

        told = room.ops("import-tables", f"{tmp_path}/out", "--over", "--yes", expect=1)

        assert f"{MANIFEST} is damaged; nothing is imported" == told


def test_a_file_that_is_missing_is_named(room: Room, tmp_path: Path) -> None:
    """An export is whole or none."""
    room.ops("export-tables", f"{tmp_path}/out")
    (tmp_path / "out" / f"{TABLES[1]}.jsonl").unlink()

    told = room.ops("import-tables", f"{tmp_path}/out", "--over", "--yes", expect=1)

    assert f"{TABLES[1]}.jsonl is missing" in told


def test_an_export_is_one_only_when_all_of_it_is_written(
    room: Room, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stop while the last word is written leaves none, and the next export goes through."""
    whole = json.dumps

    def stopped(value: object, **how: object) -> str:
        if isinstance(value, dict) and "exported_at" in value:
            raise OSError("no space left on device")
        return whole(value, **how)  # type: ignore[arg-type]

    with monkeypatch.context() as patched:
        patched.setattr("infra.ops.tables.json.dumps", stopped)
        room.ops("export-tables", f"{tmp_path}/out", expect=1)

    assert "holds no export" in room.ops("import-tables", f"{tmp_path}/out", expect=1)
    room.ops("export-tables", f"{tmp_path}/out")
    left = {file.name for file in (tmp_path / "out").iterdir()}
    assert {MANIFEST, *(f"{table}.jsonl" for table in TABLES)} == left


def test_a_stack_that_is_not_there_is_named_in_awss_own_words(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They say more than their code does."""
    client = boto3.client("cloudformation")

    def deployed(_: object) -> None:
        with Stubber(client) as stub:
            stub.add_client_error(
                "list_stack_resources", "ValidationError", "Stack with id relnik does not exist"
            )
            physical_ids(client, "relnik")

    monkeypatch.setattr(ops, "_target", deployed)

    told = room.ops("show", "con_1", expect=1)

    assert "ListStackResources: ValidationError: Stack with id relnik does not exist" == told
