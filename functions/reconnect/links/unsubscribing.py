"""The page behind the link at the end of a reminder: one button, no login, no more reminders.

A mail provider presses it, too, with a POST of its own (RFC 8058): no browser of ours, no origin,
a body that may be a form of either kind. Nothing of it is read, and nothing else can be done here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reconnect.visit import NoSuchPage
from relink import unsubscribing
from relink.reader import Reader
from relink.signing import InvalidToken

if TYPE_CHECKING:
    from aws_lambda_powertools import Logger
    from aws_lambda_powertools.event_handler import Response

    from reconnect.pages import Pages
    from reconnect.visit import Visit
    from relink.owners import Owners
    from relink.signing import KeyRing


@dataclass(frozen=True, slots=True)
class Unsubscribing:
    """Answers the requests to an unsubscribe link. Each raises `NoSuchPage` if it is not ours."""

    keys: KeyRing
    owners: Owners
    pages: Pages
    log: Logger

    def show(self, token: str, visit: Visit) -> Response[str]:
        """Return the page with the button. Changes nothing: mail scanners come here first."""
        owner_id = self._owner(token)
        profile = self.owners.profile(owner_id)
        reader = Reader.of(profile, visit.language)
        stopped = profile is not None and not profile.reminders
        path = f"{self.pages.house.base}{unsubscribing.PATH}{token}"
        return self.pages.render("unsubscribe", reader, {"stopped": stopped, "path": path})

    def stop(self, token: str, visit: Visit) -> Response[str]:
        """Stop the owner's reminders, and say what he is still told."""
        owner_id = self._owner(token)
        known = self.owners.stop_reminders(owner_id)
        self.log.info("reminders stopped", known=known)
        reader = Reader.of(self.owners.profile(owner_id), visit.language)
        return self.pages.render("unsubscribe", reader, {"stopped": True, "path": ""})

    def _owner(self, token: str) -> str:
        try:
            return unsubscribing.read(token, self.keys.keys_for(token))
        except InvalidToken as error:
            raise NoSuchPage from error
