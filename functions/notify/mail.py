"""A letter as an e-mail: its headers, its two bodies, and handing it to SES (API v2, raw)."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.headerregistry import Address, BaseHeader, HeaderRegistry
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formataddr
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from relink.failures import plain
from relink.faults import HeldUp

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from email.policy import Policy

    from mypy_boto3_sesv2.client import SESV2Client

    from notify.letter import Letter

# What SES takes: an ASCII local part without quotes, and a domain of at least two labels.
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_ADDRESS = re.compile(rf"{_ATOM}(?:\.{_ATOM})*@{_LABEL}(?:\.{_LABEL})+")
ADDRESS_LIMIT = 254
_WORD = re.compile(r"[!-~]+")


class NotSent(HeldUp):
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


@dataclass(frozen=True, slots=True)
class Thread:
    """What a mail belongs to: earlier mails, by the ids that SES gave them, and how to end it.

    `unsubscribe_url` takes a POST without login (RFC 8058); empty where nothing can be stopped.
    """

    references: Sequence[str] = ()
    unsubscribe_url: str = ""


ALONE: Final = Thread()


class Verbatim(BaseHeader):
    """A header of ids or addresses (RFC 5322, 3.6.4; RFC 2369): each on a line, never encoded.

    The library's own folding writes a word longer than a line as an encoded one (RFC 2047), in
    which no mail program looks for an id or a link.
    """

    max_count = 1

    @classmethod
    def parse(cls, value: str, kwds: dict[str, Any]) -> None:
        """Take the value as it is, printable ASCII words."""
        words = value.split()
        if not all(_WORD.fullmatch(word) for word in words):
            raise ValueError("neither an id nor an address")
        kwds.update(parse_tree=None, decoded=" ".join(words))

    def fold(self, *, policy: Policy) -> str:
        """Return the header's lines."""
        lines = f"{policy.linesep} ".join(self.split())
        return f"{self.name}: {lines}{policy.linesep}"


_HEADERS = HeaderRegistry()
for _name in ("In-Reply-To", "List-Unsubscribe", "List-Unsubscribe-Post", "References"):
    _HEADERS.map_to_type(_name, Verbatim)
_POLICY = SMTP.clone(header_factory=_HEADERS)


def deliverable(email: str) -> str:
    """Return the address in the form that SES takes, or an empty text if no mail can go there."""
    local, _, domain = email.strip().rpartition("@")
    try:
        address = f"{local}@{domain.encode('idna').decode()}"
    except UnicodeError:
        return ""
    fits = len(address) <= ADDRESS_LIMIT and _ADDRESS.fullmatch(address)
    return address if fits else ""


def compose(
    letter: Letter, sender: Sender, to: str, now: int, thread: Thread = ALONE
) -> EmailMessage:
    """Return the e-mail of a letter. SES replaces its Date and Message-ID; other relays do not.

    `thread.references` are whole message ids here, without angle brackets.
    """
    message = EmailMessage(policy=_POLICY)
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
    for name, value in _thread_headers(thread):
        message[name] = value
    message.set_content(letter.text, cte="quoted-printable")
    message.add_alternative(letter.html, subtype="html", cte="quoted-printable")
    return message


class Outbox:
    """Hands mails to SES, each once: retries are the queue's business, not the client's."""

    def __init__(self, client: SESV2Client, sender: Sender) -> None:
        self._client = client
        self._sender = sender

    def send(self, letter: Letter, to: str, now: int, thread: Thread = ALONE) -> str:
        """Send a letter and return the id that SES gave it. Raises `NotSent`, `Throttled`.

        `thread.references` are the ids that earlier calls returned, the first mail's first.
        """
        whole = [f"{name}@{self._mail_domain()}" for name in thread.references]
        message = compose(letter, self._sender, to, now, replace(thread, references=whole))
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

    def _mail_domain(self) -> str:
        """Return what SES puts behind its ids to make them Message-IDs, by region."""
        region = self._client.meta.region_name
        return f"{'email' if region == 'us-east-1' else region}.amazonses.com"


def _thread_headers(thread: Thread) -> Iterator[tuple[str, str]]:
    if thread.references:
        ids = [f"<{name}>" for name in thread.references]
        yield "In-Reply-To", ids[-1]
        yield "References", " ".join(ids)
    if thread.unsubscribe_url:
        yield "List-Unsubscribe", f"<{thread.unsubscribe_url}>"
        yield "List-Unsubscribe-Post", "List-Unsubscribe=One-Click"


def _message_id(what: str, sender: Sender) -> str:
    name = hashlib.sha256(what.encode()).hexdigest()[:32]
    return f"<{name}@{sender.address.rpartition('@')[2]}>"
