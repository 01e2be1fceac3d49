"""What the desk's buttons do; each switch returns the page to go to next."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import urllib3

from infra.local.desk import deeds
from infra.local.mail.events import Fate
from infra.local.reachable_banks import reachable_banks
from infra.local.simulators import SimulatorsFailedError
from relink.clock import DAY

if TYPE_CHECKING:
    from infra.local.stack import Stack

Form = dict[str, str]
LONGEST_STEP = 366 * DAY


class RefusedError(Exception):
    """The stack would not do it; the message says why."""


class Switches:
    """The desk's actions on a running stack."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._http = urllib3.PoolManager()

    def close(self) -> None:
        """Close the connections."""
        self._http.clear()

    def advance(self, form: Form) -> str:
        """Move the stack's time forward."""
        seconds = _number(form, "seconds")
        if not 0 < seconds <= LONGEST_STEP:
            raise RefusedError("Time moves forward, by a year at most.")
        self._stack.clock.advance(int(seconds))
        return form.get("back", "/") if form.get("back", "").startswith("/") else "/"

    def connect(self, form: Form) -> str:
        """Begin a connection as its owner would in the host app; return the link to its form."""
        token = self._token(form)
        profile = {"email": form["email"], "language": form["language"], "time_zone": "UTC"}
        self._call("PUT", "/profile", token, profile)
        bank = next((bank for bank in reachable_banks() if bank.key == form["bank"]), None)
        if bank is None:
            raise RefusedError("There is no such bank.")
        made = self._call("POST", "/connections", token, {"bank": bank.wanted()})
        return str(made["connect_url"])

    def reconnect(self, form: Form) -> str:
        """Return a fresh link to a connection's reconnect page."""
        path = f"/connections/{form['connection_id']}/reconnect"
        return str(self._call("POST", path, self._token(form))["url"])

    def trouble(self, form: Form) -> str:
        """Give a login a trouble, or set it right."""
        change: dict[str, Any] = {"trouble": form["trouble"]}
        if form.get("cycles"):
            change["cycles"] = int(_number(form, "cycles"))
        if form.get("banks"):
            change["banks"] = form["banks"].split()
        self._simulate("PATCH", f"/logins/{form['provider']}/{form['login']}", change)
        return "/banks"

    def deed(self, form: Form) -> str:
        """Do what the owner does at his bank or in its app, or the bank for him."""
        try:
            deeds.do(self._stack.simulators, form["provider"], form["deed"], form["login"])
        except (KeyError, SimulatorsFailedError) as error:
            raise RefusedError(str(error)) from error
        return "/banks"

    def outage(self, form: Form) -> str:
        """Take a whole bank down, or bring it back."""
        self._simulate("POST", "/outage", {"bank": form["bank"], "on": form["on"] == "true"})
        return "/banks"

    def latency(self, form: Form) -> str:
        """Let every bank answer late."""
        self._simulate("POST", "/latency", {"seconds": _number(form, "seconds")})
        return "/banks"

    def refuse_mail(self, form: Form) -> str:
        """Let SES refuse the next requests."""
        self._stack.mailbox.refuse(times=int(_number(form, "times")))
        return "/mail"

    def mail_fate(self, form: Form) -> str:
        """Decide what awaits further mails to an address."""
        fate = _fate(form) if form.get("fate") else None
        self._stack.mailbox.decide(form.get("address", "").strip(), fate)
        return "/mail"

    def report_mail(self, form: Form) -> str:
        """Let SES learn what became of a mail."""
        mails = self._stack.mailbox.mails()
        mail = next((m for m in mails if str(m.number) == form.get("number")), None)
        if mail is None:
            raise RefusedError("There is no such mail.")
        self._stack.mailbox.report(mail, _fate(form))
        return f"/mail/{mail.number}"

    def subscribe(self, form: Form) -> str:
        """Let an owner be pushed to in a new browser, as the host app does."""
        token = self._token(form)
        browser = self._stack.push_service.subscribe(self._stack.push_key.public, form["sub"])
        self._call("PUT", "/push-subscriptions", token, browser.subscription())
        return "/push"

    def unsubscribe(self, form: Form) -> str:
        """End a subscription where it was made; the stack learns of it with the next push."""
        for browser in self._stack.push_service.browsers():
            if browser.endpoint == form.get("endpoint"):
                self._stack.push_service.unsubscribe(browser)
                return "/push"
        raise RefusedError("There is no such browser.")

    def refuse_push(self, form: Form) -> str:
        """Let the push service be busy for the next requests."""
        self._stack.push_service.refuse(times=int(_number(form, "times")), retry_after=120)
        return "/push"

    def token(self, form: Form) -> Form:
        """Return the form with the access token that it asks for."""
        return {**form, "token": self._token(form)}

    def _token(self, form: Form) -> str:
        return self._stack.issuer.token(form["sub"], form["workspace"], form["email"])

    def _simulate(self, method: str, path: str, body: Any) -> None:
        try:
            self._stack.simulators.control(method, path, body)
        except SimulatorsFailedError as error:
            raise RefusedError(str(error)) from error

    def _call(self, method: str, path: str, token: str, body: Any = None) -> Any:
        reply = self._http.request(
            method,
            self._stack.api.url + path,
            body=None if body is None else json.dumps(body),
            headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
            timeout=30,
            retries=False,
        )
        if reply.status >= HTTPStatus.BAD_REQUEST:
            raise RefusedError(f"{method} {path} answered {reply.status}: {reply.data.decode()}")
        return reply.json() if reply.data else None


def _fate(form: Form) -> Fate:
    try:
        return Fate(form.get("fate", ""))
    except ValueError as error:
        raise RefusedError("No mail ends like that.") from error


def _number(form: Form, name: str) -> float:
    try:
        return float(form.get(name, ""))
    except ValueError as error:
        raise RefusedError(f"{name} is no number.") from error
