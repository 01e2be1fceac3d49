"""Make the template's resources by plain API calls.

Not through the emulators' CloudFormation: moto leaves out half of the resources in silence,
ministack drops time to live, backups and the HTTP API's routes, and both report success.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from infra.local.clients import ACCOUNT, REGION
from infra.local.policies import document

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from infra.local.clients import Clients
    from infra.sam.template import Template

Attributes = dict[str, dict[str, Any]]
"""By logical id: what Ref and GetAtt stand for, Ref under the name `Ref`."""


class Provisioner:
    """Makes everything that functions may name, and remembers what it is called."""

    def __init__(
        self, template: Template, clients: Clients, filled: Mapping[str, str] | None = None
    ) -> None:
        """Take the values of the secrets that people fill in, by logical id."""
        self._template = template
        self._clients = clients
        self._filled = filled or {}
        self._stack = template.parameters["AWS::StackName"]
        self.attributes: Attributes = {}

    def provision(self) -> Attributes:
        """Make all resources that an emulator can hold and return everybody's attributes.

        Alarms and whatever else no function meets are left out; a template that refers
        to them in a function's environment fails when that is resolved.
        """
        self._name_what_is_not_made()
        for logical_id in self._template.tables():
            self._make_table(logical_id)
        for logical_id in self._template.queues():
            self._make_queue(logical_id)
        for logical_id in self._template.queues():
            self._connect_dead_letters(logical_id)
        makers: Mapping[str, Callable[[str, Mapping[str, Any]], None]] = {
            "AWS::KMS::Key": self._make_key,
            "AWS::SecretsManager::Secret": self._make_secret,
            "AWS::SES::ConfigurationSet": self._make_configuration_set,
            "AWS::SES::EmailIdentity": self._make_identity,
            "AWS::SNS::Topic": self._make_topic,
            "AWS::SNS::TopicPolicy": self._make_topic_policy,
            "AWS::SQS::QueuePolicy": self._make_queue_policy,
            "AWS::SNS::Subscription": self._make_subscription,
        }
        for kind, make in makers.items():
            for logical_id, properties in self._template.of_type(kind).items():
                make(logical_id, properties)
        return self.attributes

    def _name_what_is_not_made(self) -> None:
        for logical_id, resource in self._template.resources.items():
            name = self._name(logical_id)
            services = {
                "AWS::Serverless::Function": f"lambda:{REGION}:{ACCOUNT}:function:{name}",
                "AWS::IAM::Role": f"iam::{ACCOUNT}:role/{name}",
                "AWS::Logs::LogGroup": f"logs:{REGION}:{ACCOUNT}:log-group:{name}",
            }
            if resource.type in services:
                arn = f"arn:aws:{services[resource.type]}"
                self.attributes[logical_id] = {"Ref": name, "Arn": arn}
            elif resource.type == "AWS::Serverless::HttpApi":
                self.attributes[logical_id] = {"Ref": "local"}

    def _name(self, logical_id: str) -> str:
        return f"{self._stack}-{logical_id}"

    def _make_table(self, logical_id: str) -> None:
        table, name = self._template.tables()[logical_id], self._name(logical_id)
        dynamodb = self._clients("dynamodb")
        made = dynamodb.create_table(**{"TableName": name, **table.creation})["TableDescription"]
        if table.ttl_attribute:
            dynamodb.update_time_to_live(
                TableName=name,
                TimeToLiveSpecification={"AttributeName": table.ttl_attribute, "Enabled": True},
            )
        if table.point_in_time_recovery:
            dynamodb.update_continuous_backups(
                TableName=name,
                PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True},
            )
        self.attributes[logical_id] = {"Ref": made["TableName"], "Arn": made["TableArn"]}
        if "LatestStreamArn" in made:
            self.attributes[logical_id]["StreamArn"] = made["LatestStreamArn"]

    def _make_queue(self, logical_id: str) -> None:
        name = self._name(logical_id)
        attributes = dict(self._template.queues()[logical_id].attributes)
        name = attributes.pop("QueueName", name)
        url = self._clients("sqs").create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
        arn = f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}"
        self.attributes[logical_id] = {"Ref": url, "QueueUrl": url, "QueueName": name, "Arn": arn}

    def _connect_dead_letters(self, logical_id: str) -> None:
        queue = self._template.queues()[logical_id]
        if queue.dead_letters is None:
            return
        policy = {
            "deadLetterTargetArn": self.attributes[queue.dead_letters]["Arn"],
            "maxReceiveCount": queue.maximum_receives,
        }
        self._clients("sqs").set_queue_attributes(
            QueueUrl=self.attributes[logical_id]["Ref"],
            Attributes={"RedrivePolicy": json.dumps(policy)},
        )

    def _make_key(self, logical_id: str, properties: Mapping[str, Any]) -> None:
        told = self._template.resolve(properties, self.attributes)
        policy = told.get("KeyPolicy")
        made = self._clients("kms").create_key(
            Description=told.get("Description", ""),
            **({"Policy": document(policy["Statement"])} if policy else {}),
        )["KeyMetadata"]
        self.attributes[logical_id] = {"Ref": made["KeyId"], "Arn": made["Arn"]}

    def _make_secret(self, logical_id: str, properties: Mapping[str, Any]) -> None:
        given = self._template.resolve(properties.get("SecretString", ""), self.attributes)
        value = self._filled.get(logical_id) or given
        value = value or self._generated(properties.get("GenerateSecretString", {}))
        secrets = self._clients("secretsmanager")
        made = secrets.create_secret(Name=self._name(logical_id), SecretString=value)
        self.attributes[logical_id] = {"Ref": made["ARN"], "Id": made["ARN"]}

    def _generated(self, rules: Mapping[str, Any]) -> str:
        wanted = dict(rules)
        key = wanted.pop("GenerateStringKey", None)
        around = wanted.pop("SecretStringTemplate", "{}")
        value: str = self._clients("secretsmanager").get_random_password(**wanted)["RandomPassword"]
        return json.dumps({**json.loads(around), key: value}) if key else value

    def _make_configuration_set(self, logical_id: str, properties: Mapping[str, Any]) -> None:
        name = properties.get("Name", self._name(logical_id))
        self._clients("sesv2").create_configuration_set(ConfigurationSetName=name)
        self.attributes[logical_id] = {"Ref": name}

    def _make_identity(self, logical_id: str, properties: Mapping[str, Any]) -> None:
        identity = self._template.resolve(properties["EmailIdentity"], self.attributes)
        self._clients("sesv2").create_email_identity(EmailIdentity=identity)
        self.attributes[logical_id] = {"Ref": identity}

    def _make_topic(self, logical_id: str, _: Mapping[str, Any]) -> None:
        arn = self._clients("sns").create_topic(Name=self._name(logical_id))["TopicArn"]
        self.attributes[logical_id] = {"Ref": arn, "TopicArn": arn}

    def _make_topic_policy(self, _: str, properties: Mapping[str, Any]) -> None:
        told = self._template.resolve(properties, self.attributes)
        policy = json.dumps(told["PolicyDocument"])
        for topic in told["Topics"]:
            self._clients("sns").set_topic_attributes(
                TopicArn=topic, AttributeName="Policy", AttributeValue=policy
            )

    def _make_queue_policy(self, _: str, properties: Mapping[str, Any]) -> None:
        told = self._template.resolve(properties, self.attributes)
        policy = {"Policy": json.dumps(told["PolicyDocument"])}
        for queue in told["Queues"]:
            self._clients("sqs").set_queue_attributes(QueueUrl=queue, Attributes=policy)

    def _make_subscription(self, logical_id: str, properties: Mapping[str, Any]) -> None:
        """Subscribe a queue; nothing from here is sent to people or to other machines."""
        told = self._template.resolve(properties, self.attributes)
        if told["Protocol"] != "sqs":
            return
        attributes = {
            name: told[name] if isinstance(told[name], str) else json.dumps(told[name])
            for name in ("RawMessageDelivery", "RedrivePolicy", "FilterPolicy")
            if name in told
        }
        arn = self._clients("sns").subscribe(
            TopicArn=told["TopicArn"],
            Protocol="sqs",
            Endpoint=told["Endpoint"],
            Attributes=attributes,
            ReturnSubscriptionArn=True,
        )["SubscriptionArn"]
        self.attributes[logical_id] = {"Ref": arn}
