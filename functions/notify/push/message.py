"""What a push says: which banks need the owner, in his language, and where to go."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from relink.failures import plain
from relink.languages import translation

if TYPE_CHECKING:
    from collections.abc import Sequence

TAG: Final = "relink-needs-you"
"""Of all pushes: what is still shown, or not yet delivered, gives way to the next."""
NAME_LIMIT: Final = 60


def message(
    language: str, banks: Sequence[str], app_name: str, url: str, *, reminder: bool = False
) -> bytes:
    """Return the payload: `title`, `body`, `url` and `tag` as JSON, far below 3 kB.

    Banks of one name are told as one.
    """
    names = list(dict.fromkeys(_name(bank) for bank in banks))
    told = {
        "title": _title(language, names),
        "body": _body(language, len(names), _name(app_name), reminder=reminder),
        "url": url,
        "tag": TAG,
    }
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()


def _title(language: str, names: Sequence[str]) -> str:
    """Return the words that are also the mail's subject."""
    gettext = translation(language).gettext
    if len(names) == 1:
        return gettext("%(bank)s needs to be reconnected") % {"bank": names[0]}
    if len(names) == 2:  # noqa: PLR2004 - both have room
        both = {"one": names[0], "other": names[1]}
        return gettext("%(one)s and %(other)s need to be reconnected") % both
    told = {"bank": names[0], "number": len(names) - 1}
    return gettext("%(bank)s and %(number)s other banks need to be reconnected") % told


def _body(language: str, number: int, app: str, *, reminder: bool) -> str:
    ngettext = translation(language).ngettext
    if reminder:
        text = ngettext(
            "It is still not syncing. Open %(app)s: reconnecting takes about a minute.",
            "They are still not syncing. Open %(app)s: reconnecting takes about a minute each.",
            number,
        )
    else:
        text = ngettext(
            "It has stopped syncing. Open %(app)s: reconnecting takes about a minute.",
            "They have stopped syncing. Open %(app)s: reconnecting takes about a minute each.",
            number,
        )
    return text % {"app": app}


def _name(text: str) -> str:
    line = plain(text)
    return line if len(line) <= NAME_LIMIT else line[: NAME_LIMIT - 1] + "…"
