"""The contract of a bank adapter, logins: nothing is spent twice, and accounts are known again."""

from __future__ import annotations

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from infra.simulators.assembly import assemble
from infra.simulators.server import serving
from infra.simulators.world import Clock as WorldClock
from relink import clock as relink_clock
from relink.failures import NeedsOwner, ProviderError
from relink.provider import Rejected
from relink.providers import PROVIDERS, load
from relink.reasons import Reason, Scope, Status
from tests.contract.bench.workbench import DAY, bench_of, booked, identities
from tests.contract.simulators.client import Simulators

if TYPE_CHECKING:
    from relink.provider import SyncResult
    from tests.contract.bench.workbench import Bench
    from tests.fakes import Clock

HEAVY = {"boto3", "botocore", "cryptography", "fints", "jwt", "mt940", "requests", "sepaxml"}
DESCRIBE = """
import json, sys
from relink.connection import Bank, Method
from relink.providers import load

def forbid(event, _arguments):
    if event in {"socket.connect", "socket.getaddrinfo", "socket.sendto"}:
        raise SystemExit(f"opened a socket: {event}")

sys.addaudithook(forbid)
name, environ = sys.argv[1], json.loads(sys.argv[2])
fields = load(name, environ).describe_credentials(Bank("b", "A bank", "ES", name, Method.DIRECT))
print(json.dumps([len(fields), sorted({module.partition(".")[0] for module in sys.modules})]))
"""


def test_a_refused_login_is_told_and_not_tried_again(bench: Bench) -> None:
    """Three wrong tries lock an access: after two of the owner's, the right one still opens it."""
    for _ in range(2):
        outcome = bench.refused()
        assert isinstance(outcome, Rejected)
        assert outcome.field_messages
        assert all(outcome.field_messages.values())
        assert Status.RED is outcome.reason.status
    assert len(bench.connect().accounts) == 3


def test_what_was_spent_is_not_spent_again(bench: Bench) -> None:
    """A login that broke off goes on from whatever was kept of it, and ends the same."""
    first = bench.connect()
    spent, kept = bench.spent(), list(bench.kept)

    assert kept
    for continuation in kept:
        again = bench.step({}, continuation)
        assert identities(first) == identities(again)  # type: ignore[arg-type]
    assert spent == bench.spent()


def test_a_reconnect_shows_the_same_accounts(bench: Bench) -> None:
    """By identities that outlive it: with the old access at hand, and without."""
    first = bench.connect()
    for secret in (first.secret, None):
        again = bench.connect(secret)
        assert len(first.accounts) == len(again.accounts) == 3
        for old in first.accounts:
            assert any(set(old.identities) & set(new.identities) for new in again.accounts)
    shown = bench.pages(first.secret)[-1]
    assert identities(first) & identities(shown)
    assert {a.provider_id for a in shown.accounts} >= {t.account for t in shown.added}


def test_another_login_has_other_accounts(bench: Bench) -> None:
    """Nothing of one owner's accounts is taken for another's."""
    mine, theirs = bench.connect(), bench.another("fine.other").connect()

    assert not identities(mine) & identities(theirs)


def test_disconnecting_twice_is_no_error(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second time there is nothing to end, as it should be."""
    monkeypatch.setattr(relink_clock, "now", bench.clock)
    secret = bench.connect().secret
    for _ in range(2):
        bench.adapter.disconnect(bench.connection, secret)
    if bench.disconnects:
        error = bench.fails(secret)
        assert isinstance(error, NeedsOwner)
        assert Reason.CONNECTION_GONE is error.reason


def test_one_adapter_serves_twenty_threads(bench: Bench, clock: Clock) -> None:
    """Each gets what is its own, as if it were alone."""
    owners = [bench, *(bench.another(f"fine.owner{n}") for n in range(3))]
    with ThreadPoolExecutor(4) as pool:
        secrets = [o.secret for o in pool.map(lambda owner: owner.connect(), owners)]

    def read(number: int) -> SyncResult:
        return owners[number % 4].sync(secrets[number % 4], since=clock() - 5 * DAY)

    alone = [read(number) for number in range(4)]
    with ThreadPoolExecutor(20) as pool:
        together = list(pool.map(read, range(20)))

    assert 4 == len({account.identities for found in alone for account in found.accounts[:1]})
    for number, found in enumerate(together):
        assert booked(alone[number % 4]) == booked(found)
        assert alone[number % 4].accounts == found.accounts


@pytest.mark.parametrize("provider", sorted(PROVIDERS))
def test_nobody_there_is_not_reached(clock: Clock, provider: str) -> None:
    """Only then is the call given back to the day's allowance."""
    with serving(assemble(0, WorldClock(lambda: clock.now))) as server:
        bench = bench_of(provider)(Simulators(server.base), clock)
        secret = bench.connect().secret
        answers = bench.opening()
        bench.adapter = load(provider, bench.environ())  # without the connections that it has kept
    error = bench.fails(secret)
    with pytest.raises(ProviderError) as raised:
        bench.step(answers)

    for each in (error, raised.value):
        assert Reason.NOT_REACHED is each.reason
        assert Scope.PROVIDER is each.scope
        assert not each.reached


@pytest.mark.parametrize("provider", sorted(PROVIDERS))
def test_a_form_costs_neither_a_heavy_import_nor_a_call(
    simulators: Simulators, clock: Clock, provider: str
) -> None:
    """The page that shows it runs where neither is to be had."""
    environ = json.dumps(dict(bench_of(provider)(simulators, clock).environ()))
    command = [sys.executable, "-c", DESCRIBE, provider, environ]
    done = subprocess.run(command, capture_output=True, check=False, text=True, timeout=120)

    assert 0 == done.returncode, done.stderr
    assert not HEAVY & set(json.loads(done.stdout)[1])
