"""Connect the template's triggers to running functions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from infra.local.functions.warm_process import WIDTH
from infra.local.triggers.patterns import read_patterns
from infra.local.triggers.queue_poller import QueuePoller, QueueSettings
from infra.local.triggers.schedule_expressions import parse
from infra.local.triggers.schedules import FiringSchedule, ScheduleSettings
from infra.local.triggers.stream_batches import RetryRules
from infra.local.triggers.stream_poller import StreamPoller, StreamSettings
from infra.local.web.authorizer import JwtAuthorizer
from infra.local.web.cors import Cors
from infra.local.web.routes import ApiRoute, RouteTable

if TYPE_CHECKING:
    import threading
    from collections.abc import Mapping

    from infra.local.clients import Clients
    from infra.local.functions.warm_function import WarmFunction
    from infra.local.provisioning import Attributes
    from infra.local.simulated_clock import SimulatedClock
    from infra.sam.template import Function, QueueSource, StreamSource, Template

ASYNC_RETRIES = 2
"""How often Lambda repeats a failed asynchronous invocation unless it is told otherwise."""


class Wiring:
    """Makes pollers and schedules as the template describes them."""

    def __init__(
        self,
        template: Template,
        attributes: Attributes,
        functions: Mapping[str, WarmFunction],
        clients: Clients,
        stop: threading.Event,
    ) -> None:
        self._template = template
        self._attributes = attributes
        self._functions = functions
        self._clients = clients
        self._stop = stop

    def queue_pollers(self) -> dict[str, QueuePoller]:
        """Return a poller for each queue that a function reads, by the queue's logical id."""
        return {
            source.queue: self._queue_poller(logical_id, source)
            for logical_id, function in self._template.functions().items()
            for source in function.queues
        }

    def stream_pollers(self) -> dict[str, StreamPoller]:
        """Return a poller for each stream that a function reads, by the table's logical id."""
        return {
            source.table: self._stream_poller(logical_id, source)
            for logical_id, function in self._template.functions().items()
            for source in function.streams
        }

    def schedules(self, clock: SimulatedClock) -> dict[str, FiringSchedule]:
        """Return the schedules, by the event's name."""
        return {
            schedule.name: FiringSchedule(
                ScheduleSettings(
                    schedule.name,
                    parse(schedule.expression, clock.now()),
                    schedule.input,
                    self._async_retries(logical_id),
                ),
                self._functions[logical_id],
                clock,
                self._stop,
            )
            for logical_id, function in self._template.functions().items()
            for schedule in function.schedules
        }

    def routes(self) -> RouteTable:
        """Return the routes of the HTTP API."""
        return RouteTable(
            ApiRoute(route.method, route.path, logical_id, route.authorizer)
            for logical_id, function in self._template.functions().items()
            for route in function.routes
        )

    def cors(self) -> Cors:
        """Return which pages may call the HTTP API."""
        return Cors.of(self._template.http_api().cors)

    def authorizers(self, clock: SimulatedClock) -> dict[str, JwtAuthorizer]:
        """Return the HTTP API's authorizers, by name."""
        api = self._template.http_api()
        return {
            name: JwtAuthorizer(issuer, list(api.audiences[name]), clock.now)
            for name, issuer in api.issuers.items()
        }

    def _queue_poller(self, function: str, source: QueueSource) -> QueuePoller:
        queue = self._attributes[source.queue]
        settings = QueueSettings(
            url=queue["Ref"],
            arn=queue["Arn"],
            batch_size=source.batch_size,
            window=source.window,
            partial=source.reports_failures,
            concurrency=concurrency(source),
            patterns=read_patterns(self._event(function, source.name).get("FilterCriteria")),
        )
        return QueuePoller(self._clients("sqs"), settings, self._functions[function], self._stop)

    def _stream_poller(self, function: str, source: StreamSource) -> StreamPoller:
        retries = -1 if source.maximum_retries is None else source.maximum_retries
        failures = self._attributes[source.on_failure]["Ref"] if source.on_failure else None
        settings = StreamSettings(
            arn=self._attributes[source.table]["StreamArn"],
            batch_size=source.batch_size,
            window=source.window,
            rules=RetryRules(retries, source.bisects, source.reports_failures),
            failure_queue_url=failures,
            patterns=read_patterns(self._event(function, source.name).get("FilterCriteria")),
        )
        return StreamPoller(self._clients, settings, self._functions[function], self._stop)

    def _event(self, function: str, name: str) -> Mapping[str, Any]:
        events = self._template.resources[function].properties["Events"]
        properties: Mapping[str, Any] = events[name]["Properties"]
        return properties

    def _async_retries(self, function: str) -> int:
        invoke = self._template.resources[function].properties.get("EventInvokeConfig", {})
        return int(invoke.get("MaximumRetryAttempts", ASYNC_RETRIES))


def concurrency(source: QueueSource) -> int:
    """Return how many batches of a queue are at work at once, as far as one machine goes."""
    return min(source.maximum_concurrency or 2, WIDTH)


def width(function: Function) -> int:
    """Return how many processes a function needs so that no trigger waits for another."""
    return (
        sum(concurrency(source) for source in function.queues)
        + len(function.streams)
        + len(function.schedules)
        + (WIDTH if function.routes else 0)
    )
