"""A letter as an e-mail: headers, bodies, addresses, and what SES says to it."""

from __future__ import annotations

import email
from dataclasses import replace
from email.policy import default
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from notify.letter import Letter
from notify.mail import NotSent, Outbox, Sender, Thread, Throttled, compose, deliverable
from tests.fakes import NOON

if TYPE_CHECKING:
    from email.message import EmailMessage

LETTER = Letter("BBVA needs to be reconnected", "Añade\n", "<p>Añade</p>\n")
SENDER = Sender("Banktrack", "notices@example.com", "help@example.com", "set-1")
OWNER = "owner@example.org"
FIRST = "0102019b7a5e3c00-00000000-1111-2222-3333-444444444444-000000"
SECOND = "0102019b7a5e3c00-00000000-1111-2222-3333-555555555555-000000"
STOP = f"https://connect.example.com/unsubscribe/v1.{'payload' * 20}.{'signature' * 5}"


def sent(
    letter: Letter = LETTER, sender: Sender = SENDER, thread: Thread | None = None
) -> EmailMessage:
    """Return the mail as its reader's program parses it."""
    raw = compose(letter, sender, OWNER, NOON, thread or Thread()).as_bytes()
    assert b"\r\n" in raw
    assert b"\n" not in raw.replace(b"\r\n", b"")
    return email.message_from_bytes(raw, policy=default)


class TooManyRequests(ClientError):
    """As the client's own class of that name."""


class FakeSes:
    """SES that answers, or fails, as it is told."""

    class exceptions:  # noqa: N801, D106 - named as the client names it
        TooManyRequestsException = TooManyRequests

    def __init__(self, failure: Exception | None = None, region: str = "eu-west-1") -> None:
        self.failure = failure
        self.meta = SimpleNamespace(region_name=region)
        self.requests: list[dict[str, Any]] = []

    def send_email(self, **request: Any) -> dict[str, str]:
        """Take a mail."""
        self.requests.append(request)
        if self.failure:
            raise self.failure
        return {"MessageId": "ses-1"}


def test_headers_say_who_writes_to_whom_and_that_a_machine_does() -> None:
    """Nobody's holiday note answers it; a person's answer reaches people."""
    mail = sent()

    assert "Banktrack <notices@example.com>" == mail["From"]
    assert OWNER == mail["To"]
    assert "help@example.com" == mail["Reply-To"]
    assert "BBVA needs to be reconnected" == mail["Subject"]
    assert "auto-generated" == mail["Auto-Submitted"]
    assert "Thu, 01 Jan 2026 12:00:00 +0000" == mail["Date"]
    assert mail["Message-ID"].endswith("@example.com>")
    assert "1.0" == mail["MIME-Version"]


def test_without_an_address_for_answers_there_is_no_header_for_it() -> None:
    """Answers then go to the sender."""
    assert sent(sender=replace(SENDER, reply_to=""))["Reply-To"] is None


def test_the_better_form_comes_last() -> None:
    """RFC 2046, section 5.1.4; both forms in UTF-8, whole."""
    mail = sent()
    parts = [(p.get_content_type(), p.get_content()) for p in mail.iter_parts()]

    assert "multipart/alternative" == mail.get_content_type()
    assert [("text/plain", "Añade\r\n"), ("text/html", "<p>Añade</p>\r\n")] == parts


@pytest.mark.parametrize(
    "subject",
    ["A\r\nBcc: thief@example.com", "A\nB", "A\rB", "A\x00B", "A\x0bB", "A\u2028B", "A\x85B"],
)
def test_a_subject_cannot_bring_headers(subject: str) -> None:
    """Whatever a bank calls itself."""
    mail = sent(replace(LETTER, subject=subject))

    assert mail["Bcc"] is None
    assert mail["Subject"].startswith("A ")
    assert len(mail.keys()) == len(sent().keys())


def test_a_name_of_the_app_cannot_bring_headers() -> None:
    """It is a setting, and yet."""
    mail = sent(sender=replace(SENDER, name='Bank "track" <x@y.z>,\r\nBcc: thief@example.com'))

    assert mail["Bcc"] is None
    assert ["notices@example.com"] == [a.addr_spec for a in mail["From"].addresses]


def test_names_beyond_ascii_survive() -> None:
    """Encoded words (RFC 2047) on the way, the same letters at its end."""
    mail = sent(replace(LETTER, subject="Español 銀行"), replace(SENDER, name="Señal"))

    assert "Español 銀行" == mail["Subject"]
    assert "Señal" == mail["From"].addresses[0].display_name


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("owner@example.org", "owner@example.org"),
        ("  owner+banks@mail.example.org ", "owner+banks@mail.example.org"),
        ("o'neil@example.org", "o'neil@example.org"),
        ("owner@bücher.example", "owner@xn--bcher-kva.example"),
        ("", ""),
        ("owner", ""),
        ("owner@", ""),
        ("@example.org", ""),
        ("owner@localhost", ""),
        ("señor@example.org", ""),
        ("a..b@example.org", ""),
        (".a@example.org", ""),
        ('"a b"@example.org', ""),
        ("a b@example.org", ""),
        ("a@exa mple.org", ""),
        ("a@example..org", ""),
        ("a@-example.org", ""),
        ("Name <a@example.org>", ""),
        ("a@example.org, b@example.org", ""),
        ("a@example.org\r\nBcc: b@example.org", ""),
        ("a@example.org\n", "a@example.org"),
        ("a" * 250 + "@example.org", ""),
    ],
)
def test_only_what_ses_takes_is_an_address(given: str, expected: str) -> None:
    """Anything else is no address: the notice stays in the app, the queue stays clean."""
    assert expected == deliverable(given)


@pytest.mark.parametrize("given", ["o'neil+x@example.org", "owner@xn--bcher-kva.example"])
def test_an_address_arrives_as_it_was_given(given: str) -> None:
    """The header's own parser agrees with ours."""
    assert given == compose(LETTER, SENDER, given, NOON)["To"].addresses[0].addr_spec


def test_ses_is_handed_the_raw_mail() -> None:
    """Under the configuration set through which its bounces come back."""
    ses = FakeSes()
    outbox = Outbox(ses, SENDER)  # type: ignore[arg-type]

    assert "ses-1" == outbox.send(LETTER, OWNER, NOON)
    [request] = ses.requests
    assert "Banktrack <notices@example.com>" == request["FromEmailAddress"]
    assert {"ToAddresses": [OWNER]} == request["Destination"]
    assert "set-1" == request["ConfigurationSetName"]
    raw = request["Content"]["Raw"]["Data"]
    assert (
        compose(LETTER, SENDER, OWNER, NOON)["Subject"]
        == (email.message_from_bytes(raw, policy=default)["Subject"])
    )


def test_no_configuration_set_is_named_where_there_is_none() -> None:
    """An empty setting is no name."""
    ses = FakeSes()
    Outbox(ses, replace(SENDER, configuration_set="")).send(LETTER, OWNER, NOON)  # type: ignore[arg-type]

    assert "ConfigurationSetName" not in ses.requests[0]


@pytest.mark.parametrize(
    ("failure", "kind", "text"),
    [
        (
            ClientError({"Error": {"Code": "MessageRejected", "Message": OWNER}}, "SendEmail"),
            NotSent,
            "MessageRejected",
        ),
        (TooManyRequests({"Error": {"Code": "T", "Message": OWNER}}, "SendEmail"), Throttled, ""),
        (EndpointConnectionError(endpoint_url=OWNER), NotSent, "EndpointConnectionError"),
    ],
)
def test_a_failure_says_no_address(failure: Exception, kind: type[NotSent], text: str) -> None:
    """SES quotes addresses in what it answers; our error has its code alone."""
    outbox = Outbox(FakeSes(failure), SENDER)  # type: ignore[arg-type]

    with pytest.raises(NotSent) as raised:
        outbox.send(LETTER, OWNER, NOON)
    assert kind is type(raised.value)
    assert text == str(raised.value)
    assert raised.value.__suppress_context__


def test_a_first_mail_belongs_to_no_thread() -> None:
    """And cannot be stopped: it is told only once."""
    assert [] == [
        name
        for name in ("In-Reply-To", "References", "List-Unsubscribe", "List-Unsubscribe-Post")
        if name in sent()
    ]


@pytest.mark.parametrize(
    ("region", "domain"),
    [("eu-west-1", "eu-west-1.amazonses.com"), ("us-east-1", "email.amazonses.com")],
)
def test_a_reminder_refers_to_the_first_mail_as_ses_has_named_it(region: str, domain: str) -> None:
    """SES replaces our Message-ID by the id that it answers, at a domain of the region."""
    ses = FakeSes(region=region)
    thread = Thread(references=[FIRST, SECOND])
    Outbox(ses, SENDER).send(LETTER, OWNER, NOON, thread)  # type: ignore[arg-type]
    raw = ses.requests[0]["Content"]["Raw"]["Data"]

    # Read as bytes: an id longer than a line must neither be encoded nor broken.
    first, second = (f"<{name}@{domain}>".encode() for name in (FIRST, SECOND))
    assert b"\r\nReferences: " + first + b"\r\n " + second + b"\r\n" in raw
    assert b"\r\nIn-Reply-To: " + second + b"\r\n" in raw
    parsed = email.message_from_bytes(raw, policy=default)
    assert f"{first.decode()} {second.decode()}" == " ".join(str(parsed["References"]).split())


def test_a_reminder_is_stopped_by_one_click() -> None:
    """RFC 8058: the mail program posts to the address without asking for a login."""
    raw = compose(LETTER, SENDER, OWNER, NOON, Thread(unsubscribe_url=STOP)).as_bytes()

    assert b"\r\nList-Unsubscribe: <" + STOP.encode() + b">\r\n" in raw
    assert b"\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" in raw


@pytest.mark.parametrize("nonsense", ["a\x00b", "señal", "\u2028", "a\r\nBcc: b@c.example", "a\nb"])
def test_an_id_cannot_bring_headers(nonsense: str) -> None:
    """SES names mails in ASCII; anything else is a fault, found before it leaves."""
    with pytest.raises(ValueError, match=r"neither|linefeed"):
        compose(LETTER, SENDER, OWNER, NOON, Thread(references=[f"{nonsense}x"]))


def test_what_else_a_mail_says_of_itself_stays_in_a_thread() -> None:
    """Nobody's holiday note answers a reminder, and a person's answer reaches people."""
    mail = sent(thread=Thread([FIRST], STOP))

    assert "auto-generated" == mail["Auto-Submitted"]
    assert "help@example.com" == mail["Reply-To"]
    assert [] == [defect for value in mail.values() for defect in value.defects]
