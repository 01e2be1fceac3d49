"""The requests to a link: its form, the form's submission, the attempt's status, a fresh link."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from reconnect import answers
from reconnect.attempts.attempting import CALLBACK, turn_of
from reconnect.attempts.standing import Standing, effective
from reconnect.deciding import decided
from reconnect.links.fresh import Asked
from reconnect.links.submission import STALE_FORM, TOO_LONG, Faults, check, field_from, parse
from relink.attempt import State
from relink.intake import TooLarge
from relink.reasons import Status

if TYPE_CHECKING:
    from aws_lambda_powertools import Logger
    from aws_lambda_powertools.event_handler import Response

    from reconnect.attempts.attempting import Reconnecting
    from reconnect.links.browser import Browsers
    from reconnect.links.fresh import FreshLinks
    from reconnect.links.opening import Doorkeeper, OpenedLink
    from reconnect.links.submission import Submission
    from reconnect.links.viewing import LinkView
    from reconnect.visit import Visit
    from relink.attempt import Attempt
    from relink.entered import Entered

FORM_TYPE = "application/x-www-form-urlencoded"
AT_ONCE: Final = "go"
AGAIN: Final = "again"
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
    browsers: Browsers
    view: LinkView
    log: Logger

    def show(self, token: str, visit: Visit, now: int) -> Response[str]:
        """Return the form, or why there is none. Changes nothing: mail scanners come here first."""
        opened = self.door.open(token, visit, now)
        turn = ""
        if visit.query == AGAIN and opened.attempt and opened.away:
            turn, opened = turn_of(opened.attempt), replace(opened, attempt=None)
        match opened.standing:
            case Standing.OPEN:
                return self.view.form(opened, instead=turn)
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
        first = [opened]
        return decided(
            lambda: self._decide(
                first.pop() if first else self.door.open(token, visit, now), form, visit
            )
        )

    def status(self, token: str, visit: Visit, now: int) -> Response[str]:
        """Return how the link's last attempt stands, as a page or as JSON."""
        opened = self.door.open(token, visit, now)
        attempt, where = opened.attempt, opened.standing
        outdone = where is Standing.FIXED and attempt and _outdone(attempt)
        refused = where is Standing.OPEN and attempt and attempt.state is State.REFUSED
        paused_over = refused and attempt and attempt.paused_until <= now
        if attempt is None or outdone or paused_over or _over(opened, attempt):
            return self._no_attempt(opened, json=visit.wants_json)
        self.reconnecting.hand_over_again(attempt, now)
        if visit.wants_json:
            return self.view.attempt_as_json(opened, attempt)
        if effective(attempt, opened.connection, now) is State.REDIRECTING:
            may_go_on = self.browsers.may_go_on(visit, opened.connection, attempt)
            return self.view.away(opened, attempt, here=may_go_on, at_once=visit.query == AT_ONCE)
        return self.view.attempt(opened, attempt)

    def send_fresh(self, token: str, visit: Visit, now: int) -> Response[str]:
        """Have a fresh link mailed to the owner. Raises `ForeignOrigin`."""
        self._refuse_foreign(visit)
        opened = self.door.open(token, visit, now)
        asked = self.fresh.request(opened.connection, now)
        self.log.info(
            "fresh link asked for",
            connection_id=opened.connection.connection_id,
            mailed=asked is Asked.MAILED,
        )
        return self.view.sent(opened, reached=asked is not Asked.UNREACHABLE)

    def _decide(self, opened: OpenedLink, form: Submission, visit: Visit) -> Response[str]:
        made = self.reconnecting.made_by(opened.connection, form.form_id) if form.genuine else None
        if made is not None:
            self.reconnecting.hand_over_again(made, opened.now, at_once=True)
            return self._under_way(opened, made, form, visit)
        if _starts_again(opened, form):
            opened = replace(opened, attempt=None)
        if opened.standing is Standing.UNDER_WAY:
            return self._go_on(opened, form, visit)
        if opened.standing is not Standing.OPEN:
            return self.view.over(opened)
        checked = check(self.view.fields_of(opened.connection.bank), form.values)
        if not form.genuine:
            shown = checked.shown if isinstance(checked, Faults) else {}
            return self.view.form(opened, faults=Faults({"": STALE_FORM}, shown))
        if isinstance(checked, Faults):
            return self.view.form(opened, form.form_id, checked, instead=form.turn)
        return self._begin(opened, form, checked, visit)

    def _begin(
        self,
        opened: OpenedLink,
        form: Submission,
        checked: Entered,
        visit: Visit,
    ) -> Response[str]:
        root = visit.root(self.view.pages.house.public_url)
        presence = {**visit.presence(), "return_url": root + CALLBACK}
        try:
            begun = self.reconnecting.begin(
                opened.connection, form.form_id, checked, presence, opened.now
            )
        except TooLarge:
            faults = Faults({"": TOO_LONG}, {})
            return self.view.form(opened, form.form_id, faults, instead=form.turn)
        self.log.info(
            "attempt submitted",
            connection_id=begun.connection_id,
            attempt_id=begun.attempt_id,
        )
        return self._under_way(opened, begun, form, visit)

    def _under_way(
        self, opened: OpenedLink, attempt: Attempt, form: Submission, visit: Visit
    ) -> Response[str]:
        """Send the browser that has sent the form to the status, to be known there again.

        Who pressed a mere button to his bank is taken there as soon as we know the way.
        """
        mark = self.browsers.mark(visit, attempt.attempt_id, form.form_id)
        below = "/status" if form.values else f"/status?{AT_ONCE}"
        return answers.see_other(self.view.path(opened, below), mark)

    def _go_on(self, opened: OpenedLink, form: Submission, visit: Visit) -> Response[str]:
        """Answer the challenge that stands; anything else sent meanwhile changes nothing."""
        attempt = opened.attempt
        if attempt is None or form.turn != turn_of(attempt):
            return self._nothing_new(opened)
        if attempt.state is State.REDIRECTING:
            return self._back_without_callback(opened, attempt, visit)
        if attempt.state is not State.ASKING:
            return self._nothing_new(opened)
        checked = check([field_from(f) for f in attempt.fields], form.values)
        if isinstance(checked, Faults):
            return self.view.challenge(opened, attempt, checked)
        try:
            self.reconnecting.answer(opened.connection, attempt, checked, opened.now)
        except TooLarge:
            return self.view.challenge(opened, attempt, Faults({"": TOO_LONG}, {}))
        return self._to_status(opened)

    def _back_without_callback(
        self, opened: OpenedLink, attempt: Attempt, visit: Visit
    ) -> Response[str]:
        """Take the owner's word that he has finished at the bank: its adapter finds out.

        Not for a first connect: whoever began one could have sent the bank's page to a stranger,
        so that only the return of the browser that was there counts.
        """
        if not opened.first_time and self.browsers.may_go_on(visit, opened.connection, attempt):
            self.reconnecting.answer(opened.connection, attempt, {}, opened.now)
        return self._to_status(opened)

    def _nothing_new(self, opened: OpenedLink) -> Response[str]:
        if opened.attempt is not None:
            self.reconnecting.hand_over_again(opened.attempt, opened.now, at_once=True)
        return self._to_status(opened)

    def _no_attempt(self, opened: OpenedLink, *, json: bool) -> Response[str]:
        where = opened.standing
        if json:
            over = where in {Standing.USED, Standing.EXPIRED, Standing.DISCONNECTED}
            return answers.problem("link-over") if over else answers.document({"state": where})
        if where is Standing.OPEN:
            return answers.see_other(self.view.path(opened))
        return self.view.over(opened)

    def _to_status(self, opened: OpenedLink) -> Response[str]:
        return answers.see_other(self.view.path(opened, "/status"))

    def _refuse_foreign(self, visit: Visit) -> None:
        if not visit.own_origin(self.view.pages.house.public_url):
            raise ForeignOrigin


def _starts_again(opened: OpenedLink, form: Submission) -> bool:
    """Tell whether a new form is to take the place of the way to the bank that stands now."""
    attempt = opened.attempt
    if attempt is None or not opened.away:
        return False
    return form.genuine and form.turn == turn_of(attempt)


def _outdone(attempt: Attempt) -> bool:
    """Tell whether an attempt that failed matters no more, as the connection is well.

    One that was to fetch old movements is not made good by that.
    """
    return attempt.state not in _ENDED_WELL and not attempt.historical


def _over(opened: OpenedLink, attempt: Attempt) -> bool:
    """Tell whether the link is over, and not by the good end of its own attempt just now."""
    if opened.standing is Standing.USED and opened.connection.status is Status.GREEN:
        return attempt.state not in _ENDED_WELL
    return opened.standing in {Standing.USED, Standing.EXPIRED}
