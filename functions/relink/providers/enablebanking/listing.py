"""One account's list of movements, page after page, in the widest window that the bank serves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from relink.failures import ProviderError
from relink.providers.enablebanking import codes, window
from relink.providers.transport import bad_answer
from relink.providers.wire import MOVEMENT_LIMIT

if TYPE_CHECKING:
    from collections.abc import Callable

    from relink.providers.enablebanking.cursor import Place
    from relink.providers.enablebanking.messages import Movement, Page
    from relink.providers.enablebanking.window import Window

PAGES_A_LIST = 1_000


class Listing:
    """A list under way: its rows so far, and where it goes on.

    The pages of a list are asked for with the same parameters as its first. An empty page may
    have a next one.
    """

    def __init__(
        self,
        ask: Callable[[dict[str, str]], Page],
        asked: Window,
        place: Place | None,
        now: int,
    ) -> None:
        self._ask = ask
        self._now = now
        self._afresh = asked
        self.window = place.window if place else asked
        self.key = place.key if place else ""
        self.pages = place.pages if place else 0
        self.rows: list[Movement] = []
        self.restarted = False

    def read(self, enough: Callable[[], bool]) -> bool:
        """Read on until there is enough for now; tell whether the list is complete.

        Raises `ProviderError`; a list that never ends is a bad answer.
        """
        while True:
            page = self._page()
            self.rows += page.transactions
            self.pages += 1
            following = page.continuation_key or ""
            endless = following and (following == self.key or self.pages >= PAGES_A_LIST)
            if endless or len(self.rows) > MOVEMENT_LIMIT:
                raise bad_answer("endless pages")
            self.key = following
            if not following:
                return True
            if enough():
                return False

    def _page(self) -> Page:
        while True:
            asked = self.window.query()
            try:
                return self._ask({**asked, "continuation_key": self.key} if self.key else asked)
            except ProviderError as error:
                if not self._otherwise(error):
                    raise

    def _otherwise(self, error: ProviderError) -> bool:
        """Take another way after a refusal, if there is one: a shorter window, or from page one."""
        if self.key:
            again = error.provider_code == "WRONG_CONTINUATION_KEY" and not self.restarted
            if again:
                self.key, self.pages, self.rows = "", 0, []
                self.window, self.restarted = self._afresh, True
            return again
        shorter = None
        if error.provider_code in codes.PERIOD:
            shorter = window.shorter(self.window, self._now)
        elif error.provider_code in codes.GENERIC and self.window.longest:
            # Banks are seen to refuse a long window in no more words than these.
            shorter = window.reachable(self._now)
        if shorter:
            self.window = shorter
        return shorter is not None
