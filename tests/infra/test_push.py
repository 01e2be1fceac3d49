"""Web Push in the template: who knows which half of the key, and what there is without one."""

from __future__ import annotations

import base64
import subprocess
import sys
from typing import Any

import pytest

from infra.push_key import PushKey
from infra.sam.template import TEMPLATE, Template, load

SECRET = "PushKeySecret"
ATTRIBUTES = ("Ref", "Arn", "StreamArn")
LEAST = {
    "JwtIssuer": "https://login.example",
    "SenderAddress": "relink@example.com",
    "SenderIdentity": "example.com",
}


@pytest.fixture
def pushing() -> Template:
    """Return the template as somebody has it who offers push."""
    return load(parameters={**LEAST, **PushKey.new().parameters()})


def environment(template: Template, function: str) -> dict[str, Any]:
    """Return what a function is told."""
    names = {name: dict.fromkeys(ATTRIBUTES, name) for name in template.resources}
    values = template.functions()[function].environment
    return dict(template.resolve(values, names))


def readable(template: Template, function: str) -> set[str]:
    """Return the secrets that a function may read, by logical id."""
    role = template.functions()[function].role
    names = {name: dict.fromkeys(ATTRIBUTES, name) for name in template.resources}
    (policy,) = template.resources[role].properties["Policies"]
    return {
        resource
        for statement in template.resolve(policy["PolicyDocument"]["Statement"], names)
        if "secretsmanager:GetSecretValue" in statement["Action"]
        for resource in (
            statement["Resource"]
            if isinstance(statement["Resource"], list)
            else [statement["Resource"]]
        )
    }


def test_only_what_pushes_can_read_the_private_key(pushing: Template) -> None:
    """The others know the public half at most; no environment holds the private one."""
    readers = {f for f in pushing.functions() if SECRET in readable(pushing, f)}
    private = pushing.parameters["VapidPrivateKey"]

    assert {"NotifyFunction"} == readers
    for function in pushing.functions():
        assert private not in str(environment(pushing, function))
    assert pushing.document["Parameters"]["VapidPrivateKey"]["NoEcho"] is True
    assert {"Ref": "VapidPrivateKey"} == pushing.resources[SECRET].properties["SecretString"]


def test_both_sides_know_the_same_key_and_services(pushing: Template) -> None:
    """What a browser may name when it subscribes is what may be sent to."""
    notify, reconnect = (environment(pushing, f"{n}Function") for n in ("Notify", "Reconnect"))

    for name in ("VAPID_PUBLIC_KEY", "PUSH_SERVICES"):
        assert notify[name] == reconnect[name] != ""
    assert SECRET == notify["PUSH_KEY_SECRET"]
    assert "mailto:relink@example.com" == notify["PUSH_CONTACT"]


def test_a_contact_of_ones_own_is_told(pushing: Template) -> None:
    """A push service asks there, not at the address that mails come from."""
    given = {**pushing.parameters, "PushContact": "https://example.com/contact"}

    told = environment(Template(pushing.document, given), "NotifyFunction")
    assert "https://example.com/contact" == told["PUSH_CONTACT"]


def test_without_a_key_there_is_no_push_and_no_secret(template: Template) -> None:
    """Nobody pays for what he does not use."""
    assert SECRET not in template.resources
    assert {"LinkKeySecret"} == readable(template, "NotifyFunction")
    told = environment(template, "NotifyFunction")
    assert ("", "") == (told["VAPID_PUBLIC_KEY"], told["PUSH_KEY_SECRET"])


def test_a_key_is_made_as_the_template_takes_it() -> None:
    """`python -m infra.push_key` prints both parameters, a new pair each time."""
    command = [sys.executable, "-m", "infra.push_key"]
    printed = [
        dict(
            line.split("=", 1)
            for line in subprocess.run(
                command, check=True, capture_output=True, text=True, cwd=TEMPLATE.parent
            ).stdout.splitlines()
        )
        for _ in range(2)
    ]

    assert printed[0] != printed[1]
    for pair in printed:
        assert {"VapidPublicKey", "VapidPrivateKey"} == pair.keys()
        sizes = [len(base64.urlsafe_b64decode(v + "=" * (-len(v) % 4))) for v in pair.values()]
        assert [65, 32] == sizes
        load(parameters={**LEAST, **pair})
