"""A function may do in the local stack what its role allows, and nothing else."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from infra.local.policies import document, judgeable
from infra.local.roles import lend
from tests.privileges.second_engine import session

if TYPE_CHECKING:
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
    refused = worker.invoke(event)
    iam.put_role_policy(RoleName=role, PolicyName="works", PolicyDocument=json.dumps(before))

    assert refused.error is not None
    assert "perform: dynamodb:PutItem" in refused.error["errorMessage"]
    assert {"batchItemFailures": []} == worker.invoke(event).result


def test_nobody_reads_credentials_but_the_worker(real_stack: Stack) -> None:
    """Of the real template's functions, by the emulator's own judgement."""
    table = real_stack.attributes["CredentialsTable"]["Ref"]
    found = {}
    for role in real_stack.template.of_type("AWS::IAM::Role"):
        lent = lend(real_stack.attributes[role]["Arn"], real_stack.clients)
        client = session(lent).client("dynamodb", endpoint_url=real_stack.engine.url)
        try:
            client.get_item(TableName=table, Key={"connection_id": {"S": "con_1"}})
        except ClientError as error:
            found[role] = error.response["Error"]["Code"]

    others = ["DispatchRole", "NotifyRole", "ReconnectRole"]
    assert dict.fromkeys(others, "AccessDeniedException") == found


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
