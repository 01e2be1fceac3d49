"""Reading what SES tells of a mail: every kind of event it documents, and nonsense."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.local.mail.events import Fate, event
from infra.local.mail.mail import Mail
from notify.mail_events import GREETING, Event, Outcome, read
from relink.addresses import Trouble
from relink.queues import BrokenMessage

SENT = 1_767_268_800  # 2026-01-01 12:00 UTC
MAIL = {"messageId": "0102-aa-000000", "timestamp": "2026-01-01T12:00:00.123Z"}
ANN = "ann@example.com"

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def bounce(kind: str, subtype: str = "General", *recipients: Any, **mail: Any) -> str:
    """Return the body of a bounce."""
    about = {
        "bounceType": kind,
        "bounceSubType": subtype,
        "bouncedRecipients": list(recipients) or [{"emailAddress": ANN}],
    }
    return json.dumps({"eventType": "Bounce", "bounce": about, "mail": {**MAIL, **mail}})


def complaint(**facts: Any) -> str:
    """Return the body of a complaint."""
    about = {"complainedRecipients": [{"emailAddress": ANN}], **facts}
    return json.dumps({"eventType": "Complaint", "complaint": about, "mail": MAIL})


@pytest.mark.parametrize(
    "subtype", ["General", "NoEmail", "Suppressed", "OnAccountSuppressionList", "OfTheFuture"]
)
def test_a_permanent_bounce_is_the_end_of_an_address(subtype: str) -> None:
    """Why SES gave up does not matter, not even when it did so before trying."""
    found = read(bounce("Permanent", subtype))

    assert Event(Outcome.BOUNCED, "0102-aa-000000", SENT, (ANN,)) == found
    assert Trouble.BOUNCED is found.trouble


@pytest.mark.parametrize("kind", ["Transient", "Undetermined", "OfTheFuture"])
def test_any_other_bounce_is_a_delay(kind: str) -> None:
    """A full mailbox is emptied again: only what is certain stops mail."""
    assert Event(Outcome.DELAYED, "0102-aa-000000", SENT, (ANN,)) == read(bounce(kind))


@pytest.mark.parametrize(
    "facts",
    [{}, {"complaintFeedbackType": "abuse"}, {"complaintSubType": "OnAccountSuppressionList"}],
)
def test_a_complaint_is_one_whatever_it_is_about(facts: dict[str, str]) -> None:
    """Who calls us spam is left in peace."""
    assert Event(Outcome.COMPLAINED, "0102-aa-000000", SENT, (ANN,)) == read(complaint(**facts))


def test_a_complaint_taken_back_is_none() -> None:
    """A mail moved out of the spam folder is reported under the same name (RFC 6430)."""
    assert Event(Outcome.IGNORED) == read(complaint(complaintFeedbackType="not-spam"))


def test_a_delivery_delay_concerns_those_who_still_wait() -> None:
    """SES goes on trying; the page can say why nothing has come yet."""
    about = {"delayType": "MailboxFull", "delayedRecipients": [{"emailAddress": ANN}]}
    told = {"eventType": "DeliveryDelay", "deliveryDelay": about, "mail": MAIL}

    assert Event(Outcome.DELAYED, "0102-aa-000000", SENT, (ANN,)) == read(json.dumps(told))


def test_a_rejected_mail_is_nobodys_fault_but_ours() -> None:
    """No address is marked for a mail that SES held for harmful."""
    found = read(
        json.dumps({"eventType": "Reject", "reject": {"reason": "Bad content"}, "mail": MAIL})
    )

    assert Event(Outcome.REJECTED, "0102-aa-000000", SENT) == found
    assert found.trouble is None


@pytest.mark.parametrize("kind", ["Send", "Delivery", "Open", "Rendering Failure", "OfTheFuture"])
def test_other_events_are_none_of_our_business(kind: str) -> None:
    """A destination that somebody has widened breaks nothing."""
    assert Event(Outcome.IGNORED) == read(json.dumps({"eventType": kind, "mail": MAIL}))


def test_the_greeting_of_ses_is_no_broken_message() -> None:
    """Else the first deployment would leave a dead letter, and an alarm."""
    assert Event(Outcome.IGNORED) == read(GREETING)


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (ANN, (ANN,)),
        (f"Ann <{ANN}>", (ANN,)),
        (f"<{ANN}>", (ANN,)),
        ("", ()),
        ("unknown recipient", ()),
    ],
)
def test_an_address_is_taken_out_of_what_a_mail_server_wrote(
    told: str, expected: tuple[str, ...]
) -> None:
    """SES passes on the final recipient as the other side reported it."""
    assert expected == read(bounce("Permanent", "General", {"emailAddress": told})).addresses


@pytest.mark.parametrize("timestamp", [None, "", "yesterday", 7, "9" * 99, ["2026-01-01"]])
def test_a_time_that_cannot_be_read_is_no_time(timestamp: Any) -> None:
    """The address is marked all the same."""
    found = read(bounce("Permanent", timestamp=timestamp))

    assert (None, (ANN,)) == (found.sent_at, found.addresses)


@pytest.mark.parametrize("fate", Fate)
def test_the_local_stacks_events_are_read_as_those_of_ses(fate: Fate) -> None:
    """What stands in for SES locally speaks its language."""
    raw = b"To: ann@example.com\r\nSubject: News\r\n\r\nText\r\n"
    mail = Mail(1, "id-1", SENT + 0.5, "Relink <a@example.com>", (ANN,), "set", raw)
    found = read(json.dumps(event(mail, ANN, fate, SENT + 60.0)))

    assert ("id-1", SENT) == (found.message_id, found.sent_at)
    assert found.outcome is not Outcome.IGNORED
    assert (() if fate is Fate.REJECTED else (ANN,)) == found.addresses


@pytest.mark.parametrize(
    "body",
    [
        "",
        "not json",
        "null",
        "[]",
        '"Bounce"',
        "{}",
        '{"notificationType": "Bounce"}',
        '{"eventType": 7}',
        '{"eventType": "Bounce"}',
        '{"eventType": "Bounce", "bounce": []}',
        '{"eventType": "Bounce", "bounce": {"bounceType": "Permanent"}, "mail": {}}',
        '{"eventType": "Complaint", "complaint": 1}',
        '{"eventType": "DeliveryDelay", "deliveryDelay": null}',
        bounce("Permanent", "General", "ann@example.com"),
        bounce("Permanent", "General", {"emailAddress": None}),
        bounce("Permanent", "General", {"emailAddress": "ann\ud800@example.com"}),
        bounce("Permanent", messageId=7),
        "[" * 100_000,
    ],
)
def test_nonsense_is_a_broken_message_that_quotes_nothing(body: str) -> None:
    """It ends among the dead letters, and the log does not learn who it was about."""
    with pytest.raises(BrokenMessage, match=r"^not an event of SES: \w+$") as raised:
        read(body)
    assert raised.value.__suppress_context__


@given(
    told=st.dictionaries(st.sampled_from(["bounce", "complaint", "deliveryDelay", "mail"]), JSON),
    kind=st.sampled_from(["Bounce", "Complaint", "DeliveryDelay", "Reject"]) | JSON,
)
def test_whatever_arrives_is_read_or_broken(told: dict[str, Any], kind: Any) -> None:
    """No other error leaves the reader, so none can carry an address to the log."""
    try:
        found = read(json.dumps({"eventType": kind, **told}))
    except BrokenMessage:
        return
    assert isinstance(found, Event)
