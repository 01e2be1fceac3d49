"""A letter as an e-mail: its headers, its two bodies, and handing it to SES (API v2, raw)."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formataddr
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from relink.failures import plain

if TYPE_CHECKING:
    from mypy_boto3_sesv2.client import SESV2Client

    from notify.letter import Letter

# What SES takes: an ASCII local part without quotes, and a domain of at least two labels.
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_ADDRESS = re.compile(rf"{_ATOM}(?:\.{_ATOM})*@{_LABEL}(?:\.{_LABEL})+")
ADDRESS_LIMIT = 254


class NotSent(Exception):
    """SES did not take the mail; the text is its error code alone, as its words name addresses."""


class Throttled(NotSent):
    """SES takes no more mails for the moment; this one was not sent."""


@dataclass(frozen=True, slots=True)
class Sender:
    """From whom the mails come, and through which SES configuration set."""

    name: str
    address: str
    reply_to: str = ""
    configuration_set: str = ""


def deliverable(email: str) -> str:
    """Return the address in the form that SES takes, or an empty text if no mail can go there."""
    local, _, domain = email.strip().rpartition("@")
    try:
        address = f"{local}@{domain.encode('idna').decode()}"
    except UnicodeError:
        return ""
    fits = len(address) <= ADDRESS_LIMIT and _ADDRESS.fullmatch(address)
    return address if fits else ""


def compose(letter: Letter, sender: Sender, to: str, now: int) -> EmailMessage:
    """Return the e-mail of a letter. SES replaces its Date and Message-ID; other relays do not."""
    message = EmailMessage(policy=SMTP)
    message["From"] = Address(plain(sender.name), addr_spec=sender.address)
    message["To"] = Address(addr_spec=to)
    if sender.reply_to:
        message["Reply-To"] = Address(addr_spec=sender.reply_to)
    message["Subject"] = plain(letter.subject)
    message["Date"] = datetime.fromtimestamp(now, UTC)
    message["Message-ID"] = _message_id(f"{to}\0{now}\0{letter.text}", sender)
    # RFC 3834, section 5: no holiday notes in answer. Exchange looks for a header of its own.
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    message.set_content(letter.text, cte="quoted-printable")
    message.add_alternative(letter.html, subtype="html", cte="quoted-printable")
    return message


class Outbox:
    """Hands mails to SES, each once: retries are the queue's business, not the client's."""

    def __init__(self, client: SESV2Client, sender: Sender) -> None:
        self._client = client
        self._sender = sender

    def send(self, letter: Letter, to: str, now: int) -> str:
        """Send a letter and return the id that SES gave it. Raises `NotSent`, `Throttled`."""
        message = compose(letter, self._sender, to, now)
        options: dict[str, Any] = {}
        if self._sender.configuration_set:
            options["ConfigurationSetName"] = self._sender.configuration_set
        try:
            answer = self._client.send_email(
                FromEmailAddress=formataddr((plain(self._sender.name), self._sender.address)),
                Destination={"ToAddresses": [to]},
                Content={"Raw": {"Data": message.as_bytes()}},
                **options,
            )
        except self._client.exceptions.TooManyRequestsException:
            raise Throttled from None
        except ClientError as error:
            raise NotSent(error.response["Error"]["Code"]) from None
        except BotoCoreError as error:
            raise NotSent(type(error).__name__) from None
        return answer["MessageId"]


def _message_id(what: str, sender: Sender) -> str:
    name = hashlib.sha256(what.encode()).hexdigest()[:32]
    return f"<{name}@{sender.address.rpartition('@')[2]}>"
