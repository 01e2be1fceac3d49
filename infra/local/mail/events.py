"""What SES makes known of a mail after it took it: no emulator plays this part.

The records have the shape in which SES publishes events of a configuration set (SES developer
guide, "Contents of event data that Amazon SES publishes to Amazon SNS") and leave for the topic
that the template names.
"""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from infra.local.clients import ACCOUNT, REGION

if TYPE_CHECKING:
    from collections.abc import Mapping

    from infra.local.mail.mail import Mail
    from infra.local.provisioning import Attributes
    from infra.sam.template import Template

KINDS = {
    "Bounce": "bounce",
    "Complaint": "complaint",
    "DeliveryDelay": "deliveryDelay",
    "Reject": "reject",
}
"""The events' types, and the names by which an event destination asks for them."""
LONGEST_TRY = 50_400
"""For how many seconds SES goes on trying to deliver a mail."""


class Fate(StrEnum):
    """What becomes of a mail."""

    BOUNCED = "bounced"
    SUPPRESSED = "suppressed"
    MAILBOX_FULL = "returned by a full mailbox"
    COMPLAINED_OF = "reported as spam"
    DELAYED = "delayed"
    REJECTED = "rejected"


BOUNCES = {
    Fate.BOUNCED: ("Permanent", "General"),
    Fate.SUPPRESSED: ("Permanent", "OnAccountSuppressionList"),
    Fate.MAILBOX_FULL: ("Transient", "MailboxFull"),
}
"""The types and subtypes of the fates that SES calls bounces."""


@dataclass(frozen=True)
class Destination:
    """A topic that is told events of a configuration set's mails; `kinds` as in `KINDS`."""

    configuration_set: str
    kinds: frozenset[str]
    topic: str

    def hears_of(self, mail: Mail, record: Mapping[str, Any]) -> bool:
        """Return whether this mail's event belongs here."""
        asked = KINDS[record["eventType"]] in self.kinds
        return asked and mail.configuration_set == self.configuration_set


def destinations(template: Template, attributes: Attributes) -> list[Destination]:
    """Return the template's event destinations that are topics and enabled."""
    found = []
    for properties in template.of_type("AWS::SES::ConfigurationSetEventDestination").values():
        told = template.resolve(properties, attributes)
        wanted = told["EventDestination"]
        if wanted["Enabled"] and "SnsDestination" in wanted:
            kinds = frozenset(wanted["MatchingEventTypes"])
            topic = wanted["SnsDestination"]["TopicARN"]
            found.append(Destination(told["ConfigurationSetName"], kinds, topic))
    return found


def publish(record: Mapping[str, Any], topic: str, sns: Any) -> None:
    """Let SES tell a topic of an event."""
    sns.publish(
        TopicArn=topic, Message=json.dumps(record), Subject="Amazon SES Email Event Notification"
    )


def event(mail: Mail, address: str, fate: Fate, now: float) -> dict[str, Any]:
    """Return the record of what became of a mail at one address, as SES learns of it `now`."""
    kind, about = _about(address, fate, now)
    return {"eventType": kind, KINDS[kind]: about, "mail": _mail(mail)}


def _about(address: str, fate: Fate, now: float) -> tuple[str, dict[str, Any]]:
    at = {"timestamp": _moment(now)}
    if fate in BOUNCES:
        return "Bounce", {**_bounce(address, *BOUNCES[fate]), **at}
    if fate is Fate.COMPLAINED_OF:
        return "Complaint", {**_complaint(address), **at}
    if fate is Fate.DELAYED:
        return "DeliveryDelay", {**_delay(address, now), **at}
    return "Reject", {"reason": "Bad content"}


def _bounce(address: str, kind: str, subtype: str) -> dict[str, Any]:
    status = {"action": "failed", "status": "5.1.1", "diagnosticCode": "smtp; 550 5.1.1 unknown"}
    return {
        "feedbackId": "local-feedback",
        "bounceType": kind,
        "bounceSubType": subtype,
        "bouncedRecipients": [
            {"emailAddress": address, **(status if subtype == "General" else {})}
        ],
        "reportingMTA": "dns; mail.example.com",
    }


def _complaint(address: str) -> dict[str, Any]:
    return {
        "feedbackId": "local-feedback",
        "complaintSubType": None,
        "complainedRecipients": [{"emailAddress": address}],
        "userAgent": "Relink desk",
        "complaintFeedbackType": "abuse",
    }


def _delay(address: str, now: float) -> dict[str, Any]:
    status = {"status": "4.4.1", "diagnosticCode": "smtp; 421 4.4.1 unable to connect"}
    return {
        "delayType": "TransientCommunicationFailure",
        "expirationTime": _moment(now + LONGEST_TRY),
        "delayedRecipients": [{"emailAddress": address, **status}],
    }


def _mail(mail: Mail) -> dict[str, Any]:
    headers = [{"name": name, "value": str(value)} for name, value in mail.message.items()]
    identity = mail.sender.rpartition("@")[2].rstrip(">")
    return {
        "timestamp": _moment(mail.received_at),
        "source": mail.sender,
        "sourceArn": f"arn:aws:ses:{REGION}:{ACCOUNT}:identity/{identity}",
        "sendingAccountId": ACCOUNT,
        "messageId": mail.message_id,
        "destination": list(mail.recipients),
        "headersTruncated": False,
        "headers": headers,
        "commonHeaders": {"to": list(mail.recipients), "subject": mail.subject},
        "tags": {"ses:configuration-set": [mail.configuration_set]},
    }


def _moment(seconds: float) -> str:
    moment = dt.datetime.fromtimestamp(seconds, dt.UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
