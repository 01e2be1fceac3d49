"""The browser in which an attempt began, known by the mark of the form that it sent.

Whoever brings a consent for a connection whose accounts nobody knows yet must have begun it, or a
stranger could be made to give his own. The attempt's id is the hash of that mark, so nothing more
is stored, and a form that is sent again leaves the same mark again.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from aws_lambda_powertools.shared.cookies import Cookie, SameSite

from reconnect.attempts.attempting import attempt_id_for
from reconnect.links.submission import genuine
from relink.transit import LOOPBACK

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from reconnect.visit import Visit
    from relink.accounts import StoredAccount
    from relink.attempt import Attempt
    from relink.connection import Connection

MARK_LIFE: Final = 3600


@dataclass(frozen=True, slots=True)
class Browsers:
    """Marks browsers and knows them again; `accounts_of` returns what is known of a connection."""

    accounts_of: Callable[[str], Sequence[StoredAccount]]
    public_url: str

    def mark(self, visit: Visit, attempt_id: str, form_id: str) -> Cookie:
        """Return the cookie that the browser sends along when a bank sends it back.

        Each attempt has one of its own, so that two banks can be connected side by side.
        """
        secure = self._secure(visit)
        return Cookie(
            name=_name(attempt_id, secure=secure),
            value=form_id,
            path="/",
            secure=secure,
            http_only=True,
            max_age=MARK_LIFE,
            same_site=SameSite.LAX_MODE,
        )

    def may_go_on(self, visit: Visit, connection: Connection, attempt: Attempt) -> bool:
        """Tell whether this browser may bring a consent for the attempt.

        It is the one that began it; or any, where the consent must show accounts that we know.
        """
        shown = visit.cookies.get(_name(attempt.attempt_id, secure=self._secure(visit)), "")
        began = attempt_id_for(connection, shown) if genuine(shown) else ""
        return hmac.compare_digest(began, attempt.attempt_id) or bool(
            self.accounts_of(connection.connection_id)
        )

    def _secure(self, visit: Visit) -> bool:
        """Tell whether a cookie may ask for HTTPS: always, but on a developer's own machine."""
        address = urlsplit(visit.root(self.public_url))
        return address.scheme != "http" or address.hostname not in LOOPBACK


def _name(attempt_id: str, *, secure: bool) -> str:
    """Return the cookie's name; the prefix keeps other hosts of our domain from setting it."""
    return f"{'__Host-' if secure else ''}relink-{attempt_id[-12:]}"
