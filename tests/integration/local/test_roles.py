"""A function may do in the local stack what its role allows, and nothing else."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from infra.local.clients import Clients
from infra.local.policies import document, judgeable
from infra.local.roles import lend

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from infra.local.stack import Stack


def test_a_function_fails_without_its_permission(stack: Stack) -> None:
    """As it would on AWS; with it again, it goes on."""
    role = stack.attributes["Role"]["Ref"]
    iam = stack.clients("iam")
    before = iam.get_role_policy(RoleName=role, PolicyName="works")["PolicyDocument"]
    [said] = before["Statement"]
    less = {**said, "Action": [a for a in said["Action"] if a != "dynamodb:PutItem"]}
    iam.put_role_policy(RoleName=role, PolicyName="works", PolicyDocument=document([less]))
    message = {"messageId": "1", "body": json.dumps({"id": "thing", "word": "w"})}
    worker, event = stack.functions["Worker"], {"Records": [message]}
    told = worker.invoke(event)
    iam.put_role_policy(RoleName=role, PolicyName="works", PolicyDocument=json.dumps(before))

    assert told.error is not None
    assert "perform: dynamodb:PutItem" in told.error["errorMessage"]
    assert {"batchItemFailures": []} == worker.invoke(event).result


def test_nobody_reads_credentials_but_the_worker(real_stack: Stack) -> None:
    """Of the real template's functions, by the emulator's own judgement, in whatever way."""
    table = real_stack.attributes["CredentialsTable"]["Ref"]
    key = {"connection_id": {"S": "con_1"}}
    found = {}
    for role in real_stack.template.of_type("AWS::IAM::Role"):
        lent = lend(real_stack.attributes[role]["Arn"], real_stack.clients)
        dynamodb = Clients(real_stack.engine.url, lent)("dynamodb")
        found[role] = [
            refused(partial(dynamodb.get_item, TableName=table, Key=key)),
            refused(partial(dynamodb.batch_get_item, RequestItems={table: {"Keys": [key]}})),
            refused(partial(dynamodb.scan, TableName=table)),
            refused(partial(dynamodb.transact_get_items, TransactItems=[in_one(table, key)])),
        ]

    others = ["DispatchRole", "NotifyRole", "ReconnectRole"]
    assert dict.fromkeys(others, [True] * 4) == {role: found[role] for role in others}
    assert not found["WorkerRole"][1]  # it reads them for a batch at once


def in_one(table: str, key: Mapping[str, Any]) -> dict[str, Any]:
    """Return a read as a part of a transaction."""
    return {"Get": {"TableName": table, "Key": key}}


def refused(read: Callable[[], object]) -> bool:
    """Tell whether a call is refused for want of a permission."""
    try:
        read()
    except ClientError as error:
        return error.response["Error"]["Code"] == "AccessDeniedException"
    return False


def test_a_session_lasts_as_long_as_the_stack(real_stack: Stack) -> None:
    """Its time goes by leaps of months, of which a function's process is not told."""
    real_stack.clock.advance(200 * 86_400)

    assert real_stack.fire("EveryMinute").error is None


@pytest.mark.parametrize(
    ("condition", "kept"),
    [
        ({"StringEquals": {"ses:FromAddress": "a@example.com"}}, None),
        (
            {
                "Null": {"dynamodb:LeadingKeys": "false"},
                "ArnEquals": {"aws:SourceArn": "arn:aws:sns:eu-west-1:1:t"},
            },
            {"ArnEquals": {"aws:SourceArn": "arn:aws:sns:eu-west-1:1:t"}},
        ),
    ],
)
def test_only_what_the_emulator_cannot_judge_is_left_out(
    condition: dict[str, Any], kept: dict[str, Any] | None
) -> None:
    """What it can judge, it does."""
    statement = {"Effect": "Allow", "Action": "sqs:DeleteMessage", "Resource": "r"}

    told = judgeable({**statement, "Condition": condition})
    assert kept == told.get("Condition")


def test_a_statement_that_forbids_is_not_made_to_forbid_more() -> None:
    """Without its condition it would: whoever adds one has to think of the emulator."""
    with pytest.raises(ValueError, match="condition"):
        judgeable({"Effect": "Deny", "Action": "*", "Resource": "*"})


def test_what_the_emulator_calls_by_other_names_is_told_to_it() -> None:
    """A batch is an action of its own there; no mail is of an identity."""
    both = {"Effect": "Allow", "Resource": "r"}

    assert ["sqs:SendMessage", "sqs:SendMessageBatch"] == judgeable(
        {**both, "Action": "sqs:SendMessage"}
    )["Action"]
    assert "*" == judgeable({**both, "Action": ["ses:SendEmail"]})["Resource"]
    assert "r" == judgeable({**both, "Action": ["ses:SendEmail", "sqs:SendMessage"]})["Resource"]
