"""Messages say what they said, and nothing else is taken for one."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relink.queues import (
    AttemptMessage,
    BrokenMessage,
    DigestMessage,
    Message,
    Queue,
    Refused,
    SyncMessage,
    from_body,
    to_body,
)

ids = st.text("abcdefghijklmnopqrstuvwxyz0123456789_-.:|", min_size=1, max_size=256)
messages = st.one_of(
    st.builds(SyncMessage, ids, st.integers(0, 2**31)),
    st.builds(AttemptMessage, ids),
    st.builds(DigestMessage, ids),
)


class FakeSqs:
    """A queue that keeps what it is sent, and refuses what it is told to."""

    def __init__(self, refused: int = 0, times: int = 100, *, fault: bool = False) -> None:
        self.sent: list[dict[str, Any]] = []
        self.batches: list[int] = []
        self._refused, self._times, self._fault = refused, times, fault

    def send_message(self, **arguments: Any) -> None:
        """Keep a message."""
        self.sent.append(arguments)

    def send_message_batch(self, **arguments: Any) -> dict[str, Any]:
        """Keep a batch."""
        entries = arguments["Entries"]
        assert len({e["Id"] for e in entries}) == len(entries)
        self.batches.append(len(entries))
        self.sent += entries
        refused = self._refused if len(self.batches) <= self._times else 0
        return {"Failed": [{"Id": e["Id"], "SenderFault": self._fault} for e in entries[:refused]]}


def queue(client: FakeSqs) -> Queue:
    """Return our queue on a fake one."""
    return Queue(client, "https://queue")  # type: ignore[arg-type]


@given(messages)
def test_a_message_says_what_it_said(message: Message) -> None:
    """What is sent is what is read."""
    assert from_body(to_body(message)) == message


@settings(max_examples=40)
@given(st.one_of(st.text(), st.recursive(st.none(), st.lists).map(json.dumps)))
def test_nonsense_is_a_broken_message(body: str) -> None:
    """Whatever lies in a queue, the outcome has a name."""
    with pytest.raises(BrokenMessage):
        from_body(body)


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"kind": "other"},
        {"kind": None},
        {"kind": {}},
        {"kind": "sync", "connection_id": "c"},
        {"kind": "sync", "connection_id": "c", "cycle": "1"},
        {"kind": "sync", "connection_id": "c", "cycle": True},
        {"kind": "sync", "connection_id": "c", "cycle": 1.0},
        {"kind": "sync", "connection_id": "c", "cycle": -1},
        {"kind": "sync", "connection_id": "c", "cycle": 10**40},
        {"kind": "sync", "connection_id": "c", "cycle": 1, "more": 2},
        {"kind": "attempt", "attempt_id": ""},
        {"kind": "attempt", "attempt_id": 7},
        {"kind": "attempt", "attempt_id": "x" * 257},
        {"kind": "attempt", "attempt_id": "\ud800"},
        {"kind": "digest", "owner_id": "a\nb"},
    ],
)
def test_what_is_nearly_a_message_is_broken(values: dict[str, Any]) -> None:
    """Each attribute is there, of its type, and of a size that our tables can hold."""
    with pytest.raises(BrokenMessage):
        from_body(json.dumps(values))


def test_depth_breaks_the_message_not_the_batch() -> None:
    """A text nested without end is one broken message."""
    with pytest.raises(BrokenMessage):
        from_body('{"kind":' + "[" * 200_000)


def test_the_cause_does_not_quote_the_message() -> None:
    """What a stranger writes into a queue does not reach the log."""
    with pytest.raises(BrokenMessage) as caught:
        from_body('{"kind": "attempt", "attempt_id": "hunter2\\n"}')

    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(("wanted", "sent"), [(0, 0), (60, 60), (900, 900), (3600, 900), (-5, 0)])
def test_a_delay_is_what_sqs_allows(wanted: int, sent: int) -> None:
    """Fifteen minutes at most; what is overdue goes at once."""
    client = FakeSqs()
    queue(client).send(AttemptMessage("att_1"), delay=wanted)

    assert client.sent[0]["DelaySeconds"] == sent


@pytest.mark.parametrize(("count", "batches"), [(0, []), (10, [10]), (23, [10, 10, 3])])
def test_messages_are_sent_ten_at_a_time(count: int, batches: list[int]) -> None:
    """As many as SQS takes at once, none left over."""
    client = FakeSqs()

    assert queue(client).send_all(SyncMessage(f"c{n}", 1) for n in range(count)) == count
    assert client.batches == batches


def test_messages_are_sent_many_tens_at_once() -> None:
    """A width sends the same batches, in no order."""
    client = FakeSqs()

    assert 95 == queue(client).send_all((SyncMessage(f"c{n}", 1) for n in range(95)), width=4)
    assert [5, *[10] * 9] == sorted(client.batches)


def test_what_sqs_had_no_room_for_is_sent_again_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """What it has taken is not sent twice."""
    monkeypatch.setattr("time.sleep", lambda _: None)
    client = FakeSqs(refused=2, times=1)

    assert 3 == queue(client).send_all(SyncMessage(f"c{n}", 1) for n in range(3))
    assert [3, 2] == client.batches


def test_a_refused_message_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """A batch that was taken in part is not taken for sent."""
    monkeypatch.setattr("time.sleep", lambda _: None)
    with pytest.raises(Refused, match="2 of 3"):
        queue(FakeSqs(refused=2)).send_all(SyncMessage(f"c{n}", 1) for n in range(3))


def test_what_sqs_will_never_take_is_not_sent_again() -> None:
    """It says so: the fault is the sender's."""
    client = FakeSqs(refused=2, fault=True)
    with pytest.raises(Refused):
        queue(client).send_all(SyncMessage(f"c{n}", 1) for n in range(3))

    assert [3] == client.batches
