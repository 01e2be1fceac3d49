"""What a call of AWS's API asks IAM for: actions, the resources' ARNs and the condition keys.

By AWS's Service Authorization Reference. A call that is not known here is an error: the day that
our code makes a new one, somebody looks up what it takes.
"""

from __future__ import annotations

import re
from email.utils import parseaddr
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.types import TypeDeserializer

from tests.privileges.policy import NotKnown, Request

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from tests.privileges.deployed import Deployed

_WORD = re.compile(r"#?\w+(?:\.#?\w+|\[\d+\])*")
_RESERVED = {
    *("ADD", "AND", "BETWEEN", "DELETE", "IN", "NOT", "OR", "REMOVE", "SET"),
    *("attribute_exists", "attribute_not_exists", "attribute_type", "begins_with", "contains"),
    *("if_not_exists", "list_append", "size"),
}
_ITEM_ACTIONS = {
    "ConditionCheck": "ConditionCheckItem",
    "Delete": "DeleteItem",
    "Put": "PutItem",
    "Update": "UpdateItem",
}
_EXPRESSIONS = (
    *("ConditionExpression", "FilterExpression", "KeyConditionExpression"),
    *("ProjectionExpression", "UpdateExpression"),
)


def requests(
    deployed: Deployed, role: str, service: str, operation: str, given: Mapping[str, Any]
) -> list[Request]:
    """Return what a role needs to be allowed for one call with these parameters."""
    asked = _SERVICES[service](deployed, operation, given)
    return [Request(role, action, arn, context) for action, arn, context in asked]


def _dynamodb(
    deployed: Deployed, operation: str, given: Mapping[str, Any]
) -> Iterator[tuple[str, str, dict[str, tuple[str, ...]]]]:
    if operation == "TransactWriteItems":
        for kind, item in (pair for each in given["TransactItems"] for pair in each.items()):
            yield from _dynamodb(deployed, _ITEM_ACTIONS[kind], item)
    elif operation == "BatchGetItem":
        for table, wanted in given["RequestItems"].items():
            yield _item(deployed, operation, {**wanted, "TableName": table}, wanted["Keys"])
    elif operation == "BatchWriteItem":
        for table, writes in given["RequestItems"].items():
            bodies = [body for write in writes for body in write.values()]
            items = [body.get("Item") or body["Key"] for body in bodies]
            yield _item(deployed, operation, {"TableName": table}, items)
    elif operation in {"GetItem", "UpdateItem", "DeleteItem", "ConditionCheckItem"}:
        yield _item(deployed, operation, given, [given["Key"]])
    elif operation == "PutItem":
        yield _item(deployed, operation, given, [given["Item"]])
    elif operation == "Query":
        yield _item(deployed, operation, given, [])
    else:
        raise NotKnown(f"dynamodb:{operation}")


def _item(
    deployed: Deployed, action: str, given: Mapping[str, Any], items: list[Mapping[str, Any]]
) -> tuple[str, str, dict[str, tuple[str, ...]]]:
    table = given["TableName"]
    arn = deployed.arn(table)
    if index := given.get("IndexName"):
        arn += f"/index/{index}"
    names = {name for item in items for name in item} | _named(given)
    hash_key = deployed.hash_key(table, index)
    leading = {str(TypeDeserializer().deserialize(i[hash_key])) for i in items if hash_key in i}
    context = {}
    if names:
        context["dynamodb:Attributes"] = tuple(sorted(names))
    if leading:
        context["dynamodb:LeadingKeys"] = tuple(sorted(leading))
    return f"dynamodb:{action}", arn, context


def _named(given: Mapping[str, Any]) -> set[str]:
    """Return the top-level attributes that a request's expressions name."""
    aliases = given.get("ExpressionAttributeNames", {})
    found = set()
    for kind in _EXPRESSIONS:
        text = re.sub(r":\w+", "", given.get(kind, ""))
        for word in _WORD.findall(text):
            first = re.split(r"[.\[]", word)[0]
            if first not in _RESERVED and first.upper() not in _RESERVED:
                found.add(aliases.get(first, first))
    return {name for name in found if not name.isdigit()}


def _sqs(
    deployed: Deployed, operation: str, given: Mapping[str, Any]
) -> Iterator[tuple[str, str, dict[str, tuple[str, ...]]]]:
    if operation not in {"SendMessage", "SendMessageBatch"}:
        raise NotKnown(f"sqs:{operation}")
    yield "sqs:SendMessage", deployed.arn(given["QueueUrl"].rpartition("/")[2]), {}


def _kms(
    deployed: Deployed, operation: str, given: Mapping[str, Any]
) -> Iterator[tuple[str, str, dict[str, tuple[str, ...]]]]:
    if operation not in {"Decrypt", "Encrypt", "GenerateDataKeyWithoutPlaintext"}:
        raise NotKnown(f"kms:{operation}")
    bound = given.get("EncryptionContext", {})
    context: dict[str, tuple[str, ...]] = {
        f"kms:EncryptionContext:{name}": (value,) for name, value in bound.items()
    }
    if bound:
        context["kms:EncryptionContextKeys"] = tuple(sorted(bound))
    yield f"kms:{operation}", deployed.arn(given["KeyId"]), context


def _secrets(
    deployed: Deployed, operation: str, given: Mapping[str, Any]
) -> Iterator[tuple[str, str, dict[str, tuple[str, ...]]]]:
    if operation != "GetSecretValue":
        raise NotKnown(f"secretsmanager:{operation}")
    yield f"secretsmanager:{operation}", deployed.arn(given["SecretId"]), {}


def _events(
    deployed: Deployed, operation: str, given: Mapping[str, Any]
) -> Iterator[tuple[str, str, dict[str, tuple[str, ...]]]]:
    if operation != "PutEvents":
        raise NotKnown(f"events:{operation}")
    for bus in sorted({entry["EventBusName"] for entry in given["Entries"]}):
        yield f"events:{operation}", deployed.bus(bus), {}


def _ses(
    deployed: Deployed, operation: str, given: Mapping[str, Any]
) -> Iterator[tuple[str, str, dict[str, tuple[str, ...]]]]:
    """Yield both actions for a raw mail: the operation's name, and what SES's refusals speak of.

    Which of the two it looks at, AWS does not say.
    """
    if operation != "SendEmail" or "Raw" not in given["Content"]:
        raise NotKnown(f"ses:{operation} of anything but a raw mail")
    _, sender = parseaddr(given["FromEmailAddress"])
    for action in ("ses:SendEmail", "ses:SendRawEmail"):
        yield action, deployed.sender, {"ses:FromAddress": (sender,)}
        if given.get("ConfigurationSetName"):
            yield action, deployed.configuration_set, {"ses:FromAddress": (sender,)}


_SERVICES: Mapping[str, Callable[..., Iterator[tuple[str, str, dict[str, tuple[str, ...]]]]]] = {
    "dynamodb": _dynamodb,
    "events": _events,
    "kms": _kms,
    "secretsmanager": _secrets,
    "sesv2": _ses,
    "sqs": _sqs,
}
