"""The stack as IAM sees it: the template's policies with the ARNs that deploying it would give."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

from infra.sam.template import load
from tests.privileges.policy import allowed, applies, key_allowed, several

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from infra.sam.template import Template
    from tests.privileges.policy import Request

    Statements = list[dict[str, Any]]

PLACE = "eu-west-1:123456789012"
ACCOUNT = "arn:aws:iam::123456789012:root"
STREAM_LABEL = "2026-01-01T00:00:00.000"
PARAMETERS = {
    "JwtIssuer": "https://login.example",
    "SenderAddress": "notices@example.com",
    "SenderIdentity": "example.com",
    "VapidPublicKey": "a-public-key",
    "HostAppOrigins": "https://app.example",
    "OperatorEmail": "operator@example.com",
}
_ARNS = {
    "AWS::DynamoDB::Table": "arn:aws:dynamodb:{place}:table/{name}",
    "AWS::IAM::Role": "arn:aws:iam::123456789012:role/{name}",
    "AWS::KMS::Key": "arn:aws:kms:{place}:key/{name}",
    "AWS::Logs::LogGroup": "arn:aws:logs:{place}:log-group:{name}:*",
    "AWS::SNS::Topic": "arn:aws:sns:{place}:{name}",
    "AWS::SQS::Queue": "arn:aws:sqs:{place}:{name}",
    "AWS::SecretsManager::Secret": "arn:aws:secretsmanager:{place}:secret:{name}-AbCdEf",
}
_REF_IS_ARN = {"AWS::SNS::Topic", "AWS::SecretsManager::Secret"}
NAMES_IN_TESTS = {
    "attempts": "AttemptQueue",
    "late": "PushKeySecret",
    "keys": "ProviderSecrets",
    "link-key": "LinkKeySecret",
    "notices": "NoticeQueue",
    "other": "PushKeySecret",
    "provider-keys": "ProviderSecrets",
    "push-key": "PushKeySecret",
    "sync": "SyncQueue",
    "webhooks": "WebhookQueue",
}
"""What the benches call their queues and secrets; tables and keys have the template's names."""


@dataclass(frozen=True, slots=True)
class Grant:
    """One action on one resource, as a statement of one policy allows it."""

    policy: str
    """The logical id of a role, of a key, or of the policy of a queue or topic."""
    principal: str
    """Who is allowed: a role's logical id or a service; in a role's policy, that role."""
    action: str
    resource: str
    statement: Mapping[str, Any]

    def __str__(self) -> str:
        """Return what a test of it is called."""
        where = "" if self.policy == self.principal else f" by {self.policy}"
        return f"{self.principal}: {self.action} on {self.resource.split(':', 5)[-1]}{where}"


class Deployed:
    """The template under parameters that switch everything on."""

    def __init__(self, template: Template) -> None:
        self.template = template
        self._kinds = {name: r.type for name, r in template.resources.items()}

    def logical_id(self, name: str) -> str:
        """Return which resource is called so, or has this ARN or address, in a test."""
        last = name.rpartition(":")[2].rpartition("/")[2]
        if ":secretsmanager:" in name:
            last = last[: -len("-AbCdEf")]
        last = last.removeprefix(f"{self.template.parameters['AWS::StackName']}-")
        return NAMES_IN_TESTS.get(last) or self._described.get(last, last)

    @cached_property
    def _described(self) -> dict[str, str]:
        """Return which key has which description."""
        keys = self.template.of_type("AWS::KMS::Key")
        return {properties["Description"]: name for name, properties in keys.items()}

    def arn(self, name: str) -> str:
        """Return a resource's ARN, by its logical id or by what it is called in a test."""
        logical_id = self.logical_id(name)
        return _ARNS[self._kinds[logical_id]].format(place=PLACE, name=logical_id)

    def bus(self, name: str) -> str:
        """Return an event bus's ARN."""
        return f"arn:aws:events:{PLACE}:event-bus/{name}"

    @property
    def sender(self) -> str:
        """Return the ARN of the identity that mails are sent by."""
        return f"arn:aws:ses:{PLACE}:identity/{PARAMETERS['SenderIdentity']}"

    @property
    def configuration_set(self) -> str:
        """Return the ARN of the configuration set that mails are sent through."""
        return f"arn:aws:ses:{PLACE}:configuration-set/MailConfiguration"

    def hash_key(self, table: str, index: str | None) -> str:
        """Return the name of a table's or an index's partition key."""
        shape = self._tables[self.logical_id(table)].creation
        if index:
            [shape] = [i for i in shape["GlobalSecondaryIndexes"] if i["IndexName"] == index]
        return str(shape["KeySchema"][0]["AttributeName"])

    @cached_property
    def _tables(self) -> Mapping[str, Any]:
        return self.template.tables()

    @cached_property
    def roles(self) -> dict[str, list[dict[str, Any]]]:
        """Return the statements of each role's policies."""
        return {
            name: [
                statement
                for policy in self._resolved(properties["Policies"])
                for statement in policy["PolicyDocument"]["Statement"]
            ]
            for name, properties in self.template.of_type("AWS::IAM::Role").items()
        }

    @cached_property
    def on_resources(self) -> dict[str, list[dict[str, Any]]]:
        """Return the statements of the policies that resources have themselves, by ARN."""
        found = {
            self.arn(name): self._resolved(properties["KeyPolicy"]["Statement"])
            for name, properties in self.template.of_type("AWS::KMS::Key").items()
        }
        for kind, holders in (("SQS::Queue", "Queues"), ("SNS::Topic", "Topics")):
            for properties in self.template.of_type(f"AWS::{kind}Policy").values():
                told = self._resolved(properties)
                for holder in told[holders]:
                    name = self.arn(holder.rpartition(":")[2])
                    found[name] = told["PolicyDocument"]["Statement"]
        return found

    def _resolved(self, value: Any) -> Any:
        return self.template.resolve(value, self.attributes)

    @cached_property
    def attributes(self) -> dict[str, dict[str, str]]:
        """Return what Ref and GetAtt give, by logical id."""
        found = {}
        for name, kind in self._kinds.items():
            arn = self.arn(name) if kind in _ARNS else name
            found[name] = {"Ref": arn if kind in _REF_IS_ARN else name, "Arn": arn}
            found[name]["StreamArn"] = f"{arn}/stream/{STREAM_LABEL}"
        return found

    def changed(self, change: Callable[[str, Statements], Statements]) -> Deployed:
        """Return the stack with other statements: what `change` makes of each policy's, by name."""
        made = Deployed(self.template)
        made.__dict__["roles"] = {name: change(name, told) for name, told in self.roles.items()}
        made.__dict__["on_resources"] = {
            arn: change(_holder(arn), told) for arn, told in self.on_resources.items()
        }
        return made

    def grants(self) -> Iterator[Grant]:
        """Yield all that is allowed, less what lets the account's administrators manage a key."""
        for role, statements in self.roles.items():
            yield from _grants(role, statements)
        told: list[Grant] = []
        for arn, statements in self.on_resources.items():
            name = _holder(arn)
            told += _grants(name, [s for s in statements if s.get("Sid") != "Manage"], arn)
        yield from told

    def asked_about(self, request: Request) -> set[str]:
        """Return the condition keys that the policies ask about where they speak of a request."""
        found: set[str] = set()
        role = request.principal.rpartition("/")[2]
        on_it = self.on_resources.get(request.resource, [])
        for statement in (*self.roles.get(role, []), *on_it):
            bare = {k: v for k, v in statement.items() if k != "Condition"}
            if applies(bare, request):
                found.update(k for c in statement.get("Condition", {}).values() for k in c)
        return found

    def allows(self, request: Request, without: Grant | None = None) -> bool:
        """Tell whether a request is allowed, also if something were not granted."""
        role = request.principal.rpartition("/")[2]
        identity = less(self.roles.get(role, []), role, without)
        on_it = self.on_resources.get(request.resource, [])
        on_it = less(on_it, _holder(request.resource), without)
        if request.resource.startswith("arn:aws:kms:"):
            return key_allowed(request, identity, on_it, ACCOUNT)
        return allowed(request, identity, on_it)


def _holder(arn: str) -> str:
    """Return the logical id of the resource that an ARN of the deployed stack names."""
    return arn.rpartition(":")[2].rpartition("/")[2]


def _grants(policy: str, statements: list[dict[str, Any]], holder: str = "") -> Iterator[Grant]:
    for statement in statements:
        assert statement["Effect"] == "Allow"
        principal = policy
        for kind, who in statement.get("Principal", {}).items():
            principal = who.rpartition("/")[2] if kind == "AWS" else who
        for action in several(statement["Action"]):
            for resource in several(statement["Resource"]):
                if resource != "*" and holder and resource != holder:
                    continue  # a policy of two queues says of each what concerns both
                yield Grant(policy, principal, action, resource, statement)


def less(statements: Statements, policy: str, without: Grant | None) -> Statements:
    """Return a policy's statements without one grant."""
    if without is None or policy != without.policy:
        return statements
    found = []
    for statement in statements:
        if statement is not without.statement:
            found.append(statement)
            continue
        actions, resources = several(statement["Action"]), several(statement["Resource"])
        others = [a for a in actions if a != without.action]
        elsewhere = [r for r in resources if r != without.resource]
        if others:
            found.append({**statement, "Action": others})
        if elsewhere:
            found.append({**statement, "Action": [without.action], "Resource": elsewhere})
    return found


@cache
def deployed() -> Deployed:
    """Return the stack of template.yaml with everything switched on, read once a process."""
    return Deployed(load(parameters=PARAMETERS))
