"""How somebody reads: language, and dates in his own zone. Babel loads with the first date."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from relink.languages import DEFAULT, LANGUAGES, translation

if TYPE_CHECKING:
    from collections.abc import Sequence

    from babel import Locale

    from relink.owners import Profile

# Where a language is read in several countries, the one whose dates no reader takes for another.
_LOCALES: Final = {"en": "en_GB", "es": "es_ES"}


@dataclass(frozen=True, slots=True)
class Reader:
    """A language, and the zone in which times are told."""

    language: str
    zone: tzinfo = UTC

    @classmethod
    def of(cls, profile: Profile | None, browser_language: str = DEFAULT) -> Reader:
        """Return how an owner reads; without his profile, what the browser likes, and UTC."""
        if profile is None:
            return cls(browser_language)
        language = profile.language.split("-")[0].lower()
        known = language in LANGUAGES
        return cls(language if known else browser_language, zone(profile.time_zone) or UTC)

    def text(self, message: str) -> str:
        """Return a message in this language; what is no message of ours stays as it is."""
        return translation(self.language).gettext(message) if message else ""

    def day(self, time: int) -> str:
        """Return the date of an epoch second."""
        from babel.dates import format_date  # noqa: PLC0415 - most pages show none

        return format_date(self._local(time), "long", locale=self._locale())

    def moment(self, time: int) -> str:
        """Return date, time and zone of an epoch second."""
        from babel.dates import format_time  # noqa: PLC0415

        hour = format_time(self._local(time), "HH:mm z", locale=self._locale())
        return f"{self.day(time)}, {hour}"

    def short_day(self, time: int, now: int) -> str:
        """Return the date of an epoch second, without the year if it is this one."""
        from babel.dates import format_skeleton  # noqa: PLC0415

        local = self._local(time)
        if local.year != self._local(now).year:
            return self.day(time)
        return format_skeleton("MMMMd", local, locale=self._locale())

    def enumerate(self, names: Sequence[str], most: int) -> str:
        """Return the names as one phrase; those beyond the first few are counted."""
        from babel.lists import format_list  # noqa: PLC0415

        shown = list(names)
        if len(shown) > most:
            gettext = translation(self.language).gettext
            more = gettext("%(number)d more") % {"number": len(shown) - most + 1}
            shown = [*shown[: most - 1], more]
        return format_list(shown, locale=self._locale())

    def _local(self, time: int) -> datetime:
        return datetime.fromtimestamp(time, self.zone)

    def _locale(self) -> Locale:
        from babel import Locale  # noqa: PLC0415

        return Locale.parse(_LOCALES[self.language])


def zone(name: str) -> tzinfo | None:
    """Return the time zone of that IANA name, or None if there is none."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None
