"""What is kept of an item: the token that reads it, and what names it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field

from relink.provider import Secret


@dataclass(frozen=True, slots=True)
class Access:
    """The way into one item. The token stays the same when the owner renews his login.

    What happened before `known_until` was told by the item that this one replaced, by other ids.
    """

    token: str = field(repr=False)
    item_id: str
    institution_id: str = ""
    known_until: int | None = None

    @classmethod
    def of(cls, secret: Secret) -> Access:
        """Return the access that `secret` made."""
        return cls(**json.loads(secret.reveal()))

    def secret(self) -> Secret:
        """Return it as the secret to keep."""
        return Secret(json.dumps(asdict(self)).encode())

    @property
    def tag(self) -> str:
        """Return what tells its cursors from those of another item."""
        return hashlib.sha256(self.item_id.encode()).hexdigest()[:12]
