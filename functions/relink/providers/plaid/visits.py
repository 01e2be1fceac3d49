"""What Plaid tells of the owner's visits to its page (OpenAPI description, "LinkToken…")."""

from __future__ import annotations

from pydantic import Field

from relink.providers.plaid.messages import Failure, Moment  # noqa: TC001 - Pydantic reads it
from relink.providers.wire import Identifier, Wire


class LinkToken(Wire):
    """The answer of `/link/token/create`."""

    link_token: Identifier
    hosted_link_url: str = Field(max_length=2048)
    expiration: Moment


class ExitDetails(Wire):
    """Where in Link the owner was when he left."""

    status: str | None = None


class Exit(Wire):
    """The owner left Link without finishing, because of `error` or of his own accord."""

    error: Failure | None = None
    metadata: ExitDetails | None = None


class Success(Wire):
    """What sessions of an older kind tell instead of `results`."""

    public_token: str | None = None


class Results(Wire):
    """What came of a session."""

    item_add_results: tuple[Success, ...] | None = None


class Event(Wire):
    """A step of the owner in Link."""

    event_name: str | None = None


class Session(Wire):
    """One visit of the owner to the page; there may be several of one Link token."""

    finished_at: Moment | None = None
    started_at: Moment | None = None
    on_success: Success | None = None
    results: Results | None = None
    on_exit: Exit | None = None
    exit: Exit | None = None
    events: tuple[Event, ...] | None = None


class Sessions(Wire):
    """The answer of `/link/token/get`; a session is there once the page has been opened."""

    link_sessions: tuple[Session, ...] | None = None
