"""What a deployment promises: new code on trial, a way back, and what is to be done next."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from infra.sam.template import TEMPLATE, load
from tests.alarming import ALARM, NAMES

if TYPE_CHECKING:
    from infra.sam.template import Template

ROOT = TEMPLATE.parent
GUIDE = (ROOT / "docs" / "deploy.md").read_text()
MAKEFILE = (ROOT / "Makefile").read_text()
ON_TRIAL = ("NotifyFunction", "ReconnectFunction", "WorkerFunction")
WITHOUT_DEFAULT = {"JwtIssuer", "SenderAddress", "SenderIdentity"}


def outputs(template: Template) -> dict[str, Any]:
    """Return what the stack tells whoever has deployed it, as far as its conditions hold."""
    told = template.document["Outputs"]
    return {
        name: template.resolve(output["Value"], NAMES)
        for name, output in told.items()
        if "Condition" not in output or template.resolve({"Condition": output["Condition"]}, NAMES)
    }


@pytest.mark.parametrize("name", ON_TRIAL)
def test_new_code_is_tried_on_a_tenth_and_taken_back(name: str, template: Template) -> None:
    """By alarms that the new code itself would set off, whichever way it fails."""
    told = template.resources[name].properties
    preference = told["DeploymentPreference"]
    alarms = {alarm["Ref"] for alarm in preference["Alarms"]}
    [fault] = [a for a in alarms if a.endswith("FaultAlarm")]
    [errors] = [a for a in alarms if template.of_type(ALARM)[a].get("MetricName") == "Errors"]

    assert ("live", True) == (told["AutoPublishAlias"], told["AutoPublishAliasAllProperties"])
    assert "Canary10Percent10Minutes" == template.resolve(preference["Type"], NAMES)
    assert [{"Name": "FunctionName", "Value": {"Ref": name}}] == template.of_type(ALARM)[errors][
        "Dimensions"
    ]
    assert {fault, errors} == alarms <= template.of_type(ALARM).keys()


def test_a_trial_lasts_longer_than_its_alarms_take(template: Template) -> None:
    """Ten minutes: twice the period of the slowest of them."""
    for name in ON_TRIAL:
        for alarm in template.resources[name].properties["DeploymentPreference"]["Alarms"]:
            told = template.of_type(ALARM)[alarm["Ref"]]
            assert int(told["Period"]) * int(told["EvaluationPeriods"]) <= 300


def test_a_change_can_be_rolled_out_at_once() -> None:
    """At three in the morning nobody waits ten minutes for what mends it."""
    ways = load().document["Parameters"]["Rollout"]["AllowedValues"]

    assert "AllAtOnce" in ways
    assert "`Rollout`" in GUIDE
    for way in ways:
        told = load(parameters={"Rollout": way})
        for name in ON_TRIAL:
            trial = told.resolve(told.resources[name].properties["DeploymentPreference"], NAMES)
            assert str(way != "AllAtOnce").lower() == trial["Enabled"], (
                "CodeDeploy would wait for the alarm of what is to be mended"
            )


def test_each_deployment_publishes_what_it_was_told() -> None:
    """A parameter's value is no part of what SAM compares, so the packages must differ."""
    recipe = MAKEFILE.partition("\ndeploy: build")[2].partition("\n\n")[0]
    stamp, deploy = recipe.index("$$package/deployed"), recipe.index("$(SAM) deploy --guided")

    assert stamp < deploy
    assert ".aws-sam/build/*Function" in recipe


def test_tables_with_what_owners_own_outlive_the_stack() -> None:
    """Protected from deletion, kept when the stack goes, restorable to any second."""
    document = load().document["Resources"]
    for name in ("ConnectionsTable", "CredentialsTable", "LedgerTable", "OwnersTable"):
        told = document[name]
        assert ("Retain", "Retain") == (told["DeletionPolicy"], told["UpdateReplacePolicy"])
        assert told["Properties"]["DeletionProtectionEnabled"] is True
        recovery = told["Properties"]["PointInTimeRecoverySpecification"]
        assert {"PointInTimeRecoveryEnabled": True} == recovery
    assert {"Retain"} == {document[k]["DeletionPolicy"] for k in ("VaultKey", "ProviderSecrets")}


def test_the_stack_says_what_is_to_be_done_next(template: Template) -> None:
    """In order; what has been done already is not asked for."""
    told = outputs(template)
    own = {**template.parameters, "PublicUrl": "https://relink.example", "RegisterSender": "false"}
    own |= {"VapidPublicKey": "B", "VapidPrivateKey": "b"}
    others = outputs(load(parameters=own))

    assert [f"Next{n}" for n in range(1, 8)] == [k[:5] for k in told if k.startswith("Next")]
    assert told["Next3Callback"].endswith("/reconnect/callback")
    assert "https://relink.example/reconnect/callback" == others["Next3Callback"]
    assert {"Next1Sender", "Next6Push"} == told.keys() - others.keys()
    assert "--stack-name relink" in told["Next7Protect"]


def test_the_guide_knows_every_parameter_and_every_output(template: Template) -> None:
    """Each by its name, and those without a default among what one must know before."""
    named = set(re.findall(r"`(\w+)`", GUIDE))
    parameters = template.document["Parameters"]

    assert parameters.keys() <= named
    assert template.document["Outputs"].keys() <= named
    assert {k for k, told in parameters.items() if "Default" not in told} == WITHOUT_DEFAULT


def test_the_guide_says_what_only_aws_can_show() -> None:
    """Whoever deploys knows what nobody has seen yet."""
    assert "## What only AWS can show" in GUIDE
