"""Tell owners of what only they can mend.

Events are records of the connections' stream, messages that an owner's turn has come, what SES
tells of mails, and the clock's. The stream's mapping must report batch item failures; the queues'
need not: what fails there is raised.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from aws_lambda_powertools.metrics import MetricUnit

from notify.assembly import bootstrap, bootstrap_digests, bootstrap_sweep
from notify.broadcast import publish
from relink import clock
from relink.faults import describe, held_up
from relink.queues import BrokenMessage, DigestMessage, from_body

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aws_lambda_powertools import Logger

    from notify.assembly import Parts

STREAM: Final = "aws:dynamodb"
QUEUE: Final = "aws:sqs"
CLOCK: Final = "Scheduled Event"
OURS: Final = ("notify", "relink")
SPARE_MILLISECONDS: Final = 10_000
"""A sweep ends so long before the function's time does."""


class Failed(Exception):
    """Some messages of this batch go back to the queue; their causes have been logged."""


def lambda_handler(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """Handle records of the connections' stream, messages of a queue, or the clock's event."""
    parts = bootstrap()
    parts.logger.append_keys(function_request_id=context.aws_request_id)
    counted: Counter[str] = Counter()
    try:
        if event.get("detail-type") == CLOCK:
            return _sweep(context, parts, counted)
        records: Sequence[Mapping[str, Any]] = event["Records"]
        source = records[0]["eventSource"]
        if source == STREAM:
            return _gather(records, parts, counted)
        if source == QUEUE:
            return _tell(records, parts, counted)
    finally:
        for name, number in counted.items():
            parts.metrics.add_metric(name, MetricUnit.Count, number)
        if counted:
            parts.metrics.flush_metrics()
    raise ValueError("an event from neither the stream nor a queue nor the clock")


def _gather(
    records: Sequence[Mapping[str, Any]], parts: Parts, counted: Counter[str]
) -> dict[str, Any]:
    """Apply each record, also those after a failed one, and return from where to repeat.

    Lambda repeats from the first failed record on; what is told twice changes nothing.
    """
    failed: set[int] = set()
    for place, record in enumerate(records):
        try:
            if parts.gathering.apply(record, clock.now()):
                counted["ConnectionTurnedRed"] += 1
                parts.logger.info("red noticed", extra=_named(record))
        except Exception as error:  # noqa: BLE001 - one bad record must not hold up the others
            _log(parts.logger, "stream record failed", error, _named(record))
            counted["StreamRecordFailed"] += 1
            failed.add(place)
    failed |= _publish(records, failed, parts, counted)
    return {
        "batchItemFailures": [
            {"itemIdentifier": _named(records[place])["sequence_number"]}
            for place in sorted(failed)[:1]
        ]
    }


def _publish(
    records: Sequence[Mapping[str, Any]], failed: set[int], parts: Parts, counted: Counter[str]
) -> set[int]:
    """Tell the host app of changes of colour; return the places of records that must come again."""
    again = publish(records, parts.bus, failed)
    for place, why in again.items():
        facts = _named(records[place])
        if isinstance(why, Exception):
            _log(parts.logger, "stream record failed", why, facts)
        else:
            parts.logger.error("event refused", extra={"aws_code": why, **facts})
        counted["StreamRecordFailed"] += 1
    return set(again)


def _named(record: Mapping[str, Any]) -> dict[str, str]:
    change = record.get("dynamodb", {})
    return {
        "sequence_number": str(change.get("SequenceNumber", "")),
        "connection_id": str(change.get("Keys", {}).get("connection_id", {}).get("S", "")),
    }


def _tell(
    records: Sequence[Mapping[str, Any]], parts: Parts, counted: Counter[str]
) -> dict[str, Any]:
    """Do what each message asks for. Raises `Failed` after the last one."""
    failures = 0
    for record in records:
        facts = {"queue_message_id": str(record.get("messageId", ""))}
        try:
            told = _handle(record["body"], parts, counted)
        except Exception as error:  # noqa: BLE001 - its text may name an owner; it is not shown
            _log(parts.logger, "notice message failed", error, facts)
            failures += 1
        else:
            parts.logger.info("notice message handled", extra={**told, **facts})
    if failures:
        raise Failed(f"{failures} of {len(records)} messages")
    return {}


def _handle(body: str, parts: Parts, counted: Counter[str]) -> dict[str, Any]:
    """Take an owner's turn, or what SES tells; return what the log is told of it."""
    try:
        message = from_body(body)
    except BrokenMessage:
        from notify import mail_events  # noqa: PLC0415 - the stream does without it

        outcome = mail_events.apply(body, parts, clock.now()).value
        counted[f"Mail{outcome.capitalize()}"] += 1
        return {"outcome": outcome, "mail_id": mail_events.read(body).message_id}
    if not isinstance(message, DigestMessage):
        raise BrokenMessage("not a digest message")
    report = bootstrap_digests().send(message.owner_id, clock.now())
    counted.update(report.counted)
    ids = {"connection_ids": [*report.connection_ids], "mail_ids": [*report.mail_ids]}
    return {"outcome": report.outcome.value, **ids}


def _sweep(context: Any, parts: Parts, counted: Counter[str]) -> dict[str, Any]:
    def time_left() -> bool:
        return bool(context.get_remaining_time_in_millis() > SPARE_MILLISECONDS)

    counted.update(bootstrap_sweep().run(clock.now(), time_left))
    parts.logger.info("swept", extra=dict(counted))
    return {}


def _log(logger: Logger, phrase: str, error: Exception, facts: Mapping[str, str]) -> None:
    """Log what failed; the words of an error only if they are our own, others quote people.

    What waiting mends is no error: an alarm on those takes a new version back.
    """
    ours = type(error).__module__.partition(".")[0] in OURS
    words = {"cause": str(error)} if ours else {}
    told = {**describe(error), **words, **facts}
    if held_up(error):
        logger.warning("held up", extra={**told, "what": phrase})
    else:
        logger.error(phrase, extra=told)
