"""Which page shows what: a link's standing, its form, a challenge, an attempt's state."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from reconnect import answers
from reconnect.attempting import Standing, turn_of
from reconnect.pages import inputs, new_form_id
from reconnect.reporting import as_json, report
from reconnect.submission import field_from
from relink.attempts import State

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from aws_lambda_powertools.event_handler import Response

    from reconnect.opened_link import OpenedLink
    from reconnect.pages import Pages
    from reconnect.reporting import Report
    from reconnect.submission import Faults
    from relink.attempts import Attempt
    from relink.connection import Bank
    from relink.provider import Field

_OVER: Final = {
    Standing.FIXED: ("fixed", 200),
    Standing.USED: ("used", 410),
    Standing.EXPIRED: ("expired", 410),
    Standing.PAUSED: ("paused", 429),
}
_ENDS: Final = {
    State.DONE: "done",
    State.REDIRECTING: "redirecting",
    State.UNAVAILABLE: "stopped",
    State.INTERRUPTED: "stopped",
    State.EXPIRED: "stopped",
}


@dataclass(frozen=True, slots=True)
class LinkView:
    """Shows opened links."""

    pages: Pages
    fields_of: Callable[[Bank], tuple[Field, ...]]

    def form(
        self,
        opened: OpenedLink,
        form_id: str = "",
        faults: Faults | None = None,
        told: Report | None = None,
    ) -> Response[str]:
        """Return the form: afresh, with what was wrong, or with what the bank said to the last."""
        messages = faults.messages if faults else told.messages if told else {}
        fields = self.fields_of(opened.connection.bank)
        context = {
            "form_id": form_id or new_form_id(),
            "inputs": inputs(fields, opened.connection, messages, faults.shown if faults else {}),
            "message": _unplaced(messages, fields),
            "told": told,
            "tries_left": opened.connection.tries_left(opened.now),
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

    def attempt(self, opened: OpenedLink, attempt: Attempt, *, json: bool) -> Response[str]:
        """Return how an attempt stands."""
        told = report(attempt, opened.connection, opened.now)
        if json:
            return answers.document(as_json(told, opened.reader))
        if told.state is State.ASKING:
            return self.challenge(opened, attempt)
        if told.state in {State.REJECTED, State.REFUSED}:
            return self._refused(opened, told)
        headers = {"Refresh": str(told.refresh)} if told.refresh else {}
        return self._page(
            _ENDS.get(told.state, "progress"), opened, {"told": told}, headers=headers
        )

    def over(self, opened: OpenedLink, told: Report | None = None) -> Response[str]:
        """Return why the link opens no form."""
        name, status = _OVER[opened.standing]
        headers = {}
        if opened.standing is Standing.PAUSED:
            wait = opened.connection.next_try_allowed_at() - opened.now
            headers["Retry-After"] = str(max(wait, 1))
        return self._page(name, opened, {"told": told}, status, headers)

    def sent(self, opened: OpenedLink) -> Response[str]:
        """Return what is said to whoever asks for a fresh link, whatever came of it."""
        return self._page("sent", opened, {})

    def path(self, opened: OpenedLink, below: str = "") -> str:
        """Return the path of the link's page, or of one below it."""
        return f"{self.pages.house.base}/reconnect/{opened.token}{below}"

    def _refused(self, opened: OpenedLink, told: Report) -> Response[str]:
        if opened.standing is Standing.PAUSED:
            return self.over(opened, told)
        return self.form(opened, told=told)

    def _page(
        self,
        name: str,
        opened: OpenedLink,
        context: Mapping[str, Any],
        status: int = 200,
        headers: Mapping[str, str] | None = None,
    ) -> Response[str]:
        known = {
            "connection": opened.connection,
            "bank": opened.connection.bank,
            "first_time": opened.first_time,
            "link_path": self.path(opened),
            "now": opened.now,
        }
        return self.pages.render(
            name, opened.reader, {**known, **context}, status=status, headers=headers
        )


def _unplaced(messages: Mapping[str, str], fields: tuple[Field, ...]) -> str:
    """Return the message that belongs to no field of the form."""
    names = {f.name for f in fields}
    return next((text for name, text in messages.items() if name not in names), "")
