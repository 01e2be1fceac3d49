"""Time that is moved by hand moves for everybody."""

from __future__ import annotations

import json
import time
from typing import Any

import urllib3

from infra.local.stack import Stack, StackOptions
from tests.integration.local.conftest import TEMPLATE


def ticks(stack: Stack) -> list[dict[str, Any]]:
    """Return what the scheduled function has logged."""
    assert stack.settle()
    lines = [line for line in stack.logs("Ticker").splitlines() if "\tticker\t" in line]
    return [json.loads(line.split("\t")[2]) for line in lines]


def test_each_schedule_fires_once_however_far_time_jumps(stack: Stack) -> None:
    """The missed hours are one firing, for the latest of them; then it goes on by the hour."""
    before = ticks(stack)
    assert 1 == len(before), "a rate fires when it is made"
    stack.clock.advance(6 * 3600 + 10)
    (jumped,) = ticks(stack)[1:]
    stack.clock.advance(3600)
    (_, last) = ticks(stack)[1:]
    hours = [tick["event"]["at"][11:13] for tick in (before[0], jumped, last)]
    assert [6, 7] == [(int(hour) - int(hours[0])) % 24 for hour in hours[1:]]
    assert {"1"} == {tick["event"]["attempt"] for tick in ticks(stack)}
    assert abs(last["now"] - stack.clock.now()) < 5


def test_a_stack_may_begin_ahead_of_real_time() -> None:
    """A story that needs a morning has one: emulator, banks and functions live in it at once."""
    with Stack(StackOptions(template=TEMPLATE, ahead=7200)) as ahead:
        (first,) = ticks(ahead)
        banks = ahead.simulators.control("GET", "/clock")["now"]
        made = ahead.clients("sqs").get_queue_attributes(
            QueueUrl=ahead.attributes["Work"]["Ref"], AttributeNames=["CreatedTimestamp"]
        )
        later = time.time() + 7200
        assert all(
            abs(shown - later) < 60
            for shown in (
                first["now"],
                banks,
                ahead.clock.now(),
                int(made["Attributes"]["CreatedTimestamp"]),
            )
        )


def test_simulated_banks_and_tokens_follow(stack: Stack) -> None:
    """The banks' clock is the stack's, and a token of an hour is dead after two."""
    token = stack.issuer.token("u", "w", "u@example.com")
    headers = {"Authorization": f"Bearer {token}"}
    first = urllib3.request("GET", f"{stack.api.url}/mine", headers=headers, retries=False)
    stack.clock.advance(7200)
    second = urllib3.request("GET", f"{stack.api.url}/mine", headers=headers, retries=False)
    assert (200, 401) == (first.status, second.status)
    assert abs(stack.simulators.control("GET", "/clock")["now"] - stack.clock.now()) < 5


def test_refused_mail_is_not_in_the_mailbox(stack: Stack) -> None:
    """The mailbox can make SES refuse, and keeps only what was accepted."""
    stack.mailbox.refuse(times=1)
    message = {"id": "refused", "word": "w", "colour": "red"}
    body = json.dumps({"send": json.dumps(message)})
    urllib3.request("POST", f"{stack.api.url}/behave", body=body, retries=False)
    assert stack.settle()
    assert 1 == len(stack.mailbox.mails())  # botocore tried again
