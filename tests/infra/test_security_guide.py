"""The page about security names tests that are there, and commands that do what it says."""

from __future__ import annotations

import ast
import json
import re
import shlex
from dataclasses import replace
from functools import cache
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import boto3
import pytest

from infra.sam.template import TEMPLATE
from relink import links
from relink.connection import TRIES_A_DAY
from relink.items import encode
from relink.repository import Connections
from relink.signing import FRESH, InvalidToken, KeyRing
from sync.credentials.logins import Logins
from tests.fakes import NOON, Clock, connection

if TYPE_CHECKING:
    from pathlib import Path

ROOT = TEMPLATE.parent
GUIDE = (ROOT / "docs" / "security.md").read_text()
TEST = re.compile(r"`([\w/]+\.py)::(test_\w+)`")
ROW = re.compile(r"^\| (?!threat|---)(.+?) \| (.+?) \| (.+?) \|$", re.MULTILINE)
THREATS = GUIDE.partition("## Threats")[2].partition("\n## ")[0]


@pytest.mark.parametrize(("file", "name"), sorted(set(TEST.findall(GUIDE))))
def test_every_test_that_is_named_is_there(file: str, name: str) -> None:
    """A mitigation whose test was renamed or removed is none that anybody has shown."""
    assert name in functions_of(ROOT / "tests" / file)


def test_every_threat_is_met_and_every_mitigation_is_tested() -> None:
    """No line of the tables is without a test."""
    rows = ROW.findall(THREATS)

    assert len(rows) > 40
    assert [] == [threat for threat, mitigation, tests in rows if not TEST.findall(tests)]


def test_what_it_says_of_the_store_is_in_the_template() -> None:
    """Tables, keys and outputs go by these names."""
    written = TEMPLATE.read_text()
    named = set(re.findall(r"`([A-Z]\w+(?:Table|TableName|Secret|Secrets))`", GUIDE))

    assert {"CredentialsTable", "LinkKeySecret", "ProviderSecrets"} <= named
    assert [] == [
        name for name in sorted(named) if not re.search(rf"^  {name}:", written, re.MULTILINE)
    ]


def test_the_pause_is_lifted_by_the_command_that_is_told(tables: dict[str, str]) -> None:
    """All tries are there again, and nothing else of the connection has changed."""
    client = boto3.client("dynamodb")
    connections = Connections(client, tables["ConnectionsTable"])
    before = connection(tries=(NOON, NOON - 60, NOON - 120))
    connections.create(before)
    options = command("dynamodb update-item", CONNECTION=before.connection_id)

    client.update_item(
        TableName=tables["ConnectionsTable"],
        Key=json.loads(options["--key"]),
        UpdateExpression=options["--update-expression"],
        ConditionExpression=options["--condition-expression"],
        ExpressionAttributeValues=json.loads(options["--expression-attribute-values"]),
    )

    after = connections.get(before.connection_id)
    assert after is not None
    assert (0, TRIES_A_DAY) == (before.tries_left(NOON), after.tries_left(NOON))
    assert replace(before, tries=(0, 0, 0)) == after


def test_the_pause_of_a_login_is_lifted_by_the_command_that_is_told(tables: dict[str, str]) -> None:
    """The attempt tells the name of its login; without that item there are no tries."""
    client, state = boto3.client("dynamodb"), tables["StateTable"]
    logins = Logins(client, cast("Any", SimpleNamespace(state=state)))
    paused = [encode({"attempt_id": "att_1", "login": "0a1b"}), encode({"name": "login#0a1b"})]
    client.put_item(TableName=tables["AttemptsTable"], Item=paused[0])
    client.put_item(TableName=state, Item=paused[1] | encode({"try#att_1": NOON, "turn": 1}))
    find, lift = command("dynamodb get-item", ATTEMPT="att_1"), command("dynamodb delete-item")

    found = client.get_item(
        TableName=tables["AttemptsTable"],
        Key=json.loads(find["--key"]),
        ProjectionExpression=find["--projection-expression"],
    )["Item"]
    before = logins.tries("0a1b")
    key = lift["--key"].replace("LOGIN", found["login"]["S"])
    client.delete_item(TableName=state, Key=json.loads(key))

    assert ({"att_1": NOON}, {}) == (before.made, logins.tries("0a1b").made)


@pytest.mark.usefixtures("aws")
def test_links_are_voided_by_the_command_that_is_told() -> None:
    """Once is a rotation, twice is the end of every link that there was."""
    client, clock = boto3.client("secretsmanager"), Clock()
    client.create_secret(Name="link-key", SecretString="k" * 64)
    ring = KeyRing(client, "link-key", clock)
    token = links.issue(links.link_for(connection(), NOON), ring.keys())
    options = command("secretsmanager put-secret-value", SECRET="link-key")

    def change_key(times: int) -> None:
        client.put_secret_value(SecretId=options["--secret-id"], SecretString=str(times) * 64)
        clock.advance(FRESH)

    change_key(1)
    assert "con_1" == links.read(token, ring.keys_for(token)).connection_id
    change_key(2)
    with pytest.raises(InvalidToken):
        links.read(token, ring.keys_for(token))


def command(name: str, **placeholders: Any) -> dict[str, str]:
    """Return the options of a command on the page."""
    [told] = [block for block in re.findall(r"```sh\n(.*?)```", GUIDE, re.DOTALL) if name in block]
    for placeholder, value in placeholders.items():
        assert placeholder in told
        told = told.replace(placeholder, value)
    words = shlex.split(told.replace("\\\n", " "))
    assert name == " ".join(words[1:3])
    return dict(zip(words[3::2], words[4::2], strict=True))


@cache
def functions_of(path: Path) -> set[str]:
    """Return the names of a file's functions, without running it."""
    tree = ast.parse(path.read_text())
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
