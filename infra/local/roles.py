"""The functions' roles, on the emulator that asks IAM: what the template allows them, and lent.

Who may take them is ours to say here: it is this stack that lends them, and not Lambda.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from infra.local.clients import ACCOUNT
from infra.local.policies import document
from relink.clock import DAY

if TYPE_CHECKING:
    from infra.local.clients import Clients
    from infra.local.provisioning import Attributes
    from infra.sam.template import Template

_FOR_GOOD: Final = 10 * 365 * DAY
"""A session ends with the stack: whose time goes by leaps, and no process is told of them."""


def make_roles(template: Template, attributes: Attributes, clients: Clients) -> None:
    """Make the template's roles with what their policies allow, as far as it is judged here."""
    trust = document([{"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sts:*"}])
    for name, properties in template.of_type("AWS::IAM::Role").items():
        role = attributes[name]["Ref"]
        clients("iam").create_role(RoleName=role, AssumeRolePolicyDocument=trust)
        for policy in template.resolve(properties.get("Policies", []), attributes):
            clients("iam").put_role_policy(
                RoleName=role,
                PolicyName=policy["PolicyName"],
                PolicyDocument=document(policy["PolicyDocument"]["Statement"]),
            )


def lend(role: str, clients: Clients) -> dict[str, str]:
    """Return the credentials of a role, by its ARN, as Lambda puts them into the environment."""
    answer = clients("sts").assume_role(
        RoleArn=role, RoleSessionName="function", DurationSeconds=_FOR_GOOD
    )
    lent = answer["Credentials"]
    return {
        "AWS_ACCESS_KEY_ID": lent["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": lent["SecretAccessKey"],
        "AWS_SESSION_TOKEN": lent["SessionToken"],
    }
