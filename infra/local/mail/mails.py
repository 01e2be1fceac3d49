"""Everything the stack mails, as the raw MIME message that was handed to SES.

Functions reach SES through this listener. It passes each request on to the emulator and keeps what
the emulator accepted: ministack's own outbox has no raw message and drops headers, moto's takes
seconds to read once its state has grown. It also tells, as SES does, what became of a mail.
"""

from __future__ import annotations

import base64
import binascii
import json
import threading
from email.message import EmailMessage
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import urllib3

from infra.local.mail.events import event, publish
from infra.local.mail.mail import Mail
from infra.local.web.loopback_server import LoopbackServer, Reply, Request

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from infra.local.mail.events import Destination, Fate

SEND_PATH = "/v2/email/outbound-emails"
NOT_PASSED_ON = {"content-length", "connection", "transfer-encoding"}


class Mailbox:
    """Stands between the functions and the emulator's SES."""

    def __init__(self, engine_url: str, now: Callable[[], float]) -> None:
        self._engine_url = engine_url
        self._now = now
        self._http = urllib3.PoolManager(maxsize=8)
        self._mails: list[Mail] = []
        self._refusals: list[str] = []
        self._awaiting: dict[str, Fate] = {}
        self._fates: dict[int, Fate] = {}
        self._destinations: Sequence[Destination] = ()
        self._sns: Any = None
        self._lock = threading.Lock()
        self._server = LoopbackServer(self._answer).start()
        self.url = self._server.url

    def mails(self, recipient: str | None = None) -> list[Mail]:
        """Return what was accepted, oldest first, for everybody or for one address."""
        with self._lock:
            return [
                mail for mail in self._mails if recipient is None or recipient in mail.recipients
            ]

    def clear(self) -> None:
        """Forget all mails."""
        with self._lock:
            self._mails.clear()

    def refuse(self, error: str = "TooManyRequestsException", times: int = 1) -> None:
        """Let SES refuse the next requests to send with this error instead of accepting them."""
        with self._lock:
            self._refusals += [error] * times

    def tell(self, destinations: Sequence[Destination], sns: Any) -> None:
        """Publish what becomes of mails to these topics from now on."""
        self._destinations, self._sns = destinations, sns

    def decide(self, address: str, fate: Fate | None) -> None:
        """Let every further mail to an address meet with this; None for arriving."""
        with self._lock:
            if fate is None:
                self._awaiting.pop(address.lower(), None)
            else:
                self._awaiting[address.lower()] = fate

    def decided(self) -> dict[str, Fate]:
        """Return what awaits mails, by address."""
        with self._lock:
            return dict(self._awaiting)

    def report(self, mail: Mail, fate: Fate) -> None:
        """Let SES learn now what became of a mail that it took before."""
        with self._lock:
            self._fates[mail.number] = fate
        for record in [event(mail, to, fate, self._now()) for to in mail.recipients]:
            for destination in self._destinations:
                if destination.hears_of(mail, record):
                    publish(record, destination.topic, self._sns)

    def fate(self, mail: Mail) -> Fate | None:
        """Return what became of a mail, as far as it did not just arrive."""
        with self._lock:
            return self._fates.get(mail.number)

    def close(self) -> None:
        """Stop listening."""
        self._server.close()
        self._http.clear()

    def _answer(self, request: Request) -> Reply:
        sends = request.method == "POST" and request.path == SEND_PATH
        if sends and (error := self._next_refusal()):
            return Reply(
                HTTPStatus.TOO_MANY_REQUESTS
                if error == "TooManyRequestsException"
                else HTTPStatus.BAD_REQUEST,
                json.dumps({"message": "refused by the switch of the local mailbox"}).encode(),
                [("x-amzn-ErrorType", error), ("Content-Type", "application/json")],
            )
        reply = self._http.request(
            request.method,
            f"{self._engine_url}{request.path}" + (f"?{request.query}" if request.query else ""),
            body=request.body,
            headers={k: v for k, v in request.headers.items() if k not in NOT_PASSED_ON},
            retries=False,
        )
        if sends and reply.status == HTTPStatus.OK:
            self._keep(json.loads(request.body), json.loads(reply.data)["MessageId"])
        headers = [(k, v) for k, v in reply.headers.items() if k.lower() not in NOT_PASSED_ON]
        return Reply(reply.status, reply.data, headers)

    def _next_refusal(self) -> str | None:
        with self._lock:
            return self._refusals.pop(0) if self._refusals else None

    def _keep(self, sent: dict[str, Any], message_id: str) -> None:
        destination = sent.get("Destination", {})
        recipients = [
            address
            for kind in ("ToAddresses", "CcAddresses", "BccAddresses")
            for address in destination.get(kind) or []
        ]
        raw = _raw(sent)
        with self._lock:
            mail = Mail(
                len(self._mails) + 1,
                message_id,
                self._now(),
                sent.get("FromEmailAddress", ""),
                tuple(recipients),
                sent.get("ConfigurationSetName", ""),
                raw,
            )
            self._mails.append(mail)
            fates = [f for to in recipients if (f := self._awaiting.get(to.lower()))]
        for fate in fates[:1]:  # ours have one recipient each
            self.report(mail, fate)


def _raw(sent: dict[str, Any]) -> bytes:
    content = sent["Content"]
    if "Raw" in content:
        try:
            return base64.b64decode(content["Raw"]["Data"], validate=True)
        except binascii.Error as error:
            raise ValueError("not base64") from error
    return _composed(sent, content["Simple"]).as_bytes()


def _composed(sent: dict[str, Any], simple: dict[str, Any]) -> EmailMessage:
    """Return the message that SES makes of subject and bodies."""
    message = EmailMessage()
    message["From"] = sent["FromEmailAddress"]
    message["To"] = ", ".join(sent["Destination"].get("ToAddresses", []))
    message["Subject"] = simple["Subject"]["Data"]
    for header in simple.get("Headers", []):
        message[header["Name"]] = header["Value"]
    body = simple["Body"]
    message.set_content(body.get("Text", {}).get("Data", ""))
    if "Html" in body:
        message.add_alternative(body["Html"]["Data"], subtype="html")
    return message
