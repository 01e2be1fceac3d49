"""The two tables that every sync needs: paid by the request, or provisioned and scaled."""

from __future__ import annotations

from typing import Any

import boto3
import pytest
from moto import mock_aws

from infra.sam.template import TEMPLATE, Template, load
from tests.infra.test_snapshots import PARAMETERS

TARGET = "AWS::ApplicationAutoScaling::ScalableTarget"
POLICY = "AWS::ApplicationAutoScaling::ScalingPolicy"
EVEN = {"ConnectionsTable": "connections", "CredentialsTable": "credentials"}
NAMED = {name: {"Ref": ref} for name, ref in EVEN.items()}


@pytest.fixture
def provisioned() -> Template:
    """Return the template as a large installation deploys it."""
    return load(TEMPLATE, {**PARAMETERS, "ProvisionedCapacity": 130})


def scaled(template: Template) -> dict[str, dict[str, Any]]:
    """Return what is scaled, by table or index and dimension."""
    targets = (template.resolve(t, NAMED) for t in template.of_type(TARGET).values())
    return {f"{t['ResourceId']} {t['ScalableDimension']}": t for t in targets}


def places(template: Template, table: str) -> list[tuple[str, str]]:
    """Return what of a table has units of its own: the table itself, and each index."""
    made = template.tables()[table].creation
    indexes = made.get("GlobalSecondaryIndexes", ())
    return [("", "table"), *((i["IndexName"], "index") for i in indexes)]


@pytest.mark.parametrize("given", [{}, {"ProvisionedCapacity": 0}, {"ProvisionedCapacity": "0"}])
def test_a_small_installation_pays_by_the_request(given: dict[str, Any]) -> None:
    """Nothing is provisioned, and nothing is there that would scale it."""
    template = load(TEMPLATE, {**PARAMETERS, **given})
    made = template.tables()["ConnectionsTable"].creation

    assert "PAY_PER_REQUEST" == made["BillingMode"]
    assert "ProvisionedThroughput" not in made
    assert not any("ProvisionedThroughput" in i for i in made["GlobalSecondaryIndexes"])
    assert {} == {**template.of_type(TARGET), **template.of_type(POLICY)}


@pytest.mark.parametrize(("table", "writes"), [("ConnectionsTable", 130), ("CredentialsTable", 5)])
def test_dynamodb_takes_a_provisioned_table(table: str, writes: int, provisioned: Template) -> None:
    """With units of its own for each index, which it insists on."""
    made = provisioned.tables()[table].creation
    with mock_aws():
        client = boto3.client("dynamodb", "eu-west-1")
        told = client.create_table(TableName="t", **made)["TableDescription"]

    assert writes == told["ProvisionedThroughput"]["WriteCapacityUnits"]
    assert all(i["ProvisionedThroughput"] for i in made.get("GlobalSecondaryIndexes", ()))


def test_only_what_every_sync_needs_is_provisioned(provisioned: Template) -> None:
    """Of these two the load is even; of the other tables it is the owners', or their banks'."""
    modes = {name: t.creation["BillingMode"] for name, t in provisioned.tables().items()}

    assert {"PROVISIONED"} == {modes.pop(name) for name in EVEN}
    assert {"PAY_PER_REQUEST"} == set(modes.values())


def test_every_unit_that_is_provisioned_follows_its_use(provisioned: Template) -> None:
    """An index that runs out of write units stops the table's writes, too."""
    expected = {
        f"table/{ref}{place and '/index/' + place} dynamodb:{what}:{kind}CapacityUnits"
        for table, ref in EVEN.items()
        for place, what in places(provisioned, table)
        for kind in ("Read", "Write")
    }

    assert expected == scaled(provisioned).keys()


def test_each_target_has_its_policy(provisioned: Template) -> None:
    """As far as AWS lets it be used, by the measure of what the target scales."""
    policies = provisioned.of_type(POLICY)
    names = {name: {"Ref": name} for name in provisioned.of_type(TARGET)}
    of_target = {}
    for policy in policies.values():
        told = provisioned.resolve(policy, names)
        wanted = told["TargetTrackingScalingPolicyConfiguration"]
        kind = wanted["PredefinedMetricSpecification"]["PredefinedMetricType"]
        assert 90 == wanted["TargetValue"]
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


@pytest.mark.parametrize("kind", ["Read", "Write"])
def test_whatever_is_provisioned_is_watched(kind: str, provisioned: Template) -> None:
    """What is refused of an index stops writes of its table, whose own count does not show it."""
    alarm = provisioned.of_type("AWS::CloudWatch::Alarm")[f"{kind}sThrottledAlarm"]
    told = provisioned.resolve(alarm["Metrics"], NAMED)
    seen = [m["MetricStat"]["Metric"] for m in told if "MetricStat" in m]
    watched = {tuple(d["Value"] for d in metric["Dimensions"]) for metric in seen}
    [formula] = [m["Expression"] for m in told if "Expression" in m]

    assert {
        (ref, place) if place else (ref,)
        for name, ref in EVEN.items()
        for place, _ in places(provisioned, name)
    } == watched
    assert {f"{kind}ThrottleEvents"} == {metric["MetricName"] for metric in seen}
    assert formula == " + ".join(f"FILL({m['Id']}, 0)" for m in told if "MetricStat" in m)


def test_nobody_is_woken_for_what_is_not_provisioned() -> None:
    """By the request nothing is refused that a quota does not refuse."""
    template = load(TEMPLATE, PARAMETERS)

    assert not any("Throttled" in name for name in template.of_type("AWS::CloudWatch::Alarm"))
