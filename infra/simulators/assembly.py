"""Puts the simulators together: one world, one server, all protocols and the switches."""

from __future__ import annotations

from infra.simulators.control import Control, Provider
from infra.simulators.enablebanking.service import EnableBankingService
from infra.simulators.faults import FAULTS
from infra.simulators.fints.bank import FinTsBank
from infra.simulators.plaid.service import PlaidService
from infra.simulators.powens.service import PowensService
from infra.simulators.server import SimulatorServer
from infra.simulators.simplefin.bridge import SimpleFinBridge
from infra.simulators.world import Clock, World

SERVICES = (
    EnableBankingService,
    FinTsBank,
    PlaidService,
    PowensService,
    SimpleFinBridge,
)


def assemble(port: int = 0, clock: Clock | None = None) -> SimulatorServer:
    """Return a server that has its port but does not serve yet (see `server.serving`)."""
    world = World({each.name: FAULTS.keys() | each.troubles.keys() for each in SERVICES}, clock)
    server = SimulatorServer(port, world)
    providers: list[Provider] = [each(world) for each in SERVICES]
    control = Control(world, {each.name: each for each in providers}, server.traffic)
    server.services = [*providers, control]
    return server
