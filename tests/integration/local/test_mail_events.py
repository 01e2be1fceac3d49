"""What becomes of the local stack's mails: told to the topic as SES tells it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from infra.local.clients import Clients
from infra.local.mail.events import Fate
from relink.addresses import Addresses, Standing, Trouble

if TYPE_CHECKING:
    from infra.local.mail.mail import Mail
    from infra.local.stack import Stack

NEWS_TAKES = 16
"""Seconds after which the queue hands out what the topic brought it."""


def send(stack: Stack, to: str, configuration_set: str = "") -> Mail:
    """Send a mail as a function does, and return it."""
    clients = Clients(stack.mailbox.url)
    named = {"ConfigurationSetName": configuration_set} if configuration_set else {}
    message_id = clients("sesv2").send_email(
        FromEmailAddress=stack.template.parameters["SenderAddress"],
        Destination={"ToAddresses": [to]},
        Content={"Simple": {"Subject": {"Data": "News"}, "Body": {"Text": {"Data": "Text"}}}},
        **named,
    )["MessageId"]
    clients.close()
    return next(m for m in stack.mailbox.mails(to) if m.message_id == message_id)


def news(stack: Stack) -> list[dict[str, Any]]:
    """Take everything off the queue that the test's topic feeds."""
    sqs, url = stack.clients("sqs"), stack.attributes["NewsQueue"]["Ref"]
    found = []
    while got := sqs.receive_message(QueueUrl=url).get("Messages"):
        found.append(json.loads(got[0]["Body"]))
        sqs.delete_message(QueueUrl=url, ReceiptHandle=got[0]["ReceiptHandle"])
    return found


def test_fate_decided_for_an_address_is_told_as_ses_tells_it(either_stack: Stack) -> None:
    """The topic brings the record itself to the queue, on either engine."""
    either_stack.mailbox.decide("Gone@example.com", Fate.BOUNCED)
    mails = either_stack.attributes["Mails"]["Ref"]
    send(either_stack, "fine@example.com", mails)
    mail = send(either_stack, "gone@example.com", mails)

    [record] = news(either_stack)
    assert ("Bounce", "Permanent") == (record["eventType"], record["bounce"]["bounceType"])
    assert [{"gone@example.com"}] == [
        {r["emailAddress"]} for r in record["bounce"]["bouncedRecipients"]
    ]
    assert (mail.message_id, ["gone@example.com"]) == (
        record["mail"]["messageId"],
        record["mail"]["destination"],
    )
    assert Fate.BOUNCED is either_stack.mailbox.fate(mail)

    either_stack.mailbox.decide("gone@example.com", None)
    assert either_stack.mailbox.fate(send(either_stack, "gone@example.com", mails)) is None
    assert [] == news(either_stack)


def test_destination_hears_only_what_it_asked_for(either_stack: Stack) -> None:
    """Neither other events nor the mails of other configuration sets."""
    mails = either_stack.attributes["Mails"]["Ref"]
    either_stack.mailbox.report(send(either_stack, "a@example.com", mails), Fate.COMPLAINED_OF)
    either_stack.mailbox.report(send(either_stack, "a@example.com"), Fate.BOUNCED)
    assert [] == news(either_stack)

    either_stack.mailbox.report(send(either_stack, "a@example.com", mails), Fate.DELAYED)
    assert ["DeliveryDelay"] == [record["eventType"] for record in news(either_stack)]


@pytest.mark.parametrize(
    ("fate", "trouble"),
    [
        (Fate.BOUNCED, Trouble.BOUNCED),
        (Fate.SUPPRESSED, Trouble.BOUNCED),
        (Fate.COMPLAINED_OF, Trouble.COMPLAINED),
        (Fate.MAILBOX_FULL, Trouble.DELAYED),
        (Fate.DELAYED, Trouble.DELAYED),
    ],
)
def test_news_of_a_mail_travels_through_topic_and_queue_to_the_function(
    real_stack: Stack, fate: Fate, trouble: Trouble
) -> None:
    """The real function marks the address, when the queue lets it have the news."""
    address = f"{fate.name.lower()}@example.com"
    real_stack.mailbox.decide(address, fate)
    table = real_stack.attributes["OwnersTable"]["Ref"]
    addresses = Addresses(real_stack.clients("dynamodb"), table)

    mail = send(real_stack, address, real_stack.attributes["MailConfiguration"]["Ref"])
    assert real_stack.settle()
    assert addresses.standing(address, int(real_stack.clock.now())) is None

    real_stack.clock.advance(NEWS_TAKES)
    assert real_stack.settle()
    expected = Standing(trouble, int(mail.received_at))
    assert expected == addresses.standing(address, int(real_stack.clock.now()))
    assert 0 == real_stack.waiting("MailEventQueue") == real_stack.waiting("MailEventDeadLetters")
    assert address not in real_stack.logs()


def test_mail_that_ses_refused_is_logged_for_the_operators_alarm(real_stack: Stack) -> None:
    """The line that the metric filter counts; the mail's reader is not named."""
    mail = send(
        real_stack, "innocent@example.com", real_stack.attributes["MailConfiguration"]["Ref"]
    )
    real_stack.mailbox.report(mail, Fate.REJECTED)
    real_stack.clock.advance(NEWS_TAKES)
    assert real_stack.settle()

    written = real_stack.logs("NotifyFunction").splitlines()
    lines = [json.loads(line) for line in written if line.startswith("{")]
    assert ["notice message handled"] == [
        line["message"] for line in lines if line.get("outcome") == "rejected"
    ]
    assert "innocent" not in real_stack.logs()


def test_nonsense_on_the_topic_ends_among_the_dead_letters(real_stack: Stack) -> None:
    """If SES ever speaks differently, operators find what it said."""
    topic = real_stack.attributes["MailEventTopic"]["Ref"]
    before = real_stack.waiting("MailEventDeadLetters")
    real_stack.clients("sns").publish(TopicArn=topic, Message='{"eventType": "Bounce"}')
    for _ in range(6):
        real_stack.clock.advance(400)
        assert real_stack.settle()

    assert (0, before + 1) == (
        real_stack.waiting("MailEventQueue"),
        real_stack.waiting("MailEventDeadLetters"),
    )
