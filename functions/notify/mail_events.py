"""What SES tells of mails after it took them: bounces, complaints, delays, refusals.

The events come from the configuration set through a topic and a queue, as JSON (SES developer
guide, "Contents of event data that Amazon SES publishes to Amazon SNS"). Each of our mails has one
reader. They name addresses and quote mail servers, so nothing of them is logged but their kind.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parseaddr
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final, Protocol

from relink.addresses import Trouble
from relink.queues import BrokenMessage, DigestMessage

if TYPE_CHECKING:
    from collections.abc import Mapping

    from notify.mailings import Mailings
    from relink.addresses import Addresses
    from relink.queues import Queue

# SES begins like this, and not in JSON, when it is first told of the topic.
GREETING: Final = "Successfully validated SNS topic"


class Outcome(StrEnum):
    """What an event was, once it has been dealt with."""

    BOUNCED = "bounced"
    COMPLAINED = "complained"
    DELAYED = "delayed"
    REJECTED = "rejected"
    """SES held the mail itself for harmful: it reached nobody, and no address is to blame."""
    IGNORED = "ignored"


class Parts(Protocol):
    """What it takes to deal with an event."""

    @property
    def addresses(self) -> Addresses:
        """Return the marked addresses."""

    @property
    def mailings(self) -> Mailings:
        """Return the mails that have gone out."""

    @property
    def queue(self) -> Queue:
        """Return the queue of digest messages."""


@dataclass(frozen=True, slots=True)
class Event:
    """What SES tells of one mail: what became of it, and which addresses that concerns."""

    outcome: Outcome
    message_id: str = ""
    sent_at: int | None = None
    addresses: tuple[str, ...] = ()

    @property
    def trouble(self) -> Trouble | None:
        """Return the mark that the addresses get."""
        marks = {member.value for member in Trouble}
        return Trouble(self.outcome.value) if self.outcome.value in marks else None


def apply(body: str, parts: Parts, now: int) -> Outcome:
    """Mark the addresses of an event; have what they missed told to somebody else.

    Safe to repeat and to reorder, also after a crash at any point: a mark is made from the time at
    which the mail was sent, a notice is mailed once more at most, and a digest message too many
    finds nothing to do. An event of a mail that nobody remembers still marks. Raises
    `BrokenMessage`.
    """
    event = read(body)
    if event.trouble is None:
        return event.outcome
    sent_at = now if event.sent_at is None else min(event.sent_at, now)
    for address in event.addresses:
        parts.addresses.mark(address, event.trouble, sent_at)
    owner = parts.mailings.mail_record(event.message_id) if event.message_id else None
    if event.trouble.stops_mail and owner:
        parts.mailings.unmail(owner, event.message_id, now)
        parts.queue.send(DigestMessage(owner))
    return event.outcome


def read(body: str) -> Event:
    """Return what an event says. Raises `BrokenMessage`, which quotes nothing of it.

    Events of kinds that are none of our business, or that SES may come to send, are ignored.
    """
    if body.strip().startswith(GREETING):
        return Event(Outcome.IGNORED)
    try:
        return _event(json.loads(body))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise BrokenMessage(f"not an event of SES: {type(error).__name__}") from None


def _event(told: Mapping[str, Any]) -> Event:
    match told["eventType"]:
        case "Bounce":
            lasting = told["bounce"]["bounceType"] == "Permanent"
            outcome = Outcome.BOUNCED if lasting else Outcome.DELAYED
            return _of(told, outcome, told["bounce"]["bouncedRecipients"])
        case "Complaint" if told["complaint"].get("complaintFeedbackType") == "not-spam":
            return Event(Outcome.IGNORED)  # the reader takes an earlier complaint back
        case "Complaint":
            return _of(told, Outcome.COMPLAINED, told["complaint"]["complainedRecipients"])
        case "DeliveryDelay":
            return _of(told, Outcome.DELAYED, told["deliveryDelay"]["delayedRecipients"])
        case "Reject":
            return _of(told, Outcome.REJECTED, [])
        case str():
            return Event(Outcome.IGNORED)
    raise TypeError


def _of(told: Mapping[str, Any], outcome: Outcome, recipients: list[Mapping[str, Any]]) -> Event:
    mail = told["mail"]
    return Event(
        outcome=outcome,
        message_id=_text(mail["messageId"]),
        sent_at=_moment(mail.get("timestamp")),
        addresses=tuple(a for r in recipients if (a := _address(r["emailAddress"]))),
    )


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    value.encode()  # half a surrogate pair is JSON, yet no text that could be stored
    return value


def _address(value: Any) -> str:
    """Return the address alone: what a mail server reports may have a name or brackets about it."""
    found = parseaddr(_text(value))[1]
    return found if "@" in found else ""


def _moment(value: Any) -> int | None:
    """Return a time as SES writes it (ISO 8601, UTC), or None if it cannot be read."""
    try:
        told = datetime.fromisoformat(_text(value))
        return int((told if told.tzinfo else told.replace(tzinfo=UTC)).timestamp())
    except (ValueError, TypeError, OverflowError):
        return None
