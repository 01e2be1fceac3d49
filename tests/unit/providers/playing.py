"""A provider that plays: answers by name, one after the other, the last one for ever."""

from __future__ import annotations

import json
from collections import deque
from dataclasses import dataclass, field
from typing import Any

from relink.failures import ProviderError
from relink.providers.transport import Answer, Transport

Played = Answer | ProviderError


def answer(body: Any, status: int = 200, **headers: str) -> Answer:
    """Return an answer; what is no bytes is sent as JSON."""
    sent = {"content-type": "application/json", **headers}
    return Answer(status, sent, body if isinstance(body, bytes) else json.dumps(body).encode())


@dataclass
class Playing(Transport):
    """A transport that plays what it was given for a request's name."""

    plays: dict[str, deque[Played]] = field(default_factory=dict)

    def play(self, name: str, *answers: Played) -> None:
        """Play these answers to requests of a name, instead of others."""
        self.plays[name] = deque(answers)

    def next(self, name: str) -> Answer | None:
        """Return the next answer, if any was given. Raises what is played as an error."""
        plays = self.plays.get(name)
        if not plays:
            return None
        played = plays.popleft() if len(plays) > 1 else plays[0]
        if isinstance(played, ProviderError):
            raise played
        return played
