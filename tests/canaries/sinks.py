"""Everywhere that words of ours can end up, and the search in them for what nobody may read."""

from __future__ import annotations

import contextlib
import email
import email.policy
import io
import json
import logging
import os
import re
import traceback
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.types import Binary
from botocore.client import BaseClient
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.ses.models import ses_backends

import relink

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import pytest

CLEAR_BY_NATURE = {"Encrypt": "Plaintext"}
"""The one call whose very purpose is to hand over something in clear: to KMS, to have it sealed."""
SHORT = 8
FUNCTIONS = str(Path(relink.__file__).parents[1]) + os.sep
HOLDERS = tuple(FUNCTIONS + name for name in ("relink/providers/", "relink/intake.py"))
"""Where what is entered is handed to a bank, or to KMS to be sealed."""


class Stopped(BaseException):
    """The process stops at an AWS call; what a debugger or a dump would see is looked at."""


@dataclass
class Sinks:
    """What was written where. Everything is kept until it is searched."""

    texts: dict[str, list[str]] = field(default_factory=dict)
    written: io.StringIO = field(default_factory=io.StringIO)
    stop_in: int = 0
    """At which of the next AWS calls the process stops; 0 for none."""

    def put(self, sink: str, *texts: object) -> None:
        """Keep what got into a sink."""
        self.texts.setdefault(sink, []).extend(readable(t) for t in texts)

    def counts(self) -> dict[str, int]:
        """Return how much lies in each sink."""
        return dict(Counter({name: len(texts) for name, texts in self.texts.items()}))

    def found(self, canaries: Iterable[str]) -> list[str]:
        """Return which canary was found where."""
        seen = [(c, _pattern(c)) for c in sorted(canaries)]
        return [
            f"{canary} in {sink}: ...{text[max(0, at.start() - 60) : at.end() + 60]}..."
            for sink, texts in self.texts.items()
            for text in texts
            for canary, pattern in seen
            if (at := pattern.search(text))
        ]

    @contextlib.contextmanager
    def open(self, patch: pytest.MonkeyPatch) -> Iterator[None]:
        """Keep all that is logged, printed or sent to AWS meanwhile."""
        call = BaseClient._make_api_call  # type: ignore[attr-defined]

        def kept(client: Any, operation: str, given: dict[str, Any]) -> Any:
            self.stop_in -= 1
            if self.stop_in == 0:
                raise Stopped
            hidden = CLEAR_BY_NATURE.get(operation)
            shown = {name: value for name, value in given.items() if name != hidden}
            self.put(f"sent to {client.meta.service_model.service_name}", shown)
            return call(client, operation, given)

        handler = logging.StreamHandler(self.written)
        handler.setLevel(logging.WARNING)  # what Lambda's own handler would show of libraries
        with patch.context() as within, contextlib.redirect_stdout(self.written):
            within.setattr(BaseClient, "_make_api_call", kept)
            for logger in _ours():
                for each in logger.handlers:
                    if type(each) is logging.StreamHandler:
                        within.setattr(each, "stream", self.written)
            logging.getLogger().addHandler(handler)
            try:
                yield
            finally:
                logging.getLogger().removeHandler(handler)
                self._read_written()

    def crash(self, error: BaseException) -> None:
        """Keep an error that left a handler: all that hangs on it, and its frames' locals.

        Not those of libraries and of `HOLDERS`, which cannot but hold it; and nothing of ours
        shows locals.
        """
        shown = traceback.TracebackException.from_exception(error)
        self.put("crash dumps", "".join(shown.format()), repr(error), str(error))
        for frame, _ in traceback.walk_tb(error.__traceback__):
            name = frame.f_code.co_filename
            if name.startswith(FUNCTIONS) and not name.startswith(HOLDERS):
                values = {k: repr(v) for k, v in frame.f_locals.items()}
                self.put("locals in crash dumps", {frame.f_code.co_qualname: values})

    def _read_written(self) -> None:
        for line in self.written.getvalue().splitlines():
            self.put("metrics" if '"_aws"' in line else "log lines", line)
        self.written.seek(0)
        self.written.truncate()


def mails() -> list[str]:
    """Return the mails that SES has, decoded: headers and both bodies."""
    found = []
    for sent in ses_backends[DEFAULT_ACCOUNT_ID]["eu-west-1"].sent_messages:
        message: Any = email.message_from_string(sent.raw_data, policy=email.policy.default)
        parts = [p.get_content() for p in message.walk() if not p.is_multipart()]
        found.append("\n".join([str(message.items()), *map(str, parts)]))
    return found


def readable(value: object) -> str:
    """Return a value as text in which nothing is hidden by escaping."""
    if isinstance(value, str):
        return value
    if isinstance(value, Binary):
        return readable(vars(value)["value"])
    if isinstance(value, bytes):
        return value.decode("utf-8", "backslashreplace")
    if not isinstance(value, dict | list | tuple):
        return str(value)
    return json.dumps(value, default=readable, ensure_ascii=False).replace('\\"', '"')


def _pattern(canary: str) -> re.Pattern[str]:
    """Return what finds a canary; a short one only as a word, or chance would find it."""
    text = re.escape(canary)
    return re.compile(text if len(canary) >= SHORT else rf"(?<![0-9A-Za-z]){text}(?![0-9A-Za-z])")


def _ours() -> list[logging.Logger]:
    known = logging.root.manager.loggerDict.values()
    return [each for each in known if isinstance(each, logging.Logger) and each.handlers]
