"""Owners whom a bank sends back: find their attempt, take what they bring, once, and go on.

Whatever else arrives here changes nothing: a second time leads to the attempt's status, a state
that is none of ours to a page that says how to start again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reconnect import answers
from reconnect.attempts.attempting import attempt_named, came_before, has_state, with_code
from reconnect.deciding import decided
from reconnect.links.callback import read
from reconnect.visit import Malformed, NoSuchPage
from relink.intake import TooLarge
from relink.reader import Reader

if TYPE_CHECKING:
    from aws_lambda_powertools import Logger
    from aws_lambda_powertools.event_handler import Response

    from reconnect.attempts.attempting import Reconnecting
    from reconnect.links.browser import Browsers
    from reconnect.links.callback import Callback
    from reconnect.links.opening import Doorkeeper, OpenedLink
    from reconnect.links.viewing import LinkView
    from reconnect.visit import Visit
    from relink.attempt import Attempt


@dataclass(frozen=True, slots=True)
class Returning:
    """Answers the address that banks send owners back to."""

    door: Doorkeeper
    reconnecting: Reconnecting
    browsers: Browsers
    view: LinkView
    log: Logger

    def come_back(self, visit: Visit, now: int) -> Response[str]:
        """Hand what the owner brings to the worker, and show him how his attempt stands.

        Raises `Conflict` if others kept changing the connection; the bank's page may be reloaded.
        """
        try:
            came = read(visit.query)
            return decided(lambda: self._decide(came, visit, now))
        except (Malformed, TooLarge):
            return self._astray(visit, "malformed")
        except NoSuchPage:
            return self._astray(visit, "not-found")

    def _decide(self, came: Callback, visit: Visit, now: int) -> Response[str]:
        attempt = self._attempt(came.state)
        opened = self.door.readmit(attempt, visit, now)
        if not self.browsers.may_go_on(visit, opened.connection, attempt):
            return self._elsewhere(opened, visit)
        expected = opened.away and opened.attempt == attempt
        if expected and not came_before(attempt, came.code):
            self._take(opened, attempt, came)
        else:
            self.reconnecting.hand_over_again(attempt, now, at_once=True)
        return answers.see_other(self.view.path(opened, "/status"))

    def _attempt(self, state: str) -> Attempt:
        """Return the attempt that a state was given to. Raises `NoSuchPage`."""
        attempt_id = attempt_named(state)
        attempt = self.reconnecting.attempts.get(attempt_id) if attempt_id else None
        if attempt is None or not has_state(attempt, state):
            raise NoSuchPage
        return attempt

    def _take(self, opened: OpenedLink, attempt: Attempt, came: Callback) -> None:
        noted = with_code(attempt, came.code)
        self.reconnecting.answer(opened.connection, noted, came.answers, opened.now)
        self.log.info(
            "back from the bank",
            connection_id=attempt.connection_id,
            attempt_id=attempt.attempt_id,
        )

    def _elsewhere(self, opened: OpenedLink, visit: Visit) -> Response[str]:
        """Refuse a browser that did not begin the attempt, and give it no link to it either."""
        self.log.warning("back in another browser", connection_id=opened.connection.connection_id)
        if visit.wants_json:
            return answers.problem("another-browser")
        status, _ = answers.PROBLEMS["another-browser"]
        known = {"bank": opened.connection.bank, "connection": opened.connection}
        return self.view.pages.render("elsewhere", opened.reader, known, status=status)

    def _astray(self, visit: Visit, kind: str) -> Response[str]:
        if visit.wants_json:
            return answers.problem(kind)
        status, _ = answers.PROBLEMS[kind]
        return self.view.pages.render("astray", Reader.of(None, visit.language), status=status)
