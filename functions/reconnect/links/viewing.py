"""Which page shows what: a link's standing, its form, a challenge, an attempt's state."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from reconnect import answers
from reconnect.attempts.attempting import turn_of
from reconnect.attempts.renewal import RENEW, consent_text
from reconnect.attempts.standing import Standing
from reconnect.links.reporting import as_json, report
from reconnect.links.submission import field_from
from reconnect.pages import inputs, new_form_id
from relink.attempt import State

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from aws_lambda_powertools.event_handler import Response

    from reconnect.links.opening import OpenedLink
    from reconnect.links.reporting import Report
    from reconnect.links.submission import Faults
    from reconnect.pages import Pages
    from relink.accounts import StoredAccount
    from relink.attempt import Attempt
    from relink.connection import Bank, Connection
    from relink.provider import Field
    from relink.reasons import Reason

_OVER: Final = {
    Standing.FIXED: ("fixed", 200),
    Standing.USED: ("used", 410),
    Standing.EXPIRED: ("expired", 410),
    Standing.PAUSED: ("paused", 429),
    Standing.UNSUPPORTED: ("unsupported", 410),
    Standing.DISCONNECTED: ("disconnected", 410),
}
_ENDS: Final = {
    State.DONE: "done",
    State.UNAVAILABLE: "stopped",
    State.INTERRUPTED: "stopped",
    State.EXPIRED: "stopped",
}


@dataclass(frozen=True, slots=True)
class LinkView:
    """Shows opened links."""

    pages: Pages
    fields_of: Callable[[Bank], tuple[Field, ...]]
    accounts_of: Callable[[str], Sequence[StoredAccount]]

    def form(
        self,
        opened: OpenedLink,
        form_id: str = "",
        faults: Faults | None = None,
        told: Report | None = None,
        *,
        instead: str = "",
        again_at: int = 0,
    ) -> Response[str]:
        """Return the form: afresh, with what was wrong, or with what the bank said to the last.

        `instead` is the turn of an attempt whose place it is to take, `again_at` when the login
        that was entered may be tried again.
        """
        messages = faults.messages if faults else told.messages if told else {}
        fields = self.fields_of(opened.connection.bank)
        context = {
            "form_id": form_id or new_form_id(),
            "instead": instead,
            "inputs": inputs(fields, opened.connection, messages, faults.shown if faults else {}),
            "message": _unplaced(messages, fields),
            "told": told,
            "renew": RENEW,
            "tries_left": opened.connection.tries_left(opened.now),
            "again_at": again_at,
            "troubles": self._troubles(opened.connection),
        }
        return self._page("form", opened, context, 422 if faults else 200)

    def challenge(
        self,
        opened: OpenedLink,
        attempt: Attempt,
        faults: Faults | None = None,
    ) -> Response[str]:
        """Return what the bank asks in between."""
        fields = tuple(field_from(f) for f in attempt.fields)
        messages = faults.messages if faults else attempt.messages
        context = {
            "turn": turn_of(attempt),
            "inputs": inputs(fields, opened.connection, messages, faults.shown if faults else {}),
            "message": _unplaced(messages, fields),
            "prompt": attempt.prompt,
            "picture": attempt.picture,
        }
        return self._page("challenge", opened, context, 422 if faults else 200)

    def attempt(self, opened: OpenedLink, attempt: Attempt) -> Response[str]:
        """Return how an attempt stands."""
        told = report(attempt, opened.connection, opened.now)
        if told.state is State.ASKING:
            return self.challenge(opened, attempt)
        if told.state in {State.REJECTED, State.REFUSED} and not attempt.historical:
            return self._refused(opened, told, attempt.paused_until)
        context: dict[str, Any] = {"told": told, "look_again": told.refresh}
        if attempt.historical:
            return self._page("history", opened, context)
        if told.state is State.DONE:
            context["troubles"] = self._troubles(opened.connection)
        return self._page(_ENDS.get(told.state, "progress"), opened, context)

    def attempt_as_json(self, opened: OpenedLink, attempt: Attempt) -> Response[str]:
        """Return how an attempt stands, for a program."""
        told = report(attempt, opened.connection, opened.now)
        return answers.document(as_json(told, opened.reader))

    def away(
        self, opened: OpenedLink, attempt: Attempt, *, here: bool, at_once: bool
    ) -> Response[str]:
        """Return the way to the bank's own page, unless another browser is to go there.

        With `at_once` the browser is sent on by the page, not by a redirect: the policy that lets
        forms be sent to us alone would stop one that follows a form.
        """
        context = {"url": attempt.redirect_url, "turn": turn_of(attempt), "here": here}
        going = here and at_once and _is_address(attempt.redirect_url)
        headers = {"Refresh": f"0; url={attempt.redirect_url}"} if going else {}
        return self._page("redirecting", opened, context, headers=headers)

    def over(self, opened: OpenedLink, told: Report | None = None) -> Response[str]:
        """Return why the link opens no form."""
        name, status = _OVER[opened.standing]
        headers = {}
        if opened.standing is Standing.PAUSED:
            wait = opened.connection.next_try_allowed_at() - opened.now
            headers["Retry-After"] = str(max(wait, 1))
        context: dict[str, Any] = {"told": told}
        if opened.standing is Standing.USED:
            context["troubles"] = self._troubles(opened.connection)
        return self._page(name, opened, context, status, headers)

    def sent(self, opened: OpenedLink, *, reached: bool) -> Response[str]:
        """Return what is said to whoever asks for a fresh link, whatever came of it.

        Only that no mail reaches the owner is said, lest he wait for one; no address is.
        """
        return self._page("sent" if reached else "unsent", opened, {})

    def path(self, opened: OpenedLink, below: str = "") -> str:
        """Return the path of the link's page, or of one below it."""
        return f"{self.pages.house.base}/reconnect/{opened.token}{below}"

    def _troubles(self, connection: Connection) -> list[tuple[str, Reason]]:
        """Return the names of the accounts that only their owner can mend, each with why."""
        found = connection.red_accounts
        if not found:
            return []
        names = {a.account_id: a.shown_name for a in self.accounts_of(connection.connection_id)}
        told = [(names[account], why) for account, why in found.items() if account in names]
        return sorted(told)

    def _refused(self, opened: OpenedLink, told: Report, again_at: int) -> Response[str]:
        if opened.standing is Standing.PAUSED:
            return self.over(opened, told)
        return self.form(opened, told=told, again_at=again_at)

    def _page(
        self,
        name: str,
        opened: OpenedLink,
        context: Mapping[str, Any],
        status: int = 200,
        headers: Mapping[str, str] | None = None,
    ) -> Response[str]:
        connection = opened.connection
        known = {
            "connection": connection,
            "bank": connection.bank,
            "first_time": opened.first_time,
            "connects_for": opened.connects_for,
            "link_path": self.path(opened),
            "ending": consent_text(connection, opened.reader, opened.now) if opened.renewal else "",
            "now": opened.now,
        }
        return self.pages.render(
            name, opened.reader, {**known, **context}, status=status, headers=headers
        )


def _is_address(url: str) -> bool:
    """Tell whether a header may carry it: one address, and nothing besides."""
    web = url.startswith(("https://", "http://"))
    return web and url.isascii() and url.isprintable() and " " not in url


def _unplaced(messages: Mapping[str, str], fields: tuple[Field, ...]) -> str:
    """Return the message that belongs to no field of the form."""
    names = {f.name for f in fields}
    return next((text for name, text in messages.items() if name not in names), "")
