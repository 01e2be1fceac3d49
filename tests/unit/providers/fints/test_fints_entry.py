"""What an owner enters, how the adapter is set up, and what it keeps to itself."""

from __future__ import annotations

import logging
import subprocess
import sys
import threading

import pytest

from relink.failures import Misconfigured
from relink.provider import Rejected
from relink.providers.fints import build
from relink.providers.fints.asking import WRONG_PIN
from relink.providers.fints.entry import MISSING, UNFIT
from tests.unit.providers.fints.scripted import BANK, PIN, SERVERS, URL, USER, Bench


@pytest.mark.parametrize(
    ("answers", "messages"),
    [
        ({"user": "", "pin": ""}, {"user": MISSING, "pin": MISSING}),
        ({"user": " ", "pin": "1"}, {"user": MISSING}),
        ({"user": "u" * 31, "pin": "1"}, {"user": UNFIT}),
        ({"user": "u", "pin": "1" * 100}, {"pin": UNFIT}),
        ({"user": "u", "pin": "12€45"}, {"pin": UNFIT}),
        ({"user": "u\x00", "pin": "1"}, {"user": UNFIT}),
        ({"user": "u", "pin": "1", "customer": "😀"}, {"customer": UNFIT}),
    ],
)
def test_what_a_bank_cannot_take_is_no_try(
    answers: dict[str, str],
    messages: dict[str, str],
) -> None:
    """The bank is not called: it would count."""
    bench = Bench()
    outcome = bench.log_in(None, **answers)
    assert isinstance(outcome, Rejected)
    assert messages == outcome.field_messages
    assert [] == bench.script.sent


def test_pin_with_separators_arrives_whole() -> None:
    """A PIN may hold what FinTS uses as punctuation."""
    bench = Bench()
    bench.play("wrong_pin")
    bench.log_in(user="a@b", pin="1'2+3:4?5@6ä")
    assert "++1?'2?+3?:4??5?@6ä'".encode("iso-8859-1") in bench.script.sent[0]
    assert b":a?@b:S:0:0'" in bench.script.sent[0]


@pytest.mark.parametrize(
    ("servers", "product"),
    [
        ("", "PRODUCT"),
        ("{}", "PRODUCT"),
        ("not json", "PRODUCT"),
        ("[]", "PRODUCT"),
        ('{"79999902": "http://fints.example"}', "PRODUCT"),
        ('{"79999902": "ftp://127.0.0.1"}', "PRODUCT"),
        ('{"79999902": 5}', "PRODUCT"),
        (SERVERS, ""),
    ],
)
def test_missing_settings_are_ours_to_mend(servers: str, product: str) -> None:
    """No server for the bank, one without TLS, no registration: no owner is told to do anything."""
    bench = Bench(servers=servers, product=product)
    with pytest.raises(Misconfigured):
        bench.log_in()
    assert [] == bench.script.sent


def test_loopback_needs_no_tls() -> None:
    """Simulators speak HTTP."""
    adapter = build({"FINTS_SERVERS": '{"1": "http://127.0.0.1:9/fints"}'})
    assert "http://127.0.0.1:9/fints" == adapter._url("1")
    assert URL == build({"FINTS_SERVERS": SERVERS})._url("79999902")


def test_form_is_described_without_the_library() -> None:
    """It costs a quarter of a second that the form does not need."""
    program = (
        "import sys; from relink.providers import load; from relink.connection import *;"
        "fields = load('fints', {}).describe_credentials(None);"
        "print([f.name for f in fields], 'fints' in sys.modules, 'lxml' in sys.modules)"
    )
    path = next(p for p in sys.path if p.endswith("functions"))
    command = [sys.executable, "-c", program]
    told = subprocess.run(command, capture_output=True, check=True, env={"PYTHONPATH": path})
    assert "['user', 'pin', 'customer'] False False" == told.stdout.decode().strip()


def test_only_the_pin_is_masked_and_none_is_transient() -> None:
    """User and PIN are kept, sealed; a customer number is not everybody's."""
    fields = build({}).describe_credentials(BANK)
    assert [("user", "text"), ("pin", "password"), ("customer", "text")] == [
        (f.name, f.kind) for f in fields
    ]
    assert [True, True, False] == [f.required for f in fields]
    assert not any(f.transient for f in fields)


def test_nothing_of_a_login_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    """The library would log every message, and what banks say."""
    caplog.set_level(logging.DEBUG)
    bench = Bench()
    bench.play("synchronised", "goodbye", "logged_in", "accounts")
    bench.log_in()
    bench.play("wrong_pin")
    assert {"pin": WRONG_PIN} == getattr(bench.log_in(), "field_messages", None)
    assert PIN not in caplog.text
    assert USER not in caplog.text
    assert "fehlgeschlagen" not in caplog.text


def test_threads_do_not_see_each_others_pins() -> None:
    """The library masks passwords by a switch for all threads: one would send `***`."""
    seen: list[bytes] = []

    def log_in(number: int) -> None:
        bench = Bench()
        bench.play("synchronised", "goodbye", "logged_in", "accounts")
        bench.log_in(user=USER, pin=f"secret-{number}")
        assert all(f"++secret-{number}'".encode() in m for m in bench.script.sent)
        seen.extend(bench.script.sent)

    threads = [threading.Thread(target=log_in, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert 8 * 5 == len(seen)
    assert not any(b"***" in message for message in seen)
