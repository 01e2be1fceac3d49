"""The lists of banks: each provider is asked for its own about once a day.

A list is taken over as a whole. What a provider does not tell, or cannot, leaves the list before
as it was; a list that suddenly lacks most of its banks is not believed, and operators are told.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from aws_lambda_powertools import Logger

from relink.bank_lists import Standing
from relink.clock import DAY, HOUR
from relink.countries import COUNTRIES
from relink.failures import Misconfigured, ProviderError
from relink.faults import describe
from relink.providers import PROVIDERS
from relink.reasons import Reason

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from relink.bank_lists import BankLists
    from relink.offers import Offer
    from relink.provider import Provider

OLD: Final = 3 * DAY
"""From this age on, a list that cannot be renewed is something that operators should know of."""
FEW: Final = 20
"""Lists of fewer banks than these are settings of ours, and may shrink as we like."""
ID_LIMIT: Final = 64
NAME_LIMIT: Final = 100
logger = Logger(service="worker", child=True)


@dataclass(frozen=True)
class Listing:
    """The collaborators; `width` is how many providers are asked at once."""

    lists: BankLists
    provider: Callable[[str], Provider]
    time: Callable[[], int]
    width: int = len(PROVIDERS)

    def renew(self, deadline: int) -> dict[str, str]:
        """Renew the lists that are due; return what became of each."""
        known, now = self.lists.standings(), self.time()
        standings = [known.get(name, Standing(name)) for name in PROVIDERS]
        due = [standing for standing in standings if standing.again_at <= now]
        if not due:
            return {}
        with ThreadPoolExecutor(self.width) as pool:
            ended = pool.map(lambda standing: self._renewed(standing, deadline), due)
            outcomes = {s.provider: outcome for s, outcome in zip(due, ended, strict=True)}
        logger.info("banks listed", outcomes=outcomes)
        return outcomes

    def _renewed(self, standing: Standing, deadline: int) -> str:
        """Renew one list; whatever fails concerns this one alone, and is tried again."""
        now = self.time()
        try:
            offers = list(_usable(self.provider(standing.provider).banks(now, deadline)))
            if len(offers) < standing.banks / 2 and standing.banks >= FEW:
                _tell_operator(standing, "most banks are gone")
                self.lists.put_off(standing, now + HOUR)
                return "not believed"
            return f"{self.lists.replace(standing, offers, now).banks} listed"
        except ProviderError as error:
            self.lists.put_off(standing, max(error.retry_at or 0, now + HOUR))
            if _matters(error) or 0 < standing.listed_at < now - OLD:
                _tell_operator(standing, error.provider_code)
            return error.reason.value
        except Exception as error:  # noqa: BLE001 - the other lists stand
            logger.error(  # noqa: TRY400 - a traceback may hold a key of ours
                "fault of ours", provider=standing.provider, extra=describe(error)
            )
            return "failed"


def _matters(error: ProviderError) -> bool:
    """Tell whether waiting will not mend it; a limit on our requests lifts by itself."""
    ours = isinstance(error, Misconfigured) and error.reason is not Reason.RATE_LIMITED
    return ours or error.reason is Reason.UNKNOWN


def _usable(offers: Iterable[Offer]) -> Iterator[Offer]:
    """Yield the offers that a connection can be made of."""
    for offer in offers:
        bank = offer.bank
        within = 0 < len(bank.bank_id) <= ID_LIMIT and 0 < len(bank.name) <= NAME_LIMIT
        shown = bank.bank_id.isprintable() and bank.name.isprintable()
        if within and shown and bank.country in COUNTRIES:
            yield offer


def _tell_operator(standing: Standing, what: str) -> None:
    """Log what only we can mend: an alarm counts it (law 2)."""
    logger.error(
        "operator needed",
        provider=standing.provider,
        provider_code=what,
        reason="banks not listed",
        listed_at=standing.listed_at,
    )
