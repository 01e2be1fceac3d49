"""The deployed handlers before each provider's simulator, with everything that they write kept."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import boto3
import pytest

from infra.simulators.assembly import assemble
from infra.simulators.server import serving
from infra.simulators.world import Clock as WorldClock
from relink.owners import Owners, Profile
from relink.providers import PROVIDERS
from tests.canaries.owner import Owner
from tests.canaries.sinks import Sinks
from tests.contract.bench.workbench import BACK, NOW, bench_of
from tests.contract.simulators.client import Simulators
from tests.fakes import Clock
from tests.privileges.house import house

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from infra.simulators.server import SimulatorServer
    from tests.contract.bench.workbench import Bench
    from tests.privileges.house import House

PIN = "canary-pin-83"
PARAMETERS = {
    "ENABLEBANKING_URL": "EnablebankingUrl",
    "FINTS_SERVERS": "FintsServers",
    "PLAID_URL": "PlaidUrl",
    "POWENS_CATALOGUE": "PowensCatalogue",
    "POWENS_URL": "PowensUrl",
    "SIMPLEFIN_URLS": "SimplefinUrls",
}
"""Which setting of an adapter is which parameter of the template; the others are our secrets."""


@dataclass
class World:
    """An owner, what lies around him, and the server of the simulators."""

    owner: Owner
    bench: Bench
    house: House
    sinks: Sinks
    server: SimulatorServer


@pytest.fixture(params=sorted(PROVIDERS))
def world(
    request: pytest.FixtureRequest, aws: None, monkeypatch: pytest.MonkeyPatch
) -> Iterator[World]:
    """Return the world of one provider's owner, whose words are being watched."""
    del aws
    for module in ("infra.simulators.fints.member", "tests.contract.bench.fints"):
        monkeypatch.setattr(f"{module}.PIN", PIN)  # the simulator's own could be any number
    clock, sinks = Clock(NOW), Sinks()
    with serving(assemble(0, WorldClock(lambda: clock.now))) as server:
        bench = bench_of(request.param)(Simulators(server.base), clock)
        told = bench.environ()
        with house(monkeypatch, NOW, **_parameters(told)) as made:
            made.clock = clock
            monkeypatch.setattr("relink.clock.now", clock)
            keys = {name: value for name, value in told.items() if name not in PARAMETERS}
            secret = made.name("ProviderSecrets")
            boto3.client("secretsmanager").put_secret_value(
                SecretId=secret, SecretString=json.dumps(keys)
            )
            owner = Owner(bench=bench, house=made, sinks=sinks)
            monkeypatch.setattr(bench, "step", owner.step)
            _reached(made)
            owner.begin()
            yield World(owner, bench, made, sinks, server)


def _parameters(told: Mapping[str, str]) -> dict[str, str]:
    ours = {PARAMETERS[name]: value for name, value in told.items() if name in PARAMETERS}
    return {**ours, "PublicUrl": BACK.removesuffix("/reconnect/callback")}


def _reached(made: House) -> None:
    owners = Owners(boto3.client("dynamodb"), made.name("OwnersTable"))
    reached = {"email": "own_1@example.com", "quiet_from": "00:00", "quiet_until": "00:00"}
    owners.change_profile(Profile(owner_id="own_1", workspace_id="ws_1"), reached)
