"""The table of connections: paid by the request, or provisioned and scaled."""

from __future__ import annotations

from typing import Any

import boto3
import pytest
from moto import mock_aws

from infra.template import TEMPLATE, Template, load
from tests.infra.test_snapshots import PARAMETERS

TARGET = "AWS::ApplicationAutoScaling::ScalableTarget"
POLICY = "AWS::ApplicationAutoScaling::ScalingPolicy"
NAMED = {"ConnectionsTable": {"Ref": "connections"}}


@pytest.fixture
def provisioned() -> Template:
    """Return the template as a large installation deploys it."""
    return load(TEMPLATE, {**PARAMETERS, "ProvisionedWrites": 130})


def scaled(template: Template) -> dict[str, dict[str, Any]]:
    """Return what is scaled, by table or index and dimension."""
    targets = (template.resolve(t, NAMED) for t in template.of_type(TARGET).values())
    return {f"{t['ResourceId']} {t['ScalableDimension']}": t for t in targets}


@pytest.mark.parametrize("given", [{}, {"ProvisionedWrites": 0}, {"ProvisionedWrites": "0"}])
def test_a_small_installation_pays_by_the_request(given: dict[str, Any]) -> None:
    """Nothing is provisioned, and nothing is there that would scale it."""
    template = load(TEMPLATE, {**PARAMETERS, **given})
    made = template.tables()["ConnectionsTable"].creation

    assert "PAY_PER_REQUEST" == made["BillingMode"]
    assert "ProvisionedThroughput" not in made
    assert not any("ProvisionedThroughput" in i for i in made["GlobalSecondaryIndexes"])
    assert {} == {**template.of_type(TARGET), **template.of_type(POLICY)}


def test_dynamodb_takes_the_provisioned_table(provisioned: Template) -> None:
    """With units of its own for each index, which it insists on."""
    made = provisioned.tables()["ConnectionsTable"].creation
    with mock_aws():
        client = boto3.client("dynamodb", "eu-west-1")
        told = client.create_table(TableName="t", **made)["TableDescription"]

    assert 130 == told["ProvisionedThroughput"]["WriteCapacityUnits"]
    assert all(i["ProvisionedThroughput"] for i in made["GlobalSecondaryIndexes"])


def test_only_the_connections_are_provisioned(provisioned: Template) -> None:
    """They alone are written with every sync; the other tables' load is the owners'."""
    modes = {name: t.creation["BillingMode"] for name, t in provisioned.tables().items()}

    assert "PROVISIONED" == modes.pop("ConnectionsTable")
    assert {"PAY_PER_REQUEST"} == set(modes.values())


def test_every_unit_that_is_provisioned_follows_its_use(provisioned: Template) -> None:
    """An index that runs out of write units stops the table's writes, too."""
    made = provisioned.tables()["ConnectionsTable"].creation
    places = ["table", *(f"index/{i['IndexName']}" for i in made["GlobalSecondaryIndexes"])]
    expected = {
        f"table/connections{'' if place == 'table' else '/' + place}"
        f" dynamodb:{place.split('/')[0]}:{kind}CapacityUnits"
        for place in places
        for kind in ("Read", "Write")
    }

    assert expected == scaled(provisioned).keys()


def test_each_target_has_its_policy(provisioned: Template) -> None:
    """Seven tenths are used, by the measure of what the target scales."""
    policies = provisioned.of_type(POLICY)
    names = {name: {"Ref": name} for name in provisioned.of_type(TARGET)}
    of_target = {}
    for policy in policies.values():
        told = provisioned.resolve(policy, names)
        wanted = told["TargetTrackingScalingPolicyConfiguration"]
        kind = wanted["PredefinedMetricSpecification"]["PredefinedMetricType"]
        assert 70 == wanted["TargetValue"]
        of_target[told["ScalingTargetId"]] = kind
    dimensions = {
        name: provisioned.resolve(target, NAMED)["ScalableDimension"]
        for name, target in provisioned.of_type(TARGET).items()
    }

    assert {
        name: "DynamoDB"
        + dimension.split(":")[2].removesuffix("CapacityUnits")
        + "CapacityUtilization"
        for name, dimension in dimensions.items()
    } == of_target


def test_the_writes_never_fall_below_what_was_asked_for(provisioned: Template) -> None:
    """A day on which the clock stands still must not take the night's units away."""
    told = scaled(provisioned)["table/connections dynamodb:table:WriteCapacityUnits"]

    assert (130, 40_000) == (told["MinCapacity"], told["MaxCapacity"])
