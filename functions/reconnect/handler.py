"""The HTTP side: link pages and the owner's API. It takes credentials in; it calls no bank."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from botocore.exceptions import BotoCoreError, ClientError

from reconnect import answers
from reconnect.api import NotFound
from reconnect.assembly import bootstrap
from reconnect.caller import NoWorkspace
from reconnect.link_pages import ForeignOrigin
from reconnect.opened_link import NoSuchPage
from reconnect.visit import Invalid, Malformed, TooLarge, Visit, WrongType, from_event
from relink import clock
from relink.providers import UnknownProvider
from relink.reader import Reader
from relink.repository import Conflict

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

app = APIGatewayHttpResolver(debug=False)

_KINDS: Final[dict[type[Exception], str]] = {
    BotoCoreError: "unavailable",
    ClientError: "unavailable",
    Conflict: "conflict",
    ForeignOrigin: "foreign-origin",
    Invalid: "invalid",
    Malformed: "malformed",
    NoSuchPage: "not-found",
    NoWorkspace: "forbidden",
    NotFound: "not-found",
    NotFoundError: "not-found",
    TooLarge: "too-large",
    UnknownProvider: "unavailable",
    WrongType: "unsupported-media-type",
}


@app.get("/reconnect/<token>")
def show_form(token: str) -> Response[str]:
    """Show the form behind a link."""
    return bootstrap().link_pages.show(token, _visit(), clock.now())


@app.post("/reconnect/<token>")
def submit_form(token: str) -> Response[str]:
    """Take credentials, or the answer to a challenge."""
    return bootstrap().link_pages.submit(token, _visit(), clock.now())


@app.get("/reconnect/<token>/status")
def show_status(token: str) -> Response[str]:
    """Show how the attempt stands."""
    return bootstrap().link_pages.status(token, _visit(), clock.now())


@app.post("/reconnect/<token>/fresh")
def send_fresh_link(token: str) -> Response[str]:
    """Mail a fresh link to the owner."""
    return bootstrap().link_pages.send_fresh(token, _visit(), clock.now())


@app.get("/reconnect/callback")
def come_back() -> Response[str]:
    """Take in an owner whom his bank sends back."""
    return bootstrap().returning.come_back(_visit(), clock.now())


@app.get("/static/<file>")
def static_file(file: str) -> Response[str]:
    """Return a file beside the pages."""
    return answers.static(file, app.current_event.query_string_parameters.get("v", ""))


@app.get("/connections")
def list_connections() -> Response[str]:
    """List the caller's connections."""
    return bootstrap().api.list_connections(_visit(), clock.now())


@app.post("/connections")
def connect() -> Response[str]:
    """Make a connection."""
    return bootstrap().api.connect(_visit(), clock.now())


@app.get("/connections/<connection_id>")
def read_connection(connection_id: str) -> Response[str]:
    """Return one connection."""
    return bootstrap().api.read_connection(_visit(), connection_id, clock.now())


@app.post("/connections/<connection_id>/reconnect")
def reconnect(connection_id: str) -> Response[str]:
    """Return a fresh link."""
    return bootstrap().api.reconnect(_visit(), connection_id, clock.now())


@app.get("/notifications")
def notifications() -> Response[str]:
    """Return the caller's notices."""
    return bootstrap().api.notifications(_visit())


@app.get("/profile")
def read_profile() -> Response[str]:
    """Return the caller's profile."""
    return bootstrap().api.read_profile(_visit())


@app.put("/profile")
def write_profile() -> Response[str]:
    """Store the caller's profile."""
    return bootstrap().api.write_profile(_visit())


@app.exception_handler([*_KINDS])  # type: ignore[untyped-decorator]
def refuse(error: Exception) -> Response[str]:
    """Say what is wrong: on a page where a page was asked for, else as a problem document."""
    kind = next(kind for cls, kind in _KINDS.items() if isinstance(error, cls))
    if kind == "unavailable":
        _log(error)
    visit = _visit()
    if not app.current_event.path.startswith("/reconnect/") or visit.wants_json:
        return answers.problem(kind, error.errors if isinstance(error, Invalid) else ())
    status, _ = answers.PROBLEMS[kind]
    return bootstrap().pages.render(
        "problem",
        Reader(visit.language),
        {"kind": kind},
        status=status,
        headers=answers.retry_after(kind),
    )


def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer one request of the HTTP API."""
    bootstrap().log.append_keys(request_id=context.aws_request_id)
    return app.resolve(event, context)


def _visit() -> Visit:
    return from_event(app.current_event.raw_event)


def _log(error: Exception) -> None:
    """Log what failed, without the error's text: it may quote what was sent."""
    aws = error if isinstance(error, ClientError) else None
    bootstrap().log.error(
        "a call failed",
        error=type(error).__name__,
        code=aws.response["Error"]["Code"] if aws else None,
        operation=aws.operation_name if aws else None,
    )
