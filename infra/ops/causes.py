"""Why messages died: what the log of a queue's function says of each."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from infra.ops.letters import Letter
    from infra.ops.target import Target

PATTERN: Final = 1024
"""Characters that a pattern of CloudWatch's has at most: so many letters are looked for at once."""
EARLY: Final = 60
"""Seconds by which two machines' clocks may differ."""
_ID: Final = re.compile(r"[\w-]{1,100}")
HELD_UP: Final = "held up"
"""The one warning that is a cause: what waiting mends, unless it did not in time."""
_TOLD: Final = ("message", "what", "cause", "error", "aws_code", "provider_code", "at")
_LOGS: Final = {"NoticeQueue": "NotifyLog", "MailEventQueue": "NotifyLog"}
"""Of the queues that not the worker reads."""


def causes(target: Target, queue: str, letters: Sequence[Letter]) -> dict[str, str]:
    """Return, by message id, the last error that the log tells of each letter, if of any.

    A line that names the message goes before one that names only whom it is about. It was written
    after the message was sent, and while the queue would have kept it.
    """
    if not letters:
        return {}
    lives = _retention(target, queue)
    since = min(letter.sent_at for letter in letters) - EARLY
    until = max(letter.sent_at for letter in letters) + lives
    group = target.name(_LOGS.get(queue, "WorkerLog"))
    subjects = {letter.message_id: _subject(letter) for letter in letters}
    of_message: dict[str, str] = {}
    of_subject: dict[str, str] = {}
    for pattern in _patterns(letters):
        for at, line in _lines(target, group, pattern, since, until):
            if (cause := _cause(line)) is None:
                continue
            for letter in letters:
                if not letter.sent_at - EARLY <= at <= letter.sent_at + lives:
                    continue
                if letter.message_id in line:
                    of_message[letter.message_id] = cause
                elif (subject := subjects[letter.message_id]) and subject in line:
                    of_subject[letter.message_id] = cause
    return of_subject | of_message


def _subject(letter: Letter) -> str | None:
    """Return whom a letter is about, if it says so."""
    told = letter.told(letter.sent_at)
    return told.get("attempt_id") or told.get("connection_id")


def _patterns(letters: Sequence[Letter]) -> Iterator[str]:
    """Yield patterns that together find every line about the letters: one term of many is enough.

    What somebody has put on the queue as an id, and is none, is not looked for.
    """
    named = (term for letter in letters for term in (letter.message_id, _subject(letter)))
    terms = dict.fromkeys(term for term in named if term and _ID.fullmatch(term))
    pattern = ""
    for term in terms:
        if len(pattern) + len(term) + len(' ?""') > PATTERN:
            yield pattern
            pattern = ""
        pattern = f'{pattern} ?"{term}"'.lstrip()
    if pattern:
        yield pattern


def _lines(
    target: Target, group: str, pattern: str, since: int, until: int
) -> Iterator[tuple[int, str]]:
    """Yield the lines of a log that match, with their times; none if nothing was ever logged."""
    pages = target.client("logs").get_paginator("filter_log_events")
    try:
        for page in pages.paginate(
            logGroupName=group,
            filterPattern=pattern,
            startTime=since * 1000,
            endTime=until * 1000,
        ):
            for event in page["events"]:
                yield event["timestamp"] // 1000, event["message"]
    except ClientError as error:
        if error.response["Error"]["Code"] != "ResourceNotFoundException":
            raise


def _retention(target: Target, queue: str) -> int:
    """Return the seconds for which a queue keeps a message: it has died by then, or is no more."""
    name = "MessageRetentionPeriod"
    told = target.client("sqs").get_queue_attributes(
        QueueUrl=target.name(queue), AttributeNames=[name]
    )
    return int(told["Attributes"][name])


def _cause(line: str) -> str | None:
    """Return what a line of a function's log says of an error; None if it tells of none."""
    try:
        told = json.loads(line)
    except ValueError:
        return None
    if not isinstance(told, dict):
        return None
    if told.get("level") != "ERROR" and told.get("message") != HELD_UP:
        return None
    return ": ".join(str(told[part]) for part in _TOLD if told.get(part))
