"""Check what SAM makes of rollouts and routes: `python -m infra.expanded GRADUAL AT_ONCE`.

Both name the expanded template, as JSON, for a gradual `Rollout` and for `AllAtOnce`. Ends with 1
and says what is amiss.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any, Final

Resources = dict[str, Any]
POLICY_LIMIT: Final = 20_480
"""Bytes of an alias's policy, which AWS raises for nobody (AWS Lambda Developer Guide, quotas)."""
LONGEST_STACK: Final = 25
"""Letters that docs/deploy.md allows a stack's name."""
LONGEST_REGION: Final = "ap-southeast-2"
ACCOUNT: Final = "123456789012"
RANDOM: Final = "AbCdEfGhIjKl"
"""As long as what CloudFormation puts behind the names that it makes."""


def faults(gradual: Resources, at_once: Resources) -> list[str]:
    """Return what is amiss with the two ways to deploy, and with the size of the API's policies."""
    found = [f"{name}: no trial of its own" for name in aliases(gradual) - on_trial(gradual)]
    found += [f"{name}: on trial, though at once" for name in on_trial(at_once)]
    found += [
        f"{name}: CodeDeploy is asked, though at once"
        for name, resource in at_once.items()
        if "CodeDeploy" in resource["Type"]
    ]
    for target, size in policies(gradual, "s" * LONGEST_STACK, LONGEST_REGION).items():
        if size > POLICY_LIMIT:
            found.append(f"{target}: a policy of {size} bytes where {POLICY_LIMIT} are allowed")
    return found


def aliases(resources: Resources) -> set[str]:
    """Return the aliases that callers call."""
    return {n for n, told in resources.items() if told["Type"] == "AWS::Lambda::Alias"}


def on_trial(resources: Resources) -> set[str]:
    """Return the aliases that CodeDeploy moves, bit by bit."""
    told = aliases(resources)
    return {
        n for n in told if "CodeDeployLambdaAliasUpdate" in resources[n].get("UpdatePolicy", {})
    }


def policies(resources: Resources, stack: str, region: str) -> dict[str, int]:
    """Return how many bytes the policy of each called alias has, by its logical id."""
    statements: dict[str, list[Any]] = {}
    for name, resource in resources.items():
        if resource["Type"] == "AWS::Lambda::Permission":
            told = resource["Properties"]
            target = told["FunctionName"]["Ref"]
            statement = _statement(name, target, told, stack, region)
            statements.setdefault(target, []).append(statement)
    return {
        target: _size({"Version": "2012-10-17", "Id": "default", "Statement": some})
        for target, some in statements.items()
    }


def _size(policy: dict[str, Any]) -> int:
    return len(json.dumps(policy, separators=(",", ":")))


def _statement(name: str, target: str, told: Any, stack: str, region: str) -> dict[str, Any]:
    """Return a permission as AWS writes it down."""
    names = {"Partition": "aws", "Region": region, "AccountId": ACCOUNT, "ApiId__": "a" * 10}
    source = re.sub(
        r"\$\{(?:AWS::|__)(\w+)\}",
        lambda found: names.get(found[1], "*"),
        told["SourceArn"]["Fn::Sub"][0],
    )
    function = f"{stack}-{target.removesuffix('Aliaslive')}-{RANDOM}"
    return {
        "Sid": f"{stack}-{name}-{RANDOM}",
        "Effect": "Allow",
        "Principal": {"Service": told["Principal"]},
        "Action": told["Action"],
        "Resource": f"arn:aws:lambda:{region}:{ACCOUNT}:function:{function}:live",
        "Condition": {"ArnLike": {"AWS:SourceArn": source}},
    }


def main() -> int:
    """Check the expanded templates that are named; return 1 if anything is amiss."""
    told = [json.loads(Path(name).read_text(encoding="utf-8")) for name in sys.argv[1:]]
    found = faults(*(template["Resources"] for template in told))
    for fault in found:
        print(fault, file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
