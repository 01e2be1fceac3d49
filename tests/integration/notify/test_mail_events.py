"""What SES tells of a mail, applied to tables and queues as deployed."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Any

import boto3
import pytest

from notify import mail_events
from notify.mail_events import Outcome
from notify.mailings import Mailing, Mailings
from relink.addresses import Addresses, Standing, Trouble
from relink.notices import Notice, Notices, Topic
from relink.queues import BrokenMessage, DigestMessage, Queue, from_body
from tests.fakes import NOON
from tests.integration.notify.bench import Crash, Crashes

OWNER, ANN = "own_1", "ann@example.com"
MAIL_ID = "0102018f-000000"
SENT = "2026-01-01T12:00:00.500Z"  # NOON, as SES writes it
PERMANENT = {"bounceType": "Permanent", "bounceSubType": "General"}


@dataclass
class World:
    """What an event meets: a mail that went out about one red bank, and clients that may crash."""

    addresses: Addresses
    mailings: Mailings
    notices: Notices
    queue: Queue
    crashes: Crashes
    queue_url: str

    def mailed(self, message_id: str = MAIL_ID, number: int = 1) -> Notice:
        """Write down that the first mail of an incident has gone out."""
        before = Notice(
            owner_id=OWNER,
            connection_id=f"con_{number}",
            topic=Topic.RED,
            moment=NOON,
            bank_name="Bank",
            created_at=NOON,
            due_at=NOON,
        )
        after = replace(
            before,
            due_at=None,
            mailed=1,
            mailed_at=NOON,
            message_id=message_id,
            last_message_id=message_id,
        )
        self.notices.add(before)
        self.mailings.record(Mailing(message_id, OWNER, OWNER, NOON), [(before, after)])
        return after

    def hears(self, body: str, now: int = NOON + 60) -> Outcome:
        """Deal with an event."""
        return mail_events.apply(body, self, now)

    def notice(self, number: int = 1) -> Notice:
        """Return a notice as it is stored."""
        return next(n for n in self.notices.of(OWNER) if n.connection_id == f"con_{number}")

    def digests(self) -> list[str]:
        """Take the digest messages off the queue; return their owners."""
        client = boto3.client("sqs")
        found = []
        while got := client.receive_message(QueueUrl=self.queue_url).get("Messages"):
            message = from_body(got[0]["Body"])
            assert isinstance(message, DigestMessage)
            found.append(message.owner_id)
            client.delete_message(QueueUrl=self.queue_url, ReceiptHandle=got[0]["ReceiptHandle"])
        return found


@pytest.fixture
def world(tables: dict[str, str]) -> World:
    """Return a world in which no mail has gone out."""
    dynamodb, sqs, crashes = boto3.client("dynamodb"), boto3.client("sqs"), Crashes()
    crashes.watch(dynamodb, sqs)
    url = sqs.create_queue(QueueName="notices")["QueueUrl"]
    table = tables["OwnersTable"]
    return World(
        addresses=Addresses(dynamodb, table),
        mailings=Mailings(dynamodb, table),
        notices=Notices(dynamodb, table),
        queue=Queue(sqs, url),
        crashes=crashes,
        queue_url=url,
    )


def told(kind: str, about: dict[str, Any], message_id: str = MAIL_ID, sent: str = SENT) -> str:
    """Return the body of an event."""
    key = kind[0].lower() + kind[1:]
    mail = {"messageId": message_id, "timestamp": sent, "destination": [ANN]}
    return json.dumps({"eventType": kind, key: about, "mail": mail})


def bounce(*addresses: str, **facts: str) -> str:
    """Return the body of a permanent bounce of the mail, unless told otherwise."""
    recipients = [{"emailAddress": address} for address in addresses or (ANN,)]
    mail = {k: facts.pop(k) for k in ("message_id", "sent") if k in facts}
    return told("Bounce", {**PERMANENT, **facts, "bouncedRecipients": recipients}, **mail)


COMPLAINT = told("Complaint", {"complainedRecipients": [{"emailAddress": ANN}]})
DELAY = told("DeliveryDelay", {"delayedRecipients": [{"emailAddress": ANN}]})


@pytest.mark.parametrize(
    ("body", "outcome", "trouble"),
    [
        (bounce(), Outcome.BOUNCED, Trouble.BOUNCED),
        (bounce(bounceSubType="OnAccountSuppressionList"), Outcome.BOUNCED, Trouble.BOUNCED),
        (COMPLAINT, Outcome.COMPLAINED, Trouble.COMPLAINED),
    ],
)
def test_a_lasting_trouble_marks_the_address_and_has_the_rest_told_again(
    world: World, body: str, outcome: Outcome, trouble: Trouble
) -> None:
    """Whoever is told next is decided afresh: the colleague, as the address is marked by then."""
    world.mailed()

    assert outcome is world.hears(body)
    assert Standing(trouble, NOON) == world.addresses.standing(ANN, NOON + 60)
    assert (0, None, NOON + 60) == (
        world.notice().mailed,
        world.notice().mailed_at,
        world.notice().due_at,
    )
    assert [OWNER] == world.digests()


@pytest.mark.parametrize("body", [DELAY, bounce(bounceType="Transient")])
def test_a_passing_trouble_is_only_remembered(world: World, body: str) -> None:
    """The letter may still arrive; another one would be a second mail of one incident."""
    after = world.mailed()

    assert Outcome.DELAYED is world.hears(body)
    assert Standing(Trouble.DELAYED, NOON) == world.addresses.standing(ANN, NOON + 60)
    assert after == world.notice()
    assert [] == world.digests()


def test_only_those_named_are_marked(world: World) -> None:
    """A forwarding address that fails says nothing of the one that we wrote to."""
    world.mailed()
    world.hears(bounce("elsewhere@example.org", "more@example.org"))

    assert world.addresses.standing(ANN, NOON) is None
    for address in ("elsewhere@example.org", "more@example.org"):
        assert world.addresses.standing(address, NOON)


def test_an_event_of_a_forgotten_mail_still_marks(world: World) -> None:
    """After a month nobody knows whose it was, but the address is dead all the same."""
    assert Outcome.BOUNCED is world.hears(bounce(message_id="unknown"))
    assert world.addresses.standing(ANN, NOON)
    assert [] == world.digests()


def test_only_the_notices_of_the_mail_are_told_again(world: World) -> None:
    """What a later letter told is not undone by the first one's bounce."""
    world.mailed()
    other = world.mailed("0102018f-000001", 2)
    world.hears(bounce())

    assert 0 == world.notice(1).mailed
    assert other == world.notice(2)


def test_a_stand_in_whose_address_fails_is_stood_in_for(world: World) -> None:
    """Each mail that comes back has its notice told anew, once."""
    before = world.mailed()
    world.hears(bounce())
    opened = world.notice()
    again = replace(opened, due_at=None, mailed=1, mailed_at=NOON + 90, last_message_id="second")
    world.mailings.record(Mailing("second", OWNER, "own_2", NOON + 90), [(opened, again)])
    for _ in range(2):
        world.hears(bounce("bob@example.com", message_id="second"), NOON + 120)
        world.hears(bounce(), NOON + 120)

    assert before.message_id == world.notice().message_id
    assert (0, 2) == (world.notice().mailed, world.notice().undelivered)
    assert world.addresses.standing("bob@example.com", NOON + 120)


def test_replays_and_reorderings_change_nothing(world: World) -> None:
    """SQS may deliver twice, SNS in any order."""
    world.mailed()
    for body in (bounce(), DELAY, COMPLAINT, bounce(), DELAY):
        world.hears(body)
    opened = world.notice()
    world.hears(bounce(), NOON + 3600)

    assert opened == world.notice()
    assert Standing(Trouble.BOUNCED, NOON) == world.addresses.standing(ANN, NOON + 3600)
    assert {OWNER} == set(world.digests())


def test_a_replay_after_the_owner_forgave_marks_nothing(world: World) -> None:
    """He says that mail reaches him again: news of the old mail does not contradict him."""
    world.mailed()
    world.hears(bounce())
    world.addresses.forgive(ANN, NOON + 120)
    world.hears(bounce(), NOON + 180)

    assert world.addresses.standing(ANN, NOON + 180) is None


@pytest.mark.parametrize("after", [False, True])
def test_a_crash_at_any_call_is_made_good_by_redelivery(world: World, *, after: bool) -> None:
    """However far it came, in the end the address is marked, and somebody is told: once."""
    number = 0
    while number := number + 1:
        mail_id, address = f"id-{number}-{after}", f"own{number}@example.com"
        world.mailed(mail_id, number)
        world.digests()
        body = bounce(address, message_id=mail_id)
        world.crashes.at(number, after=after)
        try:
            world.hears(body)
            survived = True
        except Crash:
            survived = False
        world.crashes.restart()
        world.hears(body, NOON + 600)

        assert world.addresses.standing(address, NOON + 600)
        assert 0 == world.notice(number).mailed
        assert OWNER in world.digests()
        if survived:
            break
    assert number > 4


@pytest.mark.parametrize("sent", ["", "never", "2030-01-01T00:00:00Z"])
def test_a_mail_sent_in_the_future_or_at_no_time_is_of_now(world: World, sent: str) -> None:
    """Another machine's clock makes no mark that outlasts its owner's word."""
    world.hears(bounce(sent=sent))

    assert Standing(Trouble.BOUNCED, NOON + 60) == world.addresses.standing(ANN, NOON + 60)


def test_a_rejected_mail_is_for_operators(world: World) -> None:
    """The same letter would be rejected again, whoever it goes to."""
    after = world.mailed()

    assert Outcome.REJECTED is world.hears(told("Reject", {"reason": "Bad content"}))
    assert (after, []) == (world.notice(), world.digests())


@pytest.mark.parametrize("body", [mail_events.GREETING, told("Delivery", {"recipients": [ANN]})])
def test_other_events_do_nothing(world: World, body: str) -> None:
    """Nothing is read or written for them."""
    world.crashes.at(1, after=False)

    assert Outcome.IGNORED is world.hears(body)


def test_nonsense_changes_nothing(world: World) -> None:
    """It is refused before anything is written."""
    world.crashes.at(1, after=False)

    with pytest.raises(BrokenMessage):
        world.hears(bounce().replace("messageId", "messageID"))
