"""The routes that ask for no token, in words (`infra.openapi.operations`)."""

from __future__ import annotations

from typing import Any, Final

from infra.openapi import queries as q
from infra.openapi.operations import PAGE, Operation, Told
from reconnect.shapes import attempts

FORM: Final = "application/x-www-form-urlencoded"
_SEEN: Final = Told("The page.", media=PAGE)
_ONWARD: Final = Told(
    "Onward, to the page that shows what came of it.", media="", headers=("Location",)
)
_OVER: Final = Told("The link is over; the page says why.", media=PAGE)
_PAUSED: Final = Told(
    "Too many tries; the page says until when.", media=PAGE, headers=("Retry-After",)
)
_FIELDS: Final = {
    "type": "object",
    "properties": {"form": {"type": "string", "description": "From the form itself."}},
    "additionalProperties": {"type": "string"},
    "description": "The form's own fields, which differ from bank to bank.",
}
_NONE: Final = {"type": "object", "description": "Nothing of it is read."}


def _query(name: str, words: str) -> dict[str, Any]:
    return {"name": name, "in": "query", "description": words, "schema": {"type": "string"}}


PUBLIC: Final[dict[str, Operation]] = {
    "GET /reconnect/{token}": Operation(
        "showForm",
        "Links",
        "Open a link",
        {200: _SEEN, 303: _ONWARD, 410: _OVER, 429: _PAUSED},
        ("not-found",),
        words="Reading consumes nothing: mail scanners come here first.",
        page=True,
    ),
    "POST /reconnect/{token}": Operation(
        "submitForm",
        "Links",
        "Submit credentials, or the answer to a challenge",
        {
            200: _SEEN,
            303: _ONWARD,
            410: _OVER,
            422: Told("The form, with what is wrong.", media=PAGE),
            429: _PAUSED,
        },
        ("not-found", "foreign-origin", "conflict", "malformed"),
        _FIELDS,
        page=True,
    ),
    "GET /reconnect/{token}/status": Operation(
        "showStatus",
        "Links",
        "See how an attempt stands",
        {
            200: Told("How it stands.", attempts.ReportShape | attempts.StandingShape),
            303: _ONWARD,
            410: _OVER,
            429: _PAUSED,
        },
        ("not-found", "link-over"),
        page=True,
    ),
    "POST /reconnect/{token}/fresh": Operation(
        "sendFreshLink",
        "Links",
        "Have a fresh link mailed to the owner, and to nobody else",
        {200: _SEEN},
        ("not-found", "foreign-origin", "conflict"),
        page=True,
    ),
    "GET /reconnect/callback": Operation(
        "comeBack",
        "Links",
        "Come back from the bank",
        {
            303: _ONWARD,
            403: Told("Another browser than the one that began.", media=PAGE),
            400: Told("Not what a bank sends its customers back with.", media=PAGE),
            404: Told("No attempt of ours; the page says how to start again.", media=PAGE),
            410: _OVER,
        },
        ("malformed", "another-browser", "not-found", "conflict"),
        query=q.BROUGHT,
        page=True,
    ),
    "GET /unsubscribe/{token}": Operation(
        "showUnsubscribe",
        "Links",
        "Open the link at the end of a reminder",
        {200: _SEEN},
        ("not-found",),
        page=True,
    ),
    "POST /unsubscribe/{token}": Operation(
        "unsubscribe",
        "Links",
        "Stop reminders (RFC 8058)",
        {200: _SEEN},
        ("not-found", "conflict"),
        _NONE,
        page=True,
    ),
    "GET /static/{file}": Operation(
        "readFile",
        "Links",
        "Read a file beside the pages",
        {200: Told("The file.", media="text/css text/javascript image/png image/svg+xml")},
        ("not-found",),
        query=(q.VERSION,),
        kept=True,
    ),
    "GET /banks": Operation(
        "showBanksPage",
        "Links",
        "Open the page of the owner's banks",
        {200: _SEEN},
        query=(_query("login_hint", "Whom the identity provider is to log in."),),
        words="It holds nothing of anybody's: the browser logs its owner in.",
        page=True,
    ),
    "GET /banks/worker.js": Operation(
        "readPushWorker",
        "Links",
        "Read the service worker that shows what is pushed",
        {200: Told("The script.", media="text/javascript")},
        kept=True,
    ),
    "GET /chat": Operation(
        "showChat",
        "Links",
        "Open the chat, where a script of its provider's is set",
        {200: _SEEN},
        ("not-found",),
        page=True,
    ),
    "POST /webhooks/{provider}": Operation(
        "takeWebhook",
        "Webhooks",
        "Take in what a provider tells unasked",
        {202: Told("Taken in, whatever it is worth.", attempts.NothingShape)},
        ("not-found", "malformed", "too-large", "unsupported-media-type"),
        {"description": "As the provider writes it."},
    ),
    "POST /webhooks/{provider}/{event}": Operation(
        "takeWebhookOfEvent",
        "Webhooks",
        "Take it in from a provider that has an address for each event",
        {202: Told("Taken in, whatever it is worth.", attempts.NothingShape)},
        ("not-found", "malformed", "too-large", "unsupported-media-type"),
        {"description": "As the provider writes it."},
    ),
}
