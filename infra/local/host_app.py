"""A host app's ear: a rule on the stack's event bus, and the queue that it fills.

Both emulators carry events from their bus to a queue; neither judges who may put them there.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from infra.local.clients import ACCOUNT, REGION
from relink.event_bus import SOURCE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from infra.local.clients import Clients

NAME = "host-app"


@dataclass
class HostApp:
    """Hears everything that the stack tells on one bus."""

    clients: Clients
    bus: str
    heard: list[Mapping[str, Any]] = field(default_factory=list)
    _url: str = ""

    def listen(self) -> None:
        """Begin to listen; without a bus there is nothing to hear."""
        if not self.bus:
            return
        self._url = self.clients("sqs").create_queue(QueueName=NAME)["QueueUrl"]
        events = self.clients("events")
        pattern = json.dumps({"source": [SOURCE]})
        events.put_rule(Name=NAME, EventBusName=self.bus, EventPattern=pattern)
        target = {"Id": NAME, "Arn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:{NAME}"}
        events.put_targets(Rule=NAME, EventBusName=self.bus, Targets=[target])

    def events(self, kind: str) -> list[Mapping[str, Any]]:
        """Return the details of all events of a kind so far, in the order of their arrival."""
        while self._url and (found := self._received()):
            self.heard += found
        return [event["detail"] for event in self.heard if event["detail-type"] == kind]

    def _received(self) -> list[Mapping[str, Any]]:
        sqs = self.clients("sqs")
        messages = sqs.receive_message(QueueUrl=self._url, MaxNumberOfMessages=10).get(
            "Messages", []
        )
        for message in messages:
            sqs.delete_message(QueueUrl=self._url, ReceiptHandle=message["ReceiptHandle"])
        return [json.loads(message["Body"]) for message in messages]
