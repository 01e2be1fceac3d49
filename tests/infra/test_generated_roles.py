"""What SAM adds to the template: a schedule calls its function, a route does, nobody else."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import pytest

from infra.generated_roles import SHIFTS, faults

if TYPE_CHECKING:
    from collections.abc import Callable

ALIAS = {"Ref": "NotifyFunctionAliaslive"}
OURS = {"NotifyRole"}


def role() -> dict[str, Any]:
    """Return a schedule's role as SAM makes it."""
    allowed = {"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": ALIAS}
    trusted = {
        "Effect": "Allow",
        "Action": ["sts:AssumeRole"],
        "Principal": {"Service": ["scheduler.amazonaws.com"]},
    }
    return {
        "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [trusted]},
        "Policies": [{"PolicyName": "Sweep", "PolicyDocument": {"Statement": [allowed]}}],
    }


def permission() -> dict[str, Any]:
    """Return what lets a route call its function."""
    arn = "arn:${AWS::Partition}:execute-api:x:y:${__ApiId__}/${__Stage__}/GET/banks"
    names = {"__ApiId__": {"Ref": "HttpApi"}, "__Stage__": "*"}
    return {
        "Action": "lambda:InvokeFunction",
        "FunctionName": ALIAS,
        "Principal": "apigateway.amazonaws.com",
        "SourceArn": {"Fn::Sub": [arn, names]},
    }


@pytest.fixture
def expanded() -> dict[str, Any]:
    """Return a template as SAM expands it, as far as somebody may do something."""
    target = {"Arn": ALIAS, "RoleArn": {"Fn::GetAtt": ["SweepRole", "Arn"]}}
    made = {
        "NotifyRole": ("AWS::IAM::Role", {"Policies": "proved elsewhere"}),
        "Sweep": ("AWS::Scheduler::Schedule", {"Target": target}),
        "SweepRole": ("AWS::IAM::Role", role()),
        "RoutePermission": ("AWS::Lambda::Permission", permission()),
        "CodeDeployServiceRole": ("AWS::IAM::Role", SHIFTS["CodeDeployServiceRole"]),
    }
    return {n: {"Type": t, "Properties": copy.deepcopy(p)} for n, (t, p) in made.items()}


def test_what_sam_makes_of_schedules_and_routes_is_in_order(expanded: dict[str, Any]) -> None:
    """Each may call what it is for."""
    assert [] == faults(expanded, OURS)


@pytest.mark.parametrize(
    "change",
    [
        {"Action": "lambda:*"},
        {"Action": ["lambda:InvokeFunction", "lambda:GetFunction"]},
        {"Resource": "*"},
        {"Resource": {"Ref": "WorkerFunctionAliaslive"}},
    ],
)
def test_a_schedule_may_call_its_target_alone(
    expanded: dict[str, Any], change: dict[str, Any]
) -> None:
    """No other action, and no other function."""
    policy = expanded["SweepRole"]["Properties"]["Policies"][0]["PolicyDocument"]
    policy["Statement"][0].update(change)

    assert ["Sweep: SweepRole may do something else than call its target"] == faults(expanded, OURS)


SPOILS: list[Callable[[dict[str, Any]], None]] = [
    lambda r: r["Policies"][0]["PolicyDocument"]["Statement"].append({"Effect": "Allow"}),
    lambda r: r["Policies"].append(r["Policies"][0]),
    lambda r: r.update(ManagedPolicyArns=["arn:aws:iam::aws:policy/AdministratorAccess"]),
    lambda r: r["AssumeRolePolicyDocument"]["Statement"][0].update(Principal={"AWS": "*"}),
]


@pytest.mark.parametrize("spoil", SPOILS, ids=["statement", "policy", "managed", "trust"])
def test_a_schedules_role_has_nothing_else(
    expanded: dict[str, Any], spoil: Callable[[dict[str, Any]], None]
) -> None:
    """No second statement, no second policy, none of AWS's, and nobody else who takes it on."""
    spoil(expanded["SweepRole"]["Properties"])

    assert 1 == len(faults(expanded, OURS))


def test_a_role_that_nobody_has_looked_at_is_found(expanded: dict[str, Any]) -> None:
    """One that SAM adds for something new, or gives another policy than it did."""
    expanded["NewRole"] = {"Type": "AWS::IAM::Role", "Properties": role()}
    shifts = expanded["CodeDeployServiceRole"]["Properties"]
    shifts["ManagedPolicyArns"] = ["arn:aws:iam::aws:policy/AdministratorAccess"]

    assert [
        "CodeDeployServiceRole: a role that nobody has looked at",
        "NewRole: a role that nobody has looked at",
    ] == sorted(faults(expanded, OURS))


@pytest.mark.parametrize(
    "change",
    [
        {"Principal": "*"},
        {"Principal": "events.amazonaws.com"},
        {"Action": "lambda:*"},
        {"SourceArn": {}},
        {"SourceArn": {"Fn::Sub": ["arn:${__ApiId__}/*", {"__ApiId__": {"Ref": "HttpApi"}}]}},
    ],
)
def test_only_routes_of_ours_call_a_function(
    expanded: dict[str, Any], change: dict[str, Any]
) -> None:
    """From our own API, and none without a source."""
    expanded["RoutePermission"]["Properties"].update(change)

    told = ["RoutePermission: somebody else than a route of ours may call a function"]
    assert told == faults(expanded, OURS)
