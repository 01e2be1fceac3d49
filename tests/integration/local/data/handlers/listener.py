"""Mails what turned red; a poisonous record brings the whole batch down."""

from __future__ import annotations

import os
from email.message import EmailMessage
from typing import Any

import boto3


def handler(event: dict[str, Any], _context: object) -> None:
    """Send a mail for each record."""
    images = [record["dynamodb"]["NewImage"] for record in event["Records"]]
    if any(image["poison"]["BOOL"] for image in images):
        raise RuntimeError("poison")
    for image in images:
        mail = EmailMessage()
        mail["From"] = os.environ["SENDER"]
        mail["To"] = "owner@example.com"
        mail["Subject"] = f"Red: {image['id']['S']}, ¡atención!"
        mail["X-Kept"] = "yes"
        mail.set_content("plain")
        mail.add_alternative("<p>rich</p>", subtype="html")
        boto3.client("sesv2").send_email(
            FromEmailAddress=os.environ["SENDER"],
            Destination={"ToAddresses": ["owner@example.com"]},
            Content={"Raw": {"Data": mail.as_bytes()}},
            ConfigurationSetName=os.environ["CONFIGURATION_SET"],
        )
