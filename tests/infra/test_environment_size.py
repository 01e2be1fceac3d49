"""How much of Lambda's 4 kB of variables the worker leaves to a deployer's own settings."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from infra.sam.template import TEMPLATE, load

if TYPE_CHECKING:
    from collections.abc import Mapping

LIMIT = 4096
"""Bytes of all names and values together (AWS Lambda, quotas)."""
STACK = "relink-production"
GUIDE = (TEMPLATE.parent / "docs" / "deploy.md").read_text()
WHERE, ACCOUNT = "ap-southeast-2", "123456789012"
URL = "https://banking-xx1.s-fints-pt-xx.de/fints30"
NAMED = {"url": URL, "name": "Sparkasse Musterstadt"}


def deployed(kind: str, name: str) -> Mapping[str, str]:
    """Return what a resource is called once it is deployed, as long as AWS makes it."""
    physical = f"{STACK}-{name}-1ABCDEFGHIJKL"
    if kind == "AWS::SQS::Queue":
        physical = f"https://sqs.{WHERE}.amazonaws.com/{ACCOUNT}/{physical}"
    if kind in {"AWS::SecretsManager::Secret", "AWS::KMS::Key"}:
        physical = f"arn:aws:secretsmanager:{WHERE}:{ACCOUNT}:secret:{physical}-AbCdEf"
    return {"Ref": physical, "Arn": f"arn:aws:kms:{WHERE}:{ACCOUNT}:key/{'x' * 36}"}


def used(**parameters: str) -> int:
    """Return the bytes of the worker's variables, with these settings."""
    needed = {"JwtIssuer": "x", "SenderAddress": "x", "SenderIdentity": "x"}
    template = load(parameters=needed | parameters)
    names = {n: deployed(r.type, n) for n, r in template.resources.items()}
    told: dict[str, Any] = template.resources["WorkerFunction"].properties["Environment"]
    common = template.document["Globals"]["Function"]["Environment"]["Variables"]
    variables = template.resolve(common | told["Variables"], names)
    return sum(len(str(n).encode()) + len(str(v).encode()) for n, v in variables.items())


@pytest.mark.parametrize(
    ("words", "bank"), [(r"about (\d+) FinTS banks", URL), (r"or (\d+) with their names", NAMED)]
)
def test_as_many_banks_fit_as_the_guide_says(words: str, bank: object) -> None:
    """FinTS servers are the one setting that grows with each bank."""
    [told] = re.findall(words, GUIDE)
    servers = {str(10_000_000 + n): bank for n in range(int(told))}

    assert used(FintsServers=json.dumps(servers, separators=(",", ":"))) <= LIMIT


def test_an_empty_setting_leaves_more_than_half() -> None:
    """Whoever adds a variable finds out here, and not at a deployment."""
    assert used() <= LIMIT // 2
