"""A mail that SES has accepted."""

from __future__ import annotations

import email
import email.policy
from dataclasses import dataclass
from email.message import EmailMessage


@dataclass(frozen=True)
class Mail:
    """One accepted message."""

    number: int
    """Counts up from 1 in the order of arrival."""
    message_id: str
    received_at: float
    """Epoch seconds of the stack's time."""
    sender: str
    recipients: tuple[str, ...]
    configuration_set: str
    raw: bytes

    @property
    def message(self) -> EmailMessage:
        """Return the parsed MIME message."""
        parsed = email.message_from_bytes(self.raw, policy=email.policy.default)
        if not isinstance(parsed, EmailMessage):
            raise TypeError("the default policy makes e-mail messages")
        return parsed

    @property
    def subject(self) -> str:
        """Return the decoded subject."""
        return str(self.message["Subject"] or "")

    @property
    def text(self) -> str:
        """Return the plain text part, or nothing."""
        return self._part("plain")

    @property
    def html(self) -> str:
        """Return the HTML part, or nothing."""
        return self._part("html")

    def _part(self, kind: str) -> str:
        part = self.message.get_body((kind,))
        return "" if part is None else str(part.get_content())
