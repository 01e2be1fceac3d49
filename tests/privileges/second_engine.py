"""The deployed roles on the emulator that asks IAM, and calls that ask it for one thing each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from infra.local.clients import Clients
from infra.local.policies import document, judgeable
from infra.local.provisioning import Provisioner
from infra.local.roles import lend, make_roles
from tests.privileges.deployed import deployed, less
from tests.privileges.needs import needing

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from infra.local.engine import Engine
    from tests.privileges.deployed import Deployed, Grant
    from tests.privileges.policy import Request

REFUSALS = {"AccessDenied", "AccessDeniedException"}
MAIL = b"From: notices@example.com\r\nTo: owner@example.com\r\nSubject: one\r\n\r\nwords\r\n"
KEYS = {"IntakeKey", "VaultKey"}
"""What functions use by the policy of the thing itself."""
NOT_JUDGED = {
    "NotifyRole: ses:SendEmail on configuration-set/MailConfiguration",
    "NotifyRole: ses:SendEmail on identity/example.com",
}
"""Each allows all mails where no mail is of an identity; only without both is one refused."""


def as_judged(without: Grant | None = None) -> Deployed:
    """Return the stack without what the emulator cannot judge, and perhaps without a grant."""
    return deployed().changed(
        lambda name, told: [judgeable(statement) for statement in less(told, name, without)]
    )


class SecondEngine:
    """The stack's roles, keys, tables, queues and secrets on a running emulator."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        template, clients = deployed().template, engine.clients
        self._attributes = Provisioner(template, clients).provision()
        make_roles(template, self._attributes, clients)
        self._clients = {
            role: Clients(engine.url, lend(self._attributes[role]["Arn"], clients))
            for role in deployed().roles
        }

    def refuses(self, request: Request) -> bool:
        """Tell whether a role is refused something for want of a permission."""
        service, operation, given = self._call(request)
        client = self._clients[request.principal.rpartition("/")[2]](service)
        try:
            client._make_api_call(operation, given)
        except ClientError as error:
            return error.response["Error"]["Code"] in REFUSALS
        return False

    def allow(self, policy: str, statements: Sequence[Mapping[str, Any]]) -> None:
        """Let the policy of a role or a key, by its logical id, say this and nothing else."""
        told, name = self._placed(document(statements)), self._attributes[policy]["Ref"]
        if policy not in deployed().roles:
            self._engine.clients("kms").put_key_policy(
                KeyId=name, PolicyName="default", Policy=told
            )
            return
        iam = self._engine.clients("iam")
        [called] = iam.list_role_policies(RoleName=name)["PolicyNames"]
        iam.put_role_policy(RoleName=name, PolicyName=called, PolicyDocument=told)

    def _placed(self, text: str) -> str:
        """Return a text with the emulator's ARNs in the place of the deployed stack's."""
        for name in sorted(self._attributes, key=len, reverse=True):
            for kind in ("StreamArn", "Arn", "Ref"):
                there = str(self._attributes[name].get(kind, ""))
                told = deployed().attributes.get(name, {}).get(kind, "")
                if told.startswith("arn:") and there.startswith("arn:"):
                    text = text.replace(told, there)
        return text

    def _call(self, request: Request) -> tuple[str, str, dict[str, Any]]:
        """Return a service, an operation of it and parameters that ask for just this."""
        service, operation = request.action.split(":")
        arn = self._placed(request.resource)
        name = arn.rpartition(":")[2].rpartition("/")[2]
        match service:
            case "dynamodb":
                return service, operation, self._of_table(operation, request)
            case "sqs":
                return service, operation, self._of_queue(operation, request)
            case "kms":
                return service, operation, _of_key(operation, arn)
            case "secretsmanager":
                return service, operation, {"SecretId": arn}
            case "events":
                entry = {"EventBusName": name, "Source": "s", "DetailType": "t", "Detail": "{}"}
                return service, operation, {"Entries": [entry]}
            case "ses":
                given = {
                    "FromEmailAddress": "notices@example.com",
                    "Content": {"Raw": {"Data": MAIL}},
                }
                return "sesv2", operation, given
        raise AssertionError(f"no call asks for {request.action}")

    def _of_table(self, operation: str, request: Request) -> dict[str, Any]:
        table, _, index = request.resource.partition(":table/")[2].partition("/index/")
        name = self._attributes[table]["Ref"]
        keys = [k["AttributeName"] for k in _shape(table, index)["KeySchema"]]
        types = {
            a["AttributeName"]: a["AttributeType"] for a in _shape(table)["AttributeDefinitions"]
        }
        key = {k: {types[k]: "0"} for k in keys}
        match operation:
            case "PutItem":
                return {"TableName": name, "Item": key}
            case "BatchGetItem":
                return {"RequestItems": {name: {"Keys": [key]}}}
            case "BatchWriteItem":
                return {"RequestItems": {name: [{"DeleteRequest": {"Key": key}}]}}
            case "Query":
                asked = {
                    "KeyConditionExpression": "#k = :k",
                    "ExpressionAttributeNames": {"#k": keys[0]},
                    "ExpressionAttributeValues": {":k": key[keys[0]]},
                }
                return {"TableName": name, **asked, **({"IndexName": index} if index else {})}
        return {"TableName": name, "Key": key}

    def _of_queue(self, operation: str, request: Request) -> dict[str, Any]:
        queue = {"QueueUrl": self._attributes[request.resource.rpartition(":")[2]]["Ref"]}
        match operation:
            case "SendMessage":
                return {**queue, "MessageBody": "{}"}
            case "DeleteMessage":
                return {**queue, "ReceiptHandle": "none"}
        return queue


def judged(request: Request) -> bool:
    """Tell whether the emulator can be asked for something under its name on AWS.

    It takes logs and streams, which Lambda alone asks for, for other resources, and of the two
    actions that a mail may need for the first one.
    """
    lambdas = request.action.startswith("logs:") or "/stream/" in request.resource
    role = request.principal.rpartition("/")[2] in deployed().roles
    return role and not lambdas and request.action != "ses:SendRawEmail"


def judged_grants() -> Iterator[Grant]:
    """Yield what roles may do, and the functions with keys, as far as it is judged."""
    for grant in deployed().grants():
        ours = grant.policy in deployed().roles or grant.policy in KEYS
        if ours and str(grant) not in NOT_JUDGED and any(map(judged, needing(grant))):
            yield grant


def _shape(table: str, index: str = "") -> Mapping[str, Any]:
    shape: Mapping[str, Any] = deployed().template.tables()[table].creation
    indexes = {i["IndexName"]: i for i in shape.get("GlobalSecondaryIndexes", ())}
    return indexes[index] if index else shape


def _of_key(operation: str, arn: str) -> dict[str, Any]:
    match operation:
        case "Encrypt":
            return {"KeyId": arn, "Plaintext": b"1"}
        case "Decrypt":
            return {"KeyId": arn, "CiphertextBlob": b"1"}
    return {"KeyId": arn, "KeySpec": "AES_256"}
