"""The requests to a link: its form, the form's submission, the attempt's status, a fresh link."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from reconnect import answers
from reconnect.attempting import Standing, turn_of
from reconnect.submission import STALE_FORM, TOO_LONG, Faults, check, field_from, parse
from relink.attempts import State
from relink.intake import TooLarge
from relink.repository import Conflict

if TYPE_CHECKING:
    from aws_lambda_powertools import Logger
    from aws_lambda_powertools.event_handler import Response

    from reconnect.attempting import Reconnecting
    from reconnect.fresh import FreshLinks
    from reconnect.link_view import LinkView
    from reconnect.opened_link import Doorkeeper, OpenedLink
    from reconnect.submission import Submission
    from reconnect.visit import Visit

FORM_TYPE = "application/x-www-form-urlencoded"
TIMES_TO_DECIDE = 3
_ENDED_WELL: Final = frozenset({State.ACCEPTED, State.DONE})


class ForeignOrigin(Exception):
    """A browser says that another site sent this form."""


@dataclass(frozen=True, slots=True)
class LinkPages:
    """Answers the requests to a link; what is no answer of a page it raises.

    Each raises `NoSuchPage` for a token that is not ours.
    """

    door: Doorkeeper
    reconnecting: Reconnecting
    fresh: FreshLinks
    view: LinkView
    log: Logger

    def show(self, token: str, visit: Visit, now: int) -> Response[str]:
        """Return the form, or why there is none. Changes nothing: mail scanners come here first."""
        opened = self.door.open(token, visit, now)
        match opened.standing:
            case Standing.OPEN:
                return self.view.form(opened)
            case Standing.UNDER_WAY:
                return self._to_status(opened)
            case _:
                return self.view.over(opened)

    def submit(self, token: str, visit: Visit, now: int) -> Response[str]:
        """Make an attempt of a form, or answer a challenge: once, however often it is sent.

        Raises `ForeignOrigin`, what `Visit.body` and `parse` raise, and `Conflict` if others kept
        changing the connection.
        """
        self._refuse_foreign(visit)
        opened = self.door.open(token, visit, now)
        form = parse(visit.body(FORM_TYPE))
        for _ in range(TIMES_TO_DECIDE - 1):
            try:
                return self._decide(opened, form, visit)
            except Conflict:
                opened = self.door.open(token, visit, now)
        return self._decide(opened, form, visit)

    def status(self, token: str, visit: Visit, now: int) -> Response[str]:
        """Return how the link's last attempt stands, as a page or as JSON."""
        opened = self.door.open(token, visit, now)
        attempt, where = opened.attempt, opened.standing
        outdone = where is Standing.FIXED and attempt and attempt.state not in _ENDED_WELL
        paused_over = where is Standing.OPEN and attempt and attempt.state is State.REFUSED
        over = where in {Standing.USED, Standing.EXPIRED}
        if attempt is None or outdone or paused_over or over:
            return self._no_attempt(opened, json=visit.wants_json)
        self.reconnecting.hand_over_again(attempt, now)
        return self.view.attempt(opened, attempt, json=visit.wants_json)

    def send_fresh(self, token: str, visit: Visit, now: int) -> Response[str]:
        """Have a fresh link mailed to the owner. Raises `ForeignOrigin`."""
        self._refuse_foreign(visit)
        opened = self.door.open(token, visit, now)
        mailed = self.fresh.request(opened.connection, now)
        self.log.info(
            "fresh link asked for",
            connection_id=opened.connection.connection_id,
            mailed=mailed,
        )
        return self.view.sent(opened)

    def _decide(self, opened: OpenedLink, form: Submission, visit: Visit) -> Response[str]:
        made = self.reconnecting.made_by(opened.connection, form.form_id) if form.genuine else None
        if made is not None:
            self.reconnecting.hand_over_again(made, opened.now, at_once=True)
            return self._to_status(opened)
        if opened.standing is Standing.UNDER_WAY:
            return self._go_on(opened, form)
        if opened.standing is not Standing.OPEN:
            return self.view.over(opened)
        checked = check(self.view.fields_of(opened.connection.bank), form.values)
        if not form.genuine:
            shown = checked.shown if isinstance(checked, Faults) else {}
            return self.view.form(opened, faults=Faults({"": STALE_FORM}, shown))
        if isinstance(checked, Faults):
            return self.view.form(opened, form.form_id, checked)
        return self._begin(opened, form.form_id, checked, visit)

    def _begin(
        self,
        opened: OpenedLink,
        form_id: str,
        checked: dict[str, str],
        visit: Visit,
    ) -> Response[str]:
        presence = visit.presence()
        try:
            begun = self.reconnecting.begin(
                opened.connection, form_id, checked, presence, opened.now
            )
        except TooLarge:
            return self.view.form(opened, form_id, Faults({"": TOO_LONG}, {}))
        self.log.info(
            "attempt submitted",
            connection_id=begun.connection_id,
            attempt_id=begun.attempt_id,
        )
        return self._to_status(opened)

    def _go_on(self, opened: OpenedLink, form: Submission) -> Response[str]:
        """Answer the challenge that stands; anything else sent meanwhile changes nothing."""
        attempt = opened.attempt
        if attempt is None or attempt.state is not State.ASKING or form.turn != turn_of(attempt):
            if attempt is not None:
                self.reconnecting.hand_over_again(attempt, opened.now, at_once=True)
            return self._to_status(opened)
        checked = check([field_from(f) for f in attempt.fields], form.values)
        if isinstance(checked, Faults):
            return self.view.challenge(opened, attempt, checked)
        try:
            self.reconnecting.answer(opened.connection, attempt, checked, opened.now)
        except TooLarge:
            return self.view.challenge(opened, attempt, Faults({"": TOO_LONG}, {}))
        return self._to_status(opened)

    def _no_attempt(self, opened: OpenedLink, *, json: bool) -> Response[str]:
        where = opened.standing
        if json:
            over = where in {Standing.USED, Standing.EXPIRED}
            return answers.problem("link-over") if over else answers.document({"state": where})
        if where is Standing.OPEN:
            return answers.see_other(self.view.path(opened))
        return self.view.over(opened)

    def _to_status(self, opened: OpenedLink) -> Response[str]:
        return answers.see_other(self.view.path(opened, "/status"))

    def _refuse_foreign(self, visit: Visit) -> None:
        if not visit.own_origin(self.view.pages.house.public_url):
            raise ForeignOrigin
