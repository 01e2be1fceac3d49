"""What SAM makes of a rollout and of routes, held against what AWS allows."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from infra.expanded import LONGEST_STACK, POLICY_LIMIT, faults, policies
from infra.sam.template import TEMPLATE

SHIFT = {"CodeDeployLambdaAliasUpdate": {"ApplicationName": {"Ref": "Shifts"}}}


def permission(path: str) -> dict[str, Any]:
    """Return what lets a route call its function."""
    arn = "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${__ApiId__}/"
    return {
        "Type": "AWS::Lambda::Permission",
        "Properties": {
            "Action": "lambda:InvokeFunction",
            "FunctionName": {"Ref": "PagesAliaslive"},
            "Principal": "apigateway.amazonaws.com",
            "SourceArn": {"Fn::Sub": [arn + "${__Stage__}" + path, {"__Stage__": "*"}]},
        },
    }


@pytest.fixture
def gradual() -> dict[str, Any]:
    """Return an alias that is moved bit by bit, and a route that calls it."""
    return {
        "PagesAliaslive": {"Type": "AWS::Lambda::Alias", "UpdatePolicy": SHIFT},
        "Shifts": {"Type": "AWS::CodeDeploy::Application"},
        "PagesBanksPermission": permission("/GET/banks"),
    }


@pytest.fixture
def at_once() -> dict[str, Any]:
    """Return an alias that is moved in one go."""
    return {"PagesAliaslive": {"Type": "AWS::Lambda::Alias"}}


def test_a_trial_and_none_are_both_right(gradual: dict[str, Any], at_once: dict[str, Any]) -> None:
    """Each in its own template."""
    assert [] == faults(gradual, at_once)


def test_an_alias_without_its_trial_is_told(
    gradual: dict[str, Any], at_once: dict[str, Any]
) -> None:
    """New code would meet every call at once."""
    assert ["PagesAliaslive: no trial of its own"] == faults(at_once, at_once)
    assert 2 == len(faults(gradual, gradual))


def test_a_policy_is_measured_as_aws_writes_it(gradual: dict[str, Any]) -> None:
    """The stack's name stands twice in each statement: in its id and in the function's."""
    [short] = policies(gradual, "s", "eu-west-1").values()
    [long] = policies(gradual, "s" * 11, "eu-west-1").values()
    [far] = policies(gradual, "s", "ap-southeast-2").values()

    assert (20, 10) == (long - short, far - short)
    assert 300 < short < 500


def test_too_many_routes_are_told(gradual: dict[str, Any], at_once: dict[str, Any]) -> None:
    """AWS would refuse them in the middle of a deployment."""
    many = copy.deepcopy(gradual)
    many |= {f"PagesRoute{n}Permission": permission(f"/GET/route{n}") for n in range(60)}
    [told] = faults(many, at_once)

    assert str(POLICY_LIMIT) in told


def test_the_guide_says_how_long_a_stacks_name_may_be() -> None:
    """What has been tried, and no more."""
    guide = (TEMPLATE.parent / "docs" / "deploy.md").read_text()

    assert f"{LONGEST_STACK} letters" in guide
