"""What functions find in AWS: the template's resources, held by an emulator on loopback."""

from __future__ import annotations

import contextlib
import json
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from infra.lambda_runtime.runtime_process import Deployed
from infra.local.clients import ACCOUNT, REGION
from infra.local.engine import start_engine
from infra.local.processes.lifeline import Lifeline
from infra.local.provisioning import Provisioner
from infra.local.simulated_clock import SimulatedClock
from infra.sam.template import load

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from infra.local.clients import Clients
    from infra.local.engine import EngineName
    from infra.local.provisioning import Attributes
    from infra.sam.template import Template

PARAMETERS = {
    "AWS::Region": REGION,
    "AWS::AccountId": ACCOUNT,
    "JwtIssuer": "https://login.example",
    "PublicUrl": "https://connect.example",
    "SenderAddress": "relink@example.com",
    "SenderIdentity": "example.com",
}


@dataclass(frozen=True)
class Account:
    """The template's resources; `folder` is for what is made along the way."""

    template: Template
    attributes: Attributes
    clients: Clients
    url: str
    folder: Path

    def deployed(self, function: str, package: Path, runtime: Path, python: str) -> Deployed:
        """Return a function, named by its logical id, as it is deployed here."""
        told = self.template.functions()[function]
        resolved = self.template.resolve(told.environment, self.attributes)
        environment = {name: str(value) for name, value in resolved.items()}
        environment["AWS_ENDPOINT_URL"] = self.url
        return Deployed(told.handler, package, runtime, python, environment, told.memory)

    def name(self, resource: str) -> str:
        """Return what `Ref` stands for: the name of a table, the address of a queue."""
        name: str = self.attributes[resource]["Ref"]
        return name


@contextmanager
def account(
    engine: EngineName = "moto",
    parameters: Mapping[str, Any] | None = None,
    secrets: Mapping[str, str] | None = None,
) -> Iterator[Account]:
    """Start an emulator and make in it what template.yaml describes; end it afterwards.

    `secrets` are those that the application has at its providers.
    """
    with contextlib.ExitStack() as keep:
        folder = Path(keep.enter_context(tempfile.TemporaryDirectory(prefix="relink-")))
        clock = SimulatedClock(folder / "clock", 0)
        keep.callback(clock.close)
        lifeline = keep.enter_context(Lifeline())
        running = start_engine(engine, lifeline, clock, folder)
        clients = keep.enter_context(contextlib.closing(running.clients))
        template = load(parameters={**PARAMETERS, **(parameters or {})})
        filled = {"ProviderSecrets": json.dumps(dict(secrets or {}))}
        attributes = Provisioner(template, clients, filled).provision()
        yield Account(template, attributes, clients, running.url, folder)
