"""What no linter checks about alarms: that something raises them, and that somebody hears."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from infra.sam.template import TEMPLATE, load
from reconnect.handler import _LOGGED
from tests.alarming import NAMES
from tests.alarming import TEMPLATE as WHOLE

if TYPE_CHECKING:
    from infra.sam.template import Template

FUNCTIONS = TEMPLATE.parent / "functions"
GUIDE = (TEMPLATE.parent / "docs" / "runbook.md").read_text()
FILTER = "AWS::Logs::MetricFilter"
ALARM = "AWS::CloudWatch::Alarm"
BORNE = {"UnverifiedWebhooks": 100}
"""What anybody may cause a little of."""


def metric_of(properties: Any) -> str:
    """Return the metric that a filter counts into."""
    (transformation,) = properties["MetricTransformations"]
    return str(transformation["MetricName"])


def test_every_alarm_reaches_the_operators() -> None:
    """By night only what the runbook wakes somebody for; an alarm that tells nobody is none."""
    entry = re.compile(r"^### (\w+Alarm)$.*?^- \*\*Wake\*\* (\w+)", re.MULTILINE | re.DOTALL)
    waking = dict(entry.findall(GUIDE))
    for name, alarm in WHOLE.of_type(ALARM).items():
        topic = "MorningTopic" if waking[name] == "nobody" else "OperatorTopic"
        assert [{"Ref": topic}] == alarm["AlarmActions"], name
        assert alarm["AlarmDescription"], name


@pytest.mark.parametrize(
    ("given", "heard"),
    [
        ({}, {}),
        ({"OperatorEmail": "n@x"}, {"OperatorSubscription": "n@x", "MorningSubscription": "n@x"}),
        ({"MorningEmail": "m@x"}, {"MorningSubscription": "m@x"}),
        (
            {"OperatorEmail": "n@x", "MorningEmail": "m@x"},
            {"OperatorSubscription": "n@x", "MorningSubscription": "m@x"},
        ),
    ],
)
def test_whoever_is_woken_need_not_be_who_reads_in_the_morning(
    given: dict[str, str], heard: dict[str, str]
) -> None:
    """With one address everything goes there."""
    told = load(parameters={**WHOLE.parameters, **given})
    mailed = told.of_type("AWS::SNS::Subscription").items()

    assert heard == {
        name: told.resolve(it["Endpoint"], NAMES)
        for name, it in mailed
        if it["Protocol"] == "email"
    }


MISSED = {"Swept"}
"""Of what a healthy function logs, the lack is the trouble."""
COMPARED = {"AttemptWell", "AttemptVain"}
"""Which an alarm weighs against each other."""
FIRED_IN = [
    *(TEMPLATE.parent / "tests" / "integration").glob("*/test_alarms.py"),
    TEMPLATE.parent / "tests" / "infra" / "test_measured_alarms.py",
]
ELSEWHERE = {
    "a call failed": "ApiFailsAlarm",
    "access not ended": "OperatorNeededAlarm",  # after a day
    "broken message": "SyncDeadLettersAlarm",
    "message of another queue": "SyncDeadLettersAlarm",
}
"""Errors that mend themselves with the next try, and which alarm goes off if they do not."""


def test_every_alarm_is_fired_by_a_test() -> None:
    """What has never gone off in a test may never go off."""
    code = "".join(path.read_text() for path in FIRED_IN)
    fired = set(re.findall(r'goes_off\(\s*"(\w+)"|^    "(\w+Alarm)": ', code, re.MULTILINE))

    assert WHOLE.of_type(ALARM).keys() == {one or other for one, other in fired}


def test_no_error_is_logged_in_vain(template: Template) -> None:
    """Each is found by a filter, or ends where another alarm goes off; and no other is expected."""
    found = " ".join(str(f["FilterPattern"]) for f in template.of_type(FILTER).values())
    code = "".join(path.read_text() for path in FUNCTIONS.rglob("*.py"))
    logged = set(
        re.findall(r'(?:log|logger|_log)\.error\(\s*(?:# [^\n]*\n\s*)?"([^"]+)"', code)
        + re.findall(r'_log\(\s*parts\.logger,\s*"([^"]+)"', code)
        + re.findall(r'tell_unhandled\(\s*"([^"]+)"', code)
    )

    logged |= set(_LOGGED.values())
    unseen = {phrase for phrase in logged if f'$.message = "{phrase}"' not in found}
    assert logged > unseen
    assert unseen == ELSEWHERE.keys()
    assert template.of_type(ALARM).keys() > set(ELSEWHERE.values())


@pytest.mark.parametrize("name", sorted(load().of_type(FILTER).keys() - MISSED - COMPARED))
def test_what_is_found_in_a_log_raises_an_alarm(name: str, template: Template) -> None:
    """A single line is enough unless strangers can cause it, and no line is no trouble."""
    found = template.of_type(FILTER)[name]
    alarm = template.of_type(ALARM)[f"{name}Alarm"]

    assert metric_of(found) == str(alarm["MetricName"])
    assert "Relink" == alarm["Namespace"] == found["MetricTransformations"][0]["MetricNamespace"]
    assert ("Sum", "GreaterThanThreshold", BORNE.get(name, 0), "notBreaching") == (
        alarm["Statistic"],
        alarm["ComparisonOperator"],
        int(alarm["Threshold"]),
        alarm["TreatMissingData"],
    )


@pytest.mark.parametrize("name", sorted(load().of_type(FILTER).keys() - COMPARED))
def test_a_filter_looks_for_what_its_function_logs(name: str, template: Template) -> None:
    """The phrase stands, word for word, in the code of the function whose log is searched."""
    found = template.of_type(FILTER)[name]
    log = found["LogGroupName"]["Ref"]
    (folder,) = {
        f.handler.split(".")[0] for f in template.functions().values() if f.log_group == log
    }
    code = " ".join(f.read_text() for f in (FUNCTIONS / folder).rglob("*.py"))
    phrases = re.findall(r'\$\.message = "([^"]+)"', found["FilterPattern"])

    assert phrases
    for phrase in phrases:
        assert f'"{phrase}"' in code


@pytest.mark.parametrize("name", sorted(MISSED))
def test_what_is_missing_from_a_log_raises_an_alarm(name: str, template: Template) -> None:
    """Silence and failing look alike: neither writes the line that says that all was done."""
    alarm = template.of_type(ALARM)[f"{name}Alarm"]

    assert metric_of(template.of_type(FILTER)[name]) == str(alarm["MetricName"])
    assert ("Sum", "LessThanThreshold", 1, "breaching") == (
        alarm["Statistic"],
        alarm["ComparisonOperator"],
        int(alarm["Threshold"]),
        alarm["TreatMissingData"],
    )


def test_a_message_that_is_not_handled_is_told_to_operators(template: Template) -> None:
    """What an owner waits for must not fail in silence until the dead-letter queue has it."""
    found = template.of_type(FILTER)["WorkerFault"]

    for phrase in ("attempt not handled", "sync not settled", "webhook not handled"):
        assert f'$.message = "{phrase}"' in found["FilterPattern"]


def test_a_long_orange_is_told_to_operators_alone(template: Template) -> None:
    """Law 3: the filter reads the line that the worker writes once a connection."""
    found = template.of_type(FILTER)["LongOrange"]

    assert '{ $.message = "long orange" }' == found["FilterPattern"]
    assert {"Ref": "WorkerLog"} == found["LogGroupName"]
