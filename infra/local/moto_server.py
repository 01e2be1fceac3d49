"""Serve moto one request at a time, in the stack's shifted time: `moto_server.py PORT`.

One at a time because moto's DynamoDB is not safe under concurrency: a transaction copies the whole
table and puts the copy back when it is cancelled, which loses what others wrote meanwhile.
"""

from __future__ import annotations

import datetime as dt
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

import moto.core.utils


def shifted_utcnow() -> dt.datetime:
    """Return `time.time`, which is shifted, as the naive UTC datetime that moto wants."""
    return dt.datetime.fromtimestamp(time.time(), dt.UTC).replace(tzinfo=None)


moto.core.utils.utcnow = shifted_utcnow  # before the services import it by name

from moto.moto_server.werkzeug_app import (  # noqa: E402
    DomainDispatcherApplication,
    MotoRequestHandler,
    create_backend_app,
)
from werkzeug.serving import run_simple  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Iterable


class OneAtATime:
    """A WSGI application behind a lock."""

    def __init__(self, application: Any) -> None:
        self._application = application
        self._lock = threading.Lock()

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Answer one request when no other is being answered."""
        with self._lock:
            return list(self._application(environ, start_response))


class Quietly(MotoRequestHandler):
    """A request handler that writes no access log."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing."""


if __name__ == "__main__":
    run_simple(
        "127.0.0.1",
        int(sys.argv[1]),
        OneAtATime(DomainDispatcherApplication(create_backend_app)),
        threaded=True,
        request_handler=Quietly,
    )
