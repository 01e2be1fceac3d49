"""Check what SAM lets others do in our name: `python -m infra.generated_roles translated.json`.

The roles of template.yaml are proved one permission at a time; those that SAM adds when it expands
the template stand nowhere in it. A schedule may call the one function that it is for, nothing else;
of the rest only what is named here may be there. Ends with 1 and says what is amiss.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from infra.sam.intrinsics import read
from infra.sam.template import TEMPLATE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Resources = dict[str, Any]
CALL: Final = "lambda:InvokeFunction"
SHIFTS: Final = {
    "CodeDeployServiceRole": {
        "AssumeRolePolicyDocument": {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Action": ["sts:AssumeRole"],
                    "Effect": "Allow",
                    "Principal": {"Service": ["codedeploy.amazonaws.com"]},
                }
            ],
        },
        "ManagedPolicyArns": ["arn:aws:iam::aws:policy/service-role/AWSCodeDeployRoleForLambda"],
    }
}
"""What takes a new version into use, bit by bit; AWS's own policy for that."""


def faults(resources: Resources, ours: set[str]) -> list[str]:
    """Return what is amiss with the expanded resources; `ours` stand in template.yaml itself."""
    roles = {n: p for n, p in _of(resources, "AWS::IAM::Role") if n not in ours}
    found: list[str] = []
    for name, schedule in _of(resources, "AWS::Scheduler::Schedule"):
        target = schedule["Target"]
        role = target["RoleArn"].get("Fn::GetAtt", [""])[0]
        if roles.pop(role, None) != _calling(resources, role, target["Arn"]):
            found.append(f"{name}: {role or 'its role'} may do something else than call its target")
    for name, role in roles.items():
        if role != SHIFTS.get(name):
            found.append(f"{name}: a role that nobody has looked at")
    for name, permission in _of(resources, "AWS::Lambda::Permission"):
        if name not in ours and not _from_our_api(permission):
            found.append(f"{name}: somebody else than a route of ours may call a function")
    return found


def _of(resources: Resources, kind: str) -> Iterator[tuple[str, Any]]:
    for name, resource in resources.items():
        if resource["Type"] == kind:
            yield name, resource["Properties"]


def _calling(resources: Resources, name: str, target: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the role that a schedule of this target should have, under the names that SAM gave."""
    policies = resources.get(name, {}).get("Properties", {}).get("Policies", ())
    if len(policies) != 1:
        return None
    allowed = {"Action": CALL, "Effect": "Allow", "Resource": target}
    trusted = {
        "Action": ["sts:AssumeRole"],
        "Effect": "Allow",
        "Principal": {"Service": ["scheduler.amazonaws.com"]},
    }
    return {
        "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [trusted]},
        "Policies": [
            {
                "PolicyName": policies[0]["PolicyName"],
                "PolicyDocument": {**_dated(policies[0]), "Statement": [allowed]},
            }
        ],
    }


def _dated(policy: Mapping[str, Any]) -> dict[str, Any]:
    """Return the version of a policy's language, if it names one."""
    version = policy["PolicyDocument"].get("Version")
    return {"Version": version} if version else {}


def _from_our_api(permission: Mapping[str, Any]) -> bool:
    """Tell whether a permission lets a route of our own API call a function, and nothing else."""
    source = permission.get("SourceArn", {}).get("Fn::Sub", ["", {}])
    return (
        permission["Action"] == CALL
        and permission["Principal"] == "apigateway.amazonaws.com"
        and ":${__ApiId__}/${__Stage__}/" in source[0]
        and source[1].get("__ApiId__") == {"Ref": "HttpApi"}
    )


def main() -> int:
    """Check the expanded template that is named; return 1 if anything is amiss."""
    resources = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))["Resources"]
    found = faults(resources, set(read(TEMPLATE)["Resources"]))
    for fault in found:
        print(fault, file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
