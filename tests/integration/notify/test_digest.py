"""From a message to one mail: what it holds, to whom it goes, when there is none."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from notify.gathering import UnknownShape
from notify.mail import NotSent, Outbox, Sender
from relink import links
from relink.bank_accounts import Account, identity
from relink.provider import SyncResult
from relink.reasons import Reason, Status
from relink.signing import Keys
from tests.integration.notify.bench import PUBLIC_URL, mails, queued, take, text_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.integration.notify.bench import Bench


def refusing(answer: Callable[[], Exception]) -> Any:
    """Return an SES client whose sending fails with that error, before it reaches SES."""
    client = boto3.client("sesv2")

    def refuse(**_: Any) -> None:
        raise answer()

    client.meta.events.register("before-call.sesv2.SendEmail", refuse)
    return client


def with_outbox(bench: Bench, client: Any) -> None:
    """Have the bench send through this SES client."""
    object.__setattr__(
        bench.digests.post, "outbox", Outbox(client, Sender("Relink", "notices@example.com"))
    )


def test_reds_of_one_owner_become_one_mail(bench: Bench) -> None:
    """Two banks in the same minute: one letter that names both, with a link for each."""
    once = [bench.add(number, last_success_at=bench.clock.now) for number in (1, 2)]
    bench.tell(*(bench.redden(made) for made in once))

    assert ["sent"] == bench.deliver()
    [mail] = mails()
    assert "Bank 1 and Bank 2 need to be reconnected" == mail["Subject"]
    assert 2 == text_of(mail).count(f"{PUBLIC_URL}/reconnect/")


def test_owners_get_mails_of_their_own(bench: Bench) -> None:
    """Nobody reads of another's banks."""
    bench.profile("own_2", language="es")
    bench.tell(bench.redden(bench.add(1)), bench.redden(bench.add(2, "own_2")))
    bench.deliver()

    assert [
        ("own_1@example.com", "Bank 1 needs to be reconnected"),
        ("own_2@example.com", "Hay que reconectar Bank 2"),
    ] == [(m["To"], m["Subject"]) for m in mails()]


def test_a_mail_is_recorded_with_the_id_that_ses_gave(bench: Bench) -> None:
    """A reminder can then be threaded to it, a bounce be traced."""
    bench.tell(bench.redden(bench.add()))
    bench.deliver()

    assert bench.notice().mailed_at == bench.clock.now
    assert bench.notice().message_id
    assert bench.gates.get("own_1") is None


def test_a_message_delivered_twice_mails_once(bench: Bench) -> None:
    """Redelivery finds nothing left to tell."""
    bench.tell(bench.redden(bench.add()))
    bench.deliver()

    assert "nothing left to tell" == bench.turn().outcome.value
    assert 1 == len(mails())


def test_what_is_green_again_is_not_mailed(bench: Bench) -> None:
    """True at the moment it is sent, even if the stream has not told of the end yet."""
    bench.tell(bench.redden(bench.add(1)), bench.redden(bench.add(2)))
    bench.mend("con_1")
    bench.deliver()

    [mail] = mails()
    assert "Bank 2 needs to be reconnected" == mail["Subject"]
    assert not bench.notice("con_1").pending
    assert bench.notice("con_1").mailed_at is None


def test_nothing_is_sent_when_all_is_green_again(bench: Bench) -> None:
    """Silence, and no gate left behind."""
    bench.tell(bench.redden(bench.add()))
    bench.mend("con_1")

    assert ["nothing left to tell"] == bench.deliver()
    assert [] == mails()
    assert bench.gates.get("own_1") is None


def test_a_later_incident_is_not_mailed_for_an_earlier_one(bench: Bench) -> None:
    """The old notice is over; the new one has a message and a mail of its own."""
    first = bench.redden(bench.add())
    bench.mend("con_1")
    bench.clock.advance(10)
    second = bench.redden(bench.now("con_1"))
    bench.tell(first)
    take()

    assert "nothing left to tell" == bench.turn().outcome.value
    bench.clock.advance(100)
    bench.tell(second)
    assert ["sent"] == bench.deliver()
    assert 1 == len(mails())


def test_a_connection_that_is_gone_is_not_mailed(bench: Bench) -> None:
    """Disconnected between the record and the mail."""
    bench.tell(bench.redden(bench.add()))
    boto3.client("dynamodb").delete_item(
        TableName=bench.connections.table, Key={"connection_id": {"S": "con_1"}}
    )

    assert ["nothing left to tell"] == bench.deliver()
    assert not bench.notice().pending


@pytest.mark.parametrize("email", ["", "not an address", "a@b", "x@example.com\r\nBcc: y@z.io"])
def test_an_owner_without_an_address_keeps_the_notice(bench: Bench, email: str) -> None:
    """Nothing is sent and nothing goes round; with an address, the next mail brings it, too."""
    bench.profile(email=email)
    bench.tell(bench.redden(bench.add(1)))

    assert ["no address"] == bench.deliver()
    assert ([], []) == (queued(), mails())
    assert bench.notice().pending
    assert bench.gates.get("own_1") is None

    bench.profile()
    bench.clock.advance(3600)
    bench.tell(bench.redden(bench.add(2)))
    bench.deliver()
    assert ["Bank 1 and Bank 2 need to be reconnected"] == [m["Subject"] for m in mails()]


def test_an_unknown_owner_keeps_the_notice(bench: Bench) -> None:
    """Nobody has said yet how he is reached, and nobody is there who could stand in for him."""
    bench.tell(bench.redden(bench.add(1, "own_unknown", workspace_id="ws_9")))

    assert ["no address"] == bench.deliver()
    assert bench.notice("con_1", "own_unknown").pending


def test_the_link_opens_this_state_of_the_connection(bench: Bench) -> None:
    """It names the connection and its credentials, so that it dies when they are replaced."""
    bench.tell(bench.redden(bench.add(credentials_version=3, last_success_at=bench.clock.now)))
    bench.deliver()
    [mail] = mails()
    token = text_of(mail).split("/reconnect/")[1].split()[0]
    secret = boto3.client("secretsmanager").get_secret_value(SecretId="link-key")
    link = links.read(token, Keys({secret["VersionId"][:8]: b"k" * 64}))

    assert ("con_1", 3) == (link.connection_id, link.credentials_version)
    assert bench.clock.now + links.LIFE == link.expires_at


def test_products_are_named_as_their_owner_names_them(bench: Bench) -> None:
    """Hidden ones are left out."""
    bench.tell(bench.redden(bench.add()))
    names = ["Current", "Savings", "Old"]
    accounts = [Account(n, (identity("fake", n),), n, "EUR", Decimal(1)) for n in names]
    ids = bench.ledger.store("con_1", SyncResult(accounts=tuple(accounts)), bench.clock.now)
    facts: dict[str, Any] = {
        "Savings": ("name", {"S": "Rainy days"}),
        "Old": ("hidden", {"BOOL": True}),
    }
    for name, (attribute, value) in facts.items():
        boto3.client("dynamodb").update_item(
            TableName=bench.ledger.table,
            Key={"connection_id": {"S": "con_1"}, "sk": {"S": f"account#{ids[name]}"}},
            UpdateExpression="SET #attribute = :value",
            ExpressionAttributeNames={"#attribute": attribute},
            ExpressionAttributeValues={":value": value},
        )
    bench.deliver()

    assert "Accounts: Current and Rainy days\n" in text_of(mails()[0])


def test_a_refusal_by_ses_is_raised_and_nothing_is_lost(bench: Bench) -> None:
    """The message goes back to the queue and the way is free for it; SES's words stay inside."""
    bench.tell(bench.redden(bench.add()))
    told = {"Error": {"Code": "MessageRejected", "Message": "not verified: own_1@example.com"}}
    ses = bench.digests.post.outbox
    with_outbox(bench, refusing(lambda: ClientError(told, "SendEmail")))  # type: ignore[arg-type]

    with pytest.raises(NotSent, match=r"^MessageRejected$") as raised:
        bench.turn()
    assert raised.value.__suppress_context__
    object.__setattr__(bench.digests.post, "outbox", ses)
    assert ["sent"] == bench.deliver()


def test_a_lost_answer_is_raised(bench: Bench) -> None:
    """The one case in which a mail may be sent twice is at least tried again, not lost."""
    bench.tell(bench.redden(bench.add()))
    with_outbox(bench, refusing(lambda: ReadTimeoutError(endpoint_url="https://ses")))

    with pytest.raises(NotSent, match="ReadTimeoutError"):
        bench.turn()
    assert bench.notice().pending


def test_a_throttled_mail_comes_again_without_using_up_its_message(bench: Bench) -> None:
    """SES's rate is no fault of the message: a fresh one takes its place."""
    bench.tell(bench.redden(bench.add()))
    take()
    ses = bench.digests.post.outbox
    throttle = boto3.client("sesv2").exceptions.TooManyRequestsException
    answer: Any = {"Error": {"Code": "TooManyRequestsException", "Message": ""}}
    client = refusing(lambda: throttle(answer, "SendEmail"))
    client.exceptions.TooManyRequestsException = throttle
    with_outbox(bench, client)

    assert "throttled" == bench.turn().outcome.value
    object.__setattr__(bench.digests.post, "outbox", ses)
    assert ["sent"] == bench.deliver()
    assert 1 == len(mails())


def test_a_connection_that_cannot_be_read_does_not_hold_up_the_others(bench: Bench) -> None:
    """The others are mailed; its message ends in the dead-letter queue, its notice stays."""
    bench.tell(bench.redden(bench.add(1)), bench.redden(bench.add(2)))
    boto3.client("dynamodb").update_item(
        TableName=bench.connections.table,
        Key={"connection_id": {"S": "con_1"}},
        UpdateExpression="SET reason = :r",
        ExpressionAttributeValues={":r": {"S": "of_a_later_version"}},
    )

    for _ in range(3):
        with pytest.raises(UnknownShape, match="unreadable connections: 1"):
            bench.turn()
    assert ["Bank 2 needs to be reconnected"] == [m["Subject"] for m in mails()]
    assert bench.notice("con_1").pending


def test_two_messages_at_once_mail_once(bench: Bench) -> None:
    """While one run sends, another leaves a message for later and sends nothing."""
    bench.tell(bench.redden(bench.add()))
    take()
    bench.gates.begin_sending("own_1", bench.clock.now)

    assert "being sent" == bench.turn().outcome.value
    assert [] == mails()
    assert 1 == len(queued())


def test_orange_is_not_mailed(bench: Bench) -> None:
    """Only red asks anything of an owner."""
    before = bench.add()
    waiting = replace(before, status=Status.ORANGE, reason=Reason.BANK_UNAVAILABLE)
    bench.tell(bench.change(before, waiting))

    assert [] == queued()
    assert [] == bench.notices.of("own_1")
