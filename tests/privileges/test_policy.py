"""The evaluator, on the cases that AWS's documentation of IAM, KMS, DynamoDB and SQS works out."""

from __future__ import annotations

from typing import Any

import pytest

from tests.privileges.policy import NotKnown, Request, allowed, applies, key_allowed

ROLE = "arn:aws:iam::111122223333:role/app"
ROOT = "arn:aws:iam::111122223333:root"
KEY = "arn:aws:kms:eu-west-1:111122223333:key/1234"
TABLE = "arn:aws:dynamodb:us-west-2:111122223333:table/GameScores"
QUEUE = "arn:aws:sqs:us-east-2:111122223333:MyQueue"


def allow(action: Any, resource: Any, **more: Any) -> dict[str, Any]:
    """Return a statement that allows something."""
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def deny(action: Any, resource: Any, **more: Any) -> dict[str, Any]:
    """Return a statement that denies something."""
    return {**allow(action, resource, **more), "Effect": "Deny"}


def ask(action: str, resource: str, principal: str = ROLE, **context: Any) -> Request:
    """Return a request."""
    keys = {k.replace("__", ":"): v for k, v in context.items()}
    return Request(principal, action, resource, keys)


def test_what_nobody_allows_is_denied() -> None:
    """The default is an implicit denial."""
    assert not allowed(ask("sqs:SendMessage", QUEUE), [])


def test_a_denial_wins_whatever_else_allows() -> None:
    """On either side, and in whatever order they stand."""
    both = [allow("sqs:*", "*"), deny("sqs:SendMessage", QUEUE)]
    on_it = [deny("sqs:SendMessage", QUEUE, Principal="*")]
    for identity, resource in ((both, []), (both[::-1], []), (both[:1], on_it)):
        assert not allowed(ask("sqs:SendMessage", QUEUE), identity, resource)
        assert resource or allowed(ask("sqs:ReceiveMessage", QUEUE), identity, resource)


@pytest.mark.parametrize(
    ("pattern", "action", "expected"),
    [
        ("dynamodb:GetItem", "dynamodb:getitem", True),
        ("dynamodb:*Item", "dynamodb:PutItem", True),
        ("dynamodb:*Item", "dynamodb:Query", False),
        ("sqs:?endMessage", "sqs:SendMessage", True),
        ("*", "kms:Decrypt", True),
        ("sqs:Send", "sqs:SendMessage", False),
    ],
)
def test_actions_have_wildcards_and_no_case(pattern: str, action: str, *, expected: bool) -> None:
    """`*` is any number of letters, `?` is one."""
    assert expected == allowed(ask(action, "any"), [allow(pattern, "*")])


@pytest.mark.parametrize(
    ("pattern", "resource", "expected"),
    [
        (TABLE, TABLE, True),
        (TABLE, f"{TABLE}/index/by_day", False),
        (f"{TABLE}/index/*", f"{TABLE}/index/by_day", True),
        ("arn:aws:dynamodb:*:111122223333:table/*", TABLE, True),
        ("arn:aws:dynamodb:*:table/GameScores", TABLE, False),
        ("arn:aws:dynamodb:us-west-2:*", TABLE, False),
        ("arn:aws:logs:r:a:log-group:/x:*", "arn:aws:logs:r:a:log-group:/x:log-stream:y", True),
        (TABLE.lower(), TABLE, False),
        ("*", TABLE, True),
    ],
)
def test_resources_are_arns_part_by_part(pattern: str, resource: str, *, expected: bool) -> None:
    """A wildcard stays in its part, of which the last may hold colons and slashes."""
    assert expected == allowed(ask("dynamodb:Query", resource), [allow("dynamodb:Query", pattern)])


def test_fine_grained_access_is_to_ones_own_items_and_named_attributes() -> None:
    """DynamoDB's example of the game's players: leading keys and attributes, all of them."""
    condition = {
        "ForAllValues:StringEquals": {
            "dynamodb:LeadingKeys": ["player-1"],
            "dynamodb:Attributes": ["UserId", "GameTitle", "Wins"],
        },
        "StringEqualsIfExists": {"dynamodb:Select": "SPECIFIC_ATTRIBUTES"},
    }
    policy = [allow(["dynamodb:GetItem", "dynamodb:Query"], TABLE, Condition=condition)]

    def may(keys: tuple[str, ...], names: tuple[str, ...], select: Any = None) -> bool:
        context: dict[str, Any] = {"dynamodb__LeadingKeys": keys, "dynamodb__Attributes": names}
        if select:
            context["dynamodb__Select"] = (select,)
        return allowed(ask("dynamodb:Query", TABLE, **context), policy)

    assert may(("player-1",), ("UserId", "Wins"))
    assert may(("player-1",), ("UserId",), "SPECIFIC_ATTRIBUTES")
    assert not may(("player-1", "player-2"), ("UserId",))
    assert not may(("player-1",), ("UserId", "TopScore"))
    assert not may(("player-1",), ("UserId",), "ALL_ATTRIBUTES")


def test_for_all_values_holds_of_a_key_that_is_missing_unless_null_says_no() -> None:
    """The trap that IAM's documentation warns of, and its way out."""
    bound = {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["mine"]}}
    closed = {**bound, "Null": {"dynamodb:LeadingKeys": "false"}}
    open_policy = [allow("dynamodb:Scan", TABLE, Condition=bound)]
    closed_policy = [allow("dynamodb:Scan", TABLE, Condition=closed)]

    assert allowed(ask("dynamodb:Scan", TABLE), open_policy)
    assert not allowed(ask("dynamodb:Scan", TABLE), closed_policy)
    assert allowed(ask("dynamodb:Scan", TABLE, dynamodb__LeadingKeys=("mine",)), closed_policy)


def test_for_any_value_fails_of_a_key_that_is_missing() -> None:
    """One of the request's values has to match."""
    condition = {"ForAnyValue:StringEquals": {"aws:TagKeys": ["team"]}}
    policy = [allow("sqs:TagQueue", QUEUE, Condition=condition)]

    assert not allowed(ask("sqs:TagQueue", QUEUE), policy)
    assert allowed(ask("sqs:TagQueue", QUEUE, aws__TagKeys=("team", "cost")), policy)


@pytest.mark.parametrize(
    ("operator", "expected", "given", "holds"),
    [
        ("StringEquals", ["a@x.example"], ("a@x.example",), True),
        ("StringEquals", ["a@x.example", "b@x.example"], ("b@x.example",), True),
        ("StringEquals", "a@x.example", ("A@x.example",), False),
        ("StringEquals", "a@x.example", None, False),
        ("StringEqualsIgnoreCase", "a@x.example", ("A@X.example",), True),
        ("StringNotEquals", "a@x.example", None, True),
        ("StringNotEquals", ["a@x.example", "b@x.example"], ("b@x.example",), False),
        ("StringLike", "*@x.example", ("c@x.example",), True),
        ("StringNotLike", "*@x.example", ("c@x.example",), False),
        ("StringEqualsIfExists", "a@x.example", None, True),
        ("Null", "true", None, True),
        ("Null", "false", None, False),
        ("Bool", False, ("false",), True),
        ("ArnLike", "arn:aws:sns:*:1:topic", ("arn:aws:sns:r:1:topic",), True),
        ("ArnEquals", "arn:aws:sns:*", ("arn:aws:sns:r:1:topic",), False),
    ],
)
def test_conditions_hold_by_operator(
    operator: str, expected: Any, given: Any, *, holds: bool
) -> None:
    """Several values of a policy are alternatives; of a negated operator, all must differ."""
    policy = [allow("ses:SendEmail", "*", Condition={operator: {"ses:FromAddress": expected}})]
    context = {} if given is None else {"ses__FromAddress": given}

    assert holds == allowed(ask("ses:SendEmail", "any", **context), policy)


def test_all_conditions_of_a_statement_hold_together() -> None:
    """Operators and keys are an "and"; names of keys have no case."""
    condition = {"StringEquals": {"AWS:SourceAccount": "1", "aws:SourceArn": "arn"}}
    policy = [allow("sns:Publish", "*", Condition=condition)]

    both: dict[str, Any] = {"aws__SourceAccount": ("1",), "aws__sourceARN": ("arn",)}
    assert allowed(ask("sns:Publish", "t", **both), policy)
    assert not allowed(ask("sns:Publish", "t", aws__SourceAccount=("1",)), policy)


def test_a_queues_own_policy_lets_one_topic_in() -> None:
    """SQS's example: the service is named, and its topic by the condition."""
    topic = "arn:aws:sns:us-east-2:111122223333:MyTopic"
    policy = [
        allow(
            "sqs:SendMessage",
            QUEUE,
            Principal={"Service": "sns.amazonaws.com"},
            Condition={"ArnEquals": {"aws:SourceArn": topic}},
        )
    ]
    service = "sns.amazonaws.com"

    assert allowed(ask("sqs:SendMessage", QUEUE, service, aws__SourceArn=(topic,)), [], policy)
    other = ask("sqs:SendMessage", QUEUE, service, aws__SourceArn=(f"{topic}2",))
    assert not allowed(other, [], policy)
    assert not allowed(ask("sqs:SendMessage", QUEUE, aws__SourceArn=(topic,)), [], policy)


def test_in_one_account_either_side_may_allow() -> None:
    """A resource's policy that names the role is enough; so is the role's own."""
    on_it = [allow("sqs:SendMessage", QUEUE, Principal={"AWS": ROLE})]

    assert allowed(ask("sqs:SendMessage", QUEUE), [], on_it)
    assert allowed(ask("sqs:SendMessage", QUEUE), [allow("sqs:SendMessage", QUEUE)], [])


def test_a_key_is_used_by_whom_its_own_policy_says_so() -> None:
    """KMS: a role's policy alone allows nothing unless the key's hands that to the account."""
    wish = [allow("kms:Decrypt", "*")]
    to_root = [allow("kms:*", "*", Principal={"AWS": ROOT})]
    to_role = [allow("kms:Decrypt", "*", Principal={"AWS": ROLE})]
    managed = [allow("kms:DescribeKey", "*", Principal={"AWS": ROOT})]
    asked = ask("kms:Decrypt", KEY)

    assert not key_allowed(asked, wish, managed, ROOT)
    assert key_allowed(asked, wish, to_root, ROOT)
    assert not key_allowed(asked, [], to_root, ROOT)
    assert key_allowed(asked, [], to_role, ROOT)
    assert not key_allowed(asked, [deny("kms:Decrypt", "*")], to_role, ROOT)
    refusing = [*to_root, deny("kms:Decrypt", "*", Principal={"AWS": ROLE})]
    assert not key_allowed(asked, wish, refusing, ROOT)


def test_a_key_is_bound_to_a_context_and_to_no_more_of_it() -> None:
    """KMS's example of encryption contexts, with all keys of the context named."""
    condition = {
        "Null": {"kms:EncryptionContext:attempt": "false"},
        "ForAllValues:StringEquals": {"kms:EncryptionContextKeys": ["attempt", "workspace"]},
    }
    policy = [allow("kms:Decrypt", "*", Principal={"AWS": ROLE}, Condition=condition)]

    def may(*names: str) -> bool:
        context: dict[str, Any] = {f"kms__EncryptionContext__{n}": ("x",) for n in names}
        if names:
            context["kms__EncryptionContextKeys"] = names
        return key_allowed(ask("kms:Decrypt", KEY, **context), [], policy, ROOT)

    assert may("attempt")
    assert may("attempt", "workspace")
    assert not may()
    assert not may("workspace")
    assert not may("attempt", "something")


@pytest.mark.parametrize(
    "statement",
    [
        {"Effect": "Allow", "NotAction": "x", "Resource": "*"},
        allow("x:y", "arn:aws:s3:::bucket/${aws:username}"),
        allow("x:y", "*", Condition={"DateGreaterThan": {"aws:CurrentTime": "2020"}}),
        allow("x:y", "*", Condition={"ForSomeValues:StringEquals": {"a:b": "c"}}),
    ],
    ids=["element", "variable", "operator", "set operator"],
)
def test_what_is_not_known_is_never_a_yes(statement: dict[str, Any]) -> None:
    """An answer that was guessed would prove nothing."""
    with pytest.raises(NotKnown):
        applies(statement, ask("x:y", "arn:aws:s3:::bucket/z", a__b=("c",)))
