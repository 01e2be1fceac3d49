"""The way of SES's news back to us: who may put in what, and who is woken when mails fail."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from infra.local.mail.events import KINDS, destinations
from notify.mail_events import Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping

    from infra.sam.template import Template

REGION = "arn:aws:{}:eu-west-1:123456789012:"
TOPIC = REGION.format("sns") + "topic"
QUEUE, DEAD = REGION.format("sqs") + "queue", REGION.format("sqs") + "dead"
SET = "the-set"
SET_ARN = REGION.format("ses") + f"configuration-set/{SET}"


@pytest.fixture(scope="module")
def deployed(template: Template) -> Mapping[str, Any]:
    """Return the resources' properties as CloudFormation resolves them."""
    attributes: dict[str, dict[str, str]] = {
        "MailConfiguration": {"Ref": SET},
        "MailEventTopic": {"Ref": TOPIC, "TopicArn": TOPIC},
        "MailEventQueue": {"Ref": "https://queue", "Arn": QUEUE},
        "MailEventDeadLetters": {"Ref": "https://dead", "Arn": DEAD, "QueueName": "dead"},
    }
    return {
        name: template.resolve(dict(resource.properties), attributes)
        for name, resource in template.resources.items()
        if name.startswith("MailEvent") and resource.type != "AWS::CloudWatch::Alarm"
    }


def statements(deployed: Mapping[str, Any], policy: str) -> list[dict[str, Any]]:
    """Return the statements of a policy."""
    found: list[dict[str, Any]] = deployed[policy]["PolicyDocument"]["Statement"]
    return found


def test_ses_tells_of_what_we_understand_and_of_nothing_else(
    deployed: Mapping[str, Any], template: Template
) -> None:
    """Opens and clicks are nobody's business; deliveries would cost a call for each mail."""
    destination = deployed["MailEvents"]["EventDestination"]

    assert set(KINDS.values()) == set(destination["MatchingEventTypes"])
    assert {"bounce", "complaint", "deliveryDelay", "reject"} == set(KINDS.values())
    assert destination["Enabled"]
    assert {"TopicARN": TOPIC} == destination["SnsDestination"]
    environment = template.functions()["NotifyFunction"].environment
    assert {"Ref": "MailConfiguration"} == environment["MAIL_CONFIGURATION_SET"]
    assert SET == deployed["MailEvents"]["ConfigurationSetName"]


def test_ses_may_publish_before_it_tries_to(template: Template) -> None:
    """SES sends a greeting when the destination is made; without the right to, that fails."""
    assert "MailEventTopicPolicy" == template.document["Resources"]["MailEvents"]["DependsOn"]


def test_only_ses_and_only_our_mails_reach_the_topic(deployed: Mapping[str, Any]) -> None:
    """Who could publish there could silence an owner: stop his mail by a made-up bounce."""
    [statement] = statements(deployed, "MailEventTopicPolicy")

    assert {
        "Effect": "Allow",
        "Principal": {"Service": "ses.amazonaws.com"},
        "Action": "sns:Publish",
        "Resource": TOPIC,
        "Condition": {
            "StringEquals": {"aws:SourceAccount": "123456789012", "aws:SourceArn": SET_ARN}
        },
    } == statement
    assert [TOPIC] == deployed["MailEventTopicPolicy"]["Topics"]


def test_only_the_topic_reaches_the_queue_and_its_dead_letters(
    deployed: Mapping[str, Any],
) -> None:
    """The dead letters take also what the topic could not hand over."""
    [statement] = statements(deployed, "MailEventQueuePolicy")

    assert {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": [QUEUE, DEAD],
        "Condition": {"ArnEquals": {"aws:SourceArn": TOPIC}},
    } == statement
    assert ["https://queue", "https://dead"] == deployed["MailEventQueuePolicy"]["Queues"]


def test_events_arrive_as_ses_wrote_them(deployed: Mapping[str, Any]) -> None:
    """Without the topic's envelope, and never to nowhere."""
    assert {
        "TopicArn": TOPIC,
        "Protocol": "sqs",
        "Endpoint": QUEUE,
        "RawMessageDelivery": True,
        "RedrivePolicy": {"deadLetterTargetArn": DEAD},
    } == deployed["MailEventSubscription"]


def test_news_waits_until_its_mail_is_on_record(template: Template) -> None:
    """A suppressed address bounces at once, perhaps before we have written down whose mail it was.

    The lead is longer than a write takes and shorter than anybody would notice.
    """
    queue = template.queues()["MailEventQueue"]

    assert 5 <= int(queue.attributes["DelaySeconds"]) <= 60
    assert "MailEventDeadLetters" == queue.dead_letters
    sources = {s.queue: s for s in template.functions()["NotifyFunction"].queues}
    assert 1 == sources["MailEventQueue"].batch_size


def test_notify_only_listens_there(template: Template) -> None:
    """It reads its news; it cannot make any up."""
    [statement] = [
        s
        for s in template.resources["NotifyRole"].properties["Policies"][0]["PolicyDocument"][
            "Statement"
        ]
        if "MailEvent" in str(s["Resource"])
    ]

    assert {"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"} == set(
        statement["Action"]
    )
    assert {"Fn::GetAtt": ["MailEventQueue", "Arn"]} == statement["Resource"]


@pytest.mark.parametrize(
    ("alarm", "metric", "threshold"),
    [
        ("MailBounceRateAlarm", "Reputation.BounceRate", 0.05),
        ("MailComplaintRateAlarm", "Reputation.ComplaintRate", 0.001),
    ],
)
def test_operators_hear_before_ses_stops_the_account(
    template: Template, alarm: str, metric: str, threshold: float
) -> None:
    """The figures that AWS recommends for an alarm; it reviews the whole account by them."""
    found = template.of_type("AWS::CloudWatch::Alarm")[alarm]

    assert ("AWS/SES", metric, threshold) == (
        found["Namespace"],
        found["MetricName"],
        found["Threshold"],
    )
    assert "GreaterThanOrEqualToThreshold" == found["ComparisonOperator"]
    assert "Dimensions" not in found
    assert "ignore" == found["TreatMissingData"]


def test_operators_hear_of_a_mail_that_ses_refused(template: Template) -> None:
    """The filter looks for the outcome by the name that the function logs."""
    found = template.of_type("AWS::Logs::MetricFilter")["MailRejected"]

    assert f'$.outcome = "{Outcome.REJECTED.value}"' in found["FilterPattern"]
    assert {"Ref": "NotifyLog"} == found["LogGroupName"]


def test_the_local_stack_publishes_to_the_same_topic(template: Template) -> None:
    """What stands in for SES takes its destination from the template."""
    attributes = {"MailConfiguration": {"Ref": SET}, "MailEventTopic": {"Ref": TOPIC}}
    [found] = destinations(template, attributes)

    assert (SET, TOPIC) == (found.configuration_set, found.topic)
