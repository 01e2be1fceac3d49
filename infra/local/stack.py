"""The stack: everything that template.yaml describes, running on this machine's loopback."""

from __future__ import annotations

import contextlib
import json
import shutil
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from infra.local import wiring
from infra.local.engine import ASKS_IAM, EngineName, start_engine
from infra.local.functions.warm_function import Outcome, WarmFunction
from infra.local.functions.warm_process import FunctionSettings
from infra.local.host_app import HostApp
from infra.local.mail.events import destinations
from infra.local.mail.mails import Mailbox
from infra.local.parameters import AUDIENCE, Addresses, parameters
from infra.local.people import OWNERS, people
from infra.local.processes.lifeline import Lifeline, preferred_port
from infra.local.provider_settings import ProviderSettings
from infra.local.provisioning import Provisioner
from infra.local.push.service import PushService
from infra.local.roles import lend, make_roles
from infra.local.settling import settled
from infra.local.simulated_clock import SimulatedClock
from infra.local.simulators import Simulators
from infra.local.web.http_api import HttpApi
from infra.local.web.issuer import BANKS_CLIENT, Issuer
from infra.push_key import PushKey
from infra.sam.intrinsics import read
from infra.sam.template import TEMPLATE, load

if TYPE_CHECKING:
    from collections.abc import Mapping

    from infra.local.triggers.queue_poller import QueuePoller
    from infra.local.triggers.schedules import FiringSchedule
    from infra.local.triggers.stream_batches import Record
    from infra.local.triggers.stream_poller import StreamPoller
    from infra.sam.template import Function


@dataclass(frozen=True)
class StackOptions:
    """What can be chosen about a stack; a port of 0 is any free one."""

    engine: EngineName = "ministack"
    template: Path = TEMPLATE
    parameters: Mapping[str, Any] = field(default_factory=dict)
    """Template parameters that replace the local ones."""
    api_port: int = 0
    schedules: bool = True
    """Whether schedules fire; without, `fire` does it by hand."""
    ahead: int = 0
    """By how many seconds the stack's time is ahead when it starts."""


class Stack:
    """A running stack; use it as a context manager.

    Everything listens on loopback only. All child processes end with this one, however it ends.
    """

    def __init__(self, options: StackOptions | None = None) -> None:
        self.options = options or StackOptions()
        self._stop = threading.Event()
        self._closing = contextlib.ExitStack()
        try:
            self._start()
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Stop everything and remove the run's files."""
        self._stop.set()
        self._closing.close()

    def settle(self, timeout: float = 180.0) -> bool:
        """Wait until nothing happens any more unless time passes or somebody calls.

        Return False if something is still going on after `timeout` seconds.
        """
        return settled(self._triggers(), list(self.functions.values()), timeout)

    def fire(self, schedule: str) -> Outcome:
        """Fire a schedule of the template now."""
        return self.schedules[schedule].fire(self.clock.now())

    def replay_stream(self, n: int = 1, table: str | None = None) -> Outcome:
        """Deliver the last `n` stream records once more; only the one stream needs no name."""
        return _only(self.stream_pollers, table).replay(n)

    def replay_queue(self, queue: str, n: int = 1) -> Outcome:
        """Deliver the last `n` messages of a queue once more."""
        return self.queue_pollers[queue].replay(n)

    def stream_records(self, table: str | None = None) -> list[Record]:
        """Return all records that a stream carried, whether or not the filter let them pass."""
        return list(_only(self.stream_pollers, table).seen)

    def logs(self, function: str | None = None) -> str:
        """Return what a function, or everything in the stack, has written."""
        if function is not None:
            return self.functions[function].logs()
        files = sorted(self.run_dir.glob("*.log"))
        return "".join(file.read_text(errors="replace") for file in files)

    def items(self, table: str) -> list[dict[str, Any]]:
        """Return all items of a table, in DynamoDB's JSON."""
        pages = self.clients("dynamodb").get_paginator("scan")
        return [
            item
            for page in pages.paginate(TableName=self.attributes[table]["Ref"], ConsistentRead=True)
            for item in page["Items"]
        ]

    def waiting(self, queue: str) -> int:
        """Return how many messages a queue holds: visible, handed out or delayed."""
        names = ["", "NotVisible", "Delayed"]
        wanted = [f"ApproximateNumberOfMessages{name}" for name in names]
        reply = self.clients("sqs").get_queue_attributes(
            QueueUrl=self.attributes[queue]["Ref"], AttributeNames=wanted
        )
        return sum(int(reply["Attributes"].get(name, 0)) for name in wanted)

    def _start(self) -> None:
        keep, options = self._closing, self.options
        self.run_dir = Path(tempfile.mkdtemp(prefix="relink-"))
        keep.callback(shutil.rmtree, self.run_dir, ignore_errors=True)
        self.clock = SimulatedClock(self.run_dir / "clock", options.ahead)
        keep.callback(self.clock.close)
        self._lifeline = keep.enter_context(Lifeline())
        with ThreadPoolExecutor() as pool:
            engine = pool.submit(
                start_engine,
                options.engine,
                self._lifeline,
                self.clock,
                self.run_dir,
                asks_iam=options.engine == ASKS_IAM,
            )
            simulators = pool.submit(Simulators, self._lifeline, self.run_dir)
            self.issuer = keep.enter_context(contextlib.closing(Issuer(self.clock.now, AUDIENCE)))
            self.simulators = keep.enter_context(contextlib.closing(simulators.result()))
            self.simulators.shift_time(options.ahead)
            self.engine = engine.result()
        self.clients = keep.enter_context(contextlib.closing(self.engine.clients))
        self.mailbox = Mailbox(self.engine.url, self.clock.now)
        keep.callback(self.mailbox.close)
        self.push_key = PushKey.new()
        self.push_service = keep.enter_context(contextlib.closing(PushService(self.clock.now)))
        port = preferred_port(options.api_port) if options.api_port else 0
        self.api = HttpApi(port, self.clock.now, self.run_dir / "access.log")
        keep.callback(self.api.close)
        self.issuer.flow.register(BANKS_CLIENT, f"{self.api.url}/banks")
        self.banks = ProviderSettings.of(self.simulators)
        self.template = load(options.template, self._parameters())
        filled = {"ProviderSecrets": json.dumps(dict(self.banks.secrets))}
        self.attributes = Provisioner(self.template, self.clients, filled).provision()
        if self.engine.asks_iam:
            make_roles(self.template, self.attributes, self.clients)
        self.mailbox.tell(destinations(self.template, self.attributes), self.clients("sns"))
        self.host_app = HostApp(self.clients, str(self.template.parameters.get("EventBusName", "")))
        self.host_app.listen()
        self.functions = self._functions()
        if OWNERS in self.template.tables():
            self.issuer.people = lambda: people(self.items(OWNERS))
        self._connect()

    def _parameters(self) -> dict[str, Any]:
        """Return what the template's parameters are here, as far as it has them."""
        here = {
            **parameters(Addresses(self.issuer.url, self.api.url, self.push_service.url)),
            **self.push_key.parameters(),
            **self.banks.parameters,
            **self.options.parameters,
        }
        known = read(self.options.template).get("Parameters", {}).keys()
        return {k: v for k, v in here.items() if k in known or k.startswith("AWS::")}

    def _functions(self) -> dict[str, WarmFunction]:
        functions = {
            logical_id: WarmFunction(
                FunctionSettings(
                    name=self.attributes[logical_id]["Ref"],
                    handler=function.handler,
                    timeout=function.timeout,
                    memory=function.memory,
                    environment=self._environment(function),
                    code_root=(self.options.template.parent / function.code).resolve(),
                    arn=self.attributes[logical_id]["Arn"],
                    width=wiring.width(function),
                ),
                self._lifeline,
                self.clock,
                self.run_dir / f"{logical_id}.log",
            )
            for logical_id, function in self.template.functions().items()
        }
        for function in functions.values():
            self._closing.callback(function.close)
        with ThreadPoolExecutor() as pool:
            list(pool.map(WarmFunction.warm_up, functions.values()))
        return functions

    def _environment(self, function: Function) -> dict[str, str]:
        resolved = self.template.resolve(function.environment, self.attributes)
        role = self.attributes[function.role]["Arn"]
        return {
            **(lend(role, self.clients) if self.engine.asks_iam else {}),
            "AWS_ENDPOINT_URL": self.engine.url,
            "AWS_ENDPOINT_URL_SESV2": self.mailbox.url,
            **{name: str(value) for name, value in resolved.items()},
        }

    def _connect(self) -> None:
        """Let triggers and callers reach the functions."""
        wires = wiring.Wiring(
            self.template, self.attributes, self.functions, self.clients, self._stop
        )
        self.queue_pollers = wires.queue_pollers()
        self.stream_pollers = wires.stream_pollers()
        self.schedules = wires.schedules(self.clock)
        self.clock.on_move(self.simulators.shift_time)
        self.simulators.hear(self.api.url)
        self.clock.before_move(self.settle)
        self.api.open(wires.routes(), wires.authorizers(self.clock), self.functions, wires.cors())
        for trigger in self._triggers():
            trigger.start()
            self._closing.callback(trigger.close)
        for function in self.functions.values():  # first of all: what is under way ends at once
            self._closing.callback(function.close)

    def _triggers(self) -> list[QueuePoller | StreamPoller | FiringSchedule]:
        schedules = self.schedules.values() if self.options.schedules else ()
        return [*self.queue_pollers.values(), *self.stream_pollers.values(), *schedules]


def _only(pollers: Mapping[str, StreamPoller], table: str | None) -> StreamPoller:
    if table is not None:
        return pollers[table]
    (poller,) = pollers.values()
    return poller
