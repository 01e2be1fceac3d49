"""Seals the words of its messages and stores them; fails those that say so."""

from __future__ import annotations

import json
import os
from typing import Any

import boto3


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Store each message's word, sealed, and report the failed ones."""
    kms, dynamodb = boto3.client("kms"), boto3.client("dynamodb")
    secret = boto3.client("secretsmanager").get_secret_value(SecretId=os.environ["SECRET"])
    failures = []
    for record in event["Records"]:
        message = json.loads(record["body"])
        if message.get("fail"):
            failures.append({"itemIdentifier": record["messageId"]})
            continue
        sealed = kms.encrypt(
            KeyId=os.environ["KEY_ID"],
            Plaintext=message["word"].encode(),
            EncryptionContext={"thing": message["id"]},
        )
        dynamodb.put_item(
            TableName=os.environ["THINGS"],
            Item={
                "id": {"S": message["id"]},
                "colour": {"S": message.get("colour", "green")},
                "sealed": {"B": sealed["CiphertextBlob"]},
                "poison": {"BOOL": message.get("poison", False)},
                "secret_length": {"N": str(len(secret["SecretString"]))},
            },
        )
    return {"batchItemFailures": failures}
