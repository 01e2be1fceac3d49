"""The HTTP side: link pages and the owner's API. It takes credentials in; it calls no bank."""

from __future__ import annotations

import secrets
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.api_gateway import BaseRouter
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from botocore.exceptions import BotoCoreError, ClientError

from reconnect import answers, snapshot
from reconnect.api.caller import NotFound, NoWorkspace
from reconnect.api.notifications import NotDismissible
from reconnect.assembly import bootstrap
from reconnect.links.pages import ForeignOrigin
from reconnect.routes import ROUTES, methods_of
from reconnect.routing import Asked
from reconnect.visit import Invalid, Malformed, NoSuchPage, TooLarge, Visit, WrongType, from_event
from relink import clock, faults
from relink.backoff import Throttled
from relink.providers import UnknownProvider
from relink.reader import Reader
from relink.writes import Conflict

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

    from reconnect.routing import Route

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
    NotDismissible: "not-dismissible",
    NotFound: "not-found",
    NotFoundError: "not-found",
    TooLarge: "too-large",
    Throttled: "unavailable",
    UnknownProvider: "unavailable",
    WrongType: "unsupported-media-type",
    Exception: "internal",  # what nobody foresaw: the last one, as each of the others is one
}
_LOGGED: Final = {"unavailable": "a call failed", "internal": "fault of ours"}
_BODILESS: Final = {"body": "", "isBase64Encoded": False}
_PAGES: Final = ("/chat", "/reconnect/", "/unsubscribe/")


def _serve(route: Route) -> None:
    """Have a route answered."""

    @app.route(route.rule, method=[*route.methods])
    def answer(**names: str) -> Response[str]:
        if app.current_event.http_method not in methods_of(app.current_event.path):
            raise NotFoundError
        now, services = clock.now(), bootstrap()
        asked = Asked(services, _visit(), now, names, f"{now:08x}{secrets.token_hex(8)}")
        if not route.once:
            return route.answer(asked)
        return services.once.answer(
            route.method,
            asked.visit,
            now,
            asked.seed,
            lambda seed: route.answer(replace(asked, seed=seed)),
        )


for each in ROUTES:
    _serve(each)
snapshot.register()


@app.exception_handler([*_KINDS])  # type: ignore[untyped-decorator]
def refuse(error: Exception) -> Response[str]:
    """Say what is wrong: on a page where a page was asked for, else as a problem document."""
    kind = next(kind for cls, kind in _KINDS.items() if isinstance(error, cls))
    if kind in _LOGGED:
        bootstrap().log.error(_LOGGED[kind], extra=faults.describe(error))
    visit = _visit()
    methods = methods_of(visit.path) if isinstance(error, NotFoundError) else ()
    if methods and app.current_event.http_method == "OPTIONS":
        return answers.done()  # API Gateway adds what it lets other sites' pages do
    if methods and app.current_event.http_method not in methods:
        return answers.problem("method", headers={"Allow": ", ".join(methods)})
    if not app.current_event.path.startswith(_PAGES) or visit.wants_json:
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
    before = getattr(BaseRouter, "current_event", None)
    try:
        answer = app.resolve(event, context)
        return {**answer, **_BODILESS} if _method(event) == "HEAD" else answer
    finally:  # the router would hold what was typed until the next request comes
        BaseRouter.current_event = before  # type: ignore[assignment]


def _method(event: dict[str, Any]) -> str:
    return str(event["requestContext"]["http"]["method"])


def _visit() -> Visit:
    return from_event(app.current_event.raw_event)
