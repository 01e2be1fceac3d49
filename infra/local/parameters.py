"""What the template's parameters are on this machine, but for the providers' and the push key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from infra.local.clients import ACCOUNT, REGION
from infra.local.web.issuer import BANKS_CLIENT

if TYPE_CHECKING:
    from collections.abc import Mapping

AUDIENCE: Final = "relink"
SENDER: Final = "bank-connections@relink.test"


@dataclass(frozen=True)
class Addresses:
    """Where the parts of the stack listen that functions and browsers are told of."""

    issuer: str
    api: str
    push: str


def parameters(at: Addresses) -> Mapping[str, Any]:
    """Return the parameters, pseudo parameters among them."""
    return {
        "AWS::Region": REGION,
        "AWS::AccountId": ACCOUNT,
        "HostAppName": "Banktrack",
        "JwtIssuer": at.issuer,
        "JwtAudience": AUDIENCE,
        "LoginClientId": BANKS_CLIENT,
        "PublicUrl": at.api,
        "SenderAddress": SENDER,
        "SenderIdentity": SENDER.partition("@")[2],
        "GatherSeconds": 2,
        "SyncConcurrency": 2,
        "PushServices": at.push,
    }
