"""The switches: what a test, a demo or a person changes in the simulated world, and reads of it.

Everything is JSON below `/control`; errors are `{"error": text}` with a 4xx.

    GET   /control                              what there is: clock, banks, troubles, logins
    GET   /control/clock                        {"now", "offset"}
    POST  /control/clock                        {"offset": s} from real time, or {"advance": s}
    GET   /control/logins                       {"logins": [...]}
    GET   /control/logins/{provider}/{login}    trouble, banks, what the provider shows of it
    POST  /control/logins/{provider}/{login}    the login afresh, then as PATCH
    PATCH /control/logins/{provider}/{login}    {"trouble", "cycles", "minutes", "bank", "after",
                                                 "banks", and the trouble's options}
    GET   /control/calls                        ?provider ?login ?endpoint ?since=<mark>
    POST  /control/outage                       {"bank": id, "on": bool} or {"provider": ..., "on"}
    POST  /control/latency                      {"seconds": s} before each answer of a provider
    POST  /control/reset                        forget everything, the clock's offset included

Each provider adds its own below `/control/{provider}/`.
"""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Protocol

from infra.simulators.banking import BANKS
from infra.simulators.exchange import BadRequestError, Handler, Reply, Request, Routes
from infra.simulators.faults import FAULTS
from infra.simulators.server import Service, Traffic

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from infra.simulators.world import Login, World


class Provider(Service, Protocol):
    """A protocol's service as the control interface sees it."""

    name: str
    troubles: Mapping[str, str]  # its own, each with what it does

    def controls(self) -> Iterable[tuple[str, str, Handler]]:
        """Return its own control routes, as paths below `/control`."""

    def shown(self, login: Login) -> dict[str, Any]:
        """Return what it knows of a login, without any secret."""

    def forget(self, login: Login | None) -> None:
        """Forget what it keeps of a login, or of all."""


@dataclass
class Control:
    """The service below `/control`."""

    world: World
    providers: dict[str, Provider]
    traffic: Traffic
    prefix: str = "/control"
    latent: bool = False

    def __post_init__(self) -> None:
        own: list[tuple[str, str, Handler]] = [
            ("GET", "/", self._overview),
            ("GET", "/clock", self._clock),
            ("POST", "/clock", self._set_clock),
            ("GET", "/logins", self._logins),
            ("GET", "/logins/{provider}/{login}", self._login),
            ("POST", "/logins/{provider}/{login}", self._replace_login),
            ("PATCH", "/logins/{provider}/{login}", self._change_login),
            ("GET", "/calls", self._calls),
            ("POST", "/outage", self._outage),
            ("POST", "/latency", self._latency),
            ("POST", "/reset", self._reset),
        ]
        theirs = [route for each in self.providers.values() for route in each.controls()]
        self._routes = Routes([*own, *theirs])

    def answer(self, request: Request) -> Reply:
        """Answer a control request; a value that cannot be is a 422 with the reason."""
        try:
            with self.world.lock:
                return self._routes.answer(request)
        except BadRequestError as error:
            return Reply.of_json({"error": str(error)}, HTTPStatus.BAD_REQUEST)
        except KeyError as error:
            return Reply.of_json({"error": f"missing: {error}"}, HTTPStatus.UNPROCESSABLE_ENTITY)
        except (TypeError, ValueError) as error:
            return Reply.of_json({"error": str(error)}, HTTPStatus.UNPROCESSABLE_ENTITY)

    def _overview(self, _request: Request, _parts: dict[str, str]) -> Reply:
        return Reply.of_json(
            {
                "clock": self._time(),
                "latency": self.world.latency,
                "outages": self.world.outages,
                "banks": [vars(bank) for bank in BANKS.values()],
                "troubles": {
                    "every provider": FAULTS,
                    **{name: provider.troubles for name, provider in self.providers.items()},
                },
                "logins": [self._shown(login) for login in self.world.logins.values()],
            }
        )

    def _time(self) -> dict[str, int]:
        return {"now": self.world.now(), "offset": self.world.clock.offset}

    def _clock(self, _request: Request, _parts: dict[str, str]) -> Reply:
        return Reply.of_json(self._time())

    def _set_clock(self, request: Request, _parts: dict[str, str]) -> Reply:
        fields, clock = request.json(), self.world.clock
        clock.offset = (
            clock.offset + int(fields["advance"]) if "advance" in fields else int(fields["offset"])
        )
        return Reply.of_json(self._time())

    def _logins(self, _request: Request, _parts: dict[str, str]) -> Reply:
        return Reply.of_json({"logins": [self._shown(each) for each in self.world.logins.values()]})

    def _login(self, _request: Request, parts: dict[str, str]) -> Reply:
        login = self.world.logins.get((parts["provider"], parts["login"]))
        if login is None:
            return Reply.of_json({"error": "never seen"}, HTTPStatus.NOT_FOUND)
        return Reply.of_json(self._shown(login))

    def _replace_login(self, request: Request, parts: dict[str, str]) -> Reply:
        known = self.world.logins.pop((parts["provider"], parts["login"]), None)
        if known:
            self.providers[known.provider].forget(known)
        return self._change_login(request, parts)

    def _change_login(self, request: Request, parts: dict[str, str]) -> Reply:
        if parts["provider"] not in self.providers:
            raise ValueError(f"provider: one of {', '.join(self.providers)}")
        login = self.world.login(parts["provider"], parts["login"])
        self.world.change_login(login, request.json())
        return Reply.of_json(self._shown(login))

    def _shown(self, login: Login) -> dict[str, Any]:
        return {
            "provider": login.provider,
            "login": login.name,
            "trouble": login.trouble.shown(self.world.now()),
            "banks": [bank.id for bank in login.banks],
            **self.providers[login.provider].shown(login),
        }

    def _calls(self, request: Request, _parts: dict[str, str]) -> Reply:
        """Count what matches, in all and since a mark that an earlier answer gave."""
        asked = [request.first(name) for name in ("provider", "login", "endpoint")]
        since, calls = int(request.first("since") or 0), self.world.calls
        found = {
            key: count
            for key, count in calls.counts(since)
            if all(want in (None, have) for want, have in zip(asked, key, strict=True))
        }
        names = ("provider", "login", "endpoint")
        return Reply.of_json(
            {
                "mark": calls.mark,
                "since": since,
                "total": sum(found.values()),
                "counts": [
                    {**dict(zip(names, key, strict=True)), "count": count}
                    for key, count in found.items()
                ],
                "peak": self.traffic.peak,  # requests that were being answered at the same time
            }
        )

    def _outage(self, request: Request, _parts: dict[str, str]) -> Reply:
        fields = request.json()
        place = str(fields["bank"] if "bank" in fields else fields["provider"])
        if place not in BANKS and place not in self.providers:
            raise ValueError(f"bank: one of {', '.join([*BANKS, *self.providers])}")
        if fields["on"] is True:
            self.world.outages.setdefault(place, self.world.now())
        else:
            self.world.outages.pop(place, None)
        return Reply.of_json({"outages": self.world.outages})

    def _latency(self, request: Request, _parts: dict[str, str]) -> Reply:
        seconds = float(request.json()["seconds"])
        if not seconds >= 0:  # not-a-number is refused, too
            raise ValueError("seconds: a number that is not negative")
        self.world.latency = seconds
        return Reply.of_json({"seconds": self.world.latency})

    def _reset(self, _request: Request, _parts: dict[str, str]) -> Reply:
        self.world.reset()
        self.traffic.peak = self.traffic.now
        for provider in self.providers.values():
            provider.forget(None)
        return Reply.of_json(self._time())
