"""The key that signs links: replaced every year, or because it has leaked."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from infra.ops.target import Trouble
from relink.clock import DAY
from relink.links import LIFE
from relink.signing import FRESH

if TYPE_CHECKING:
    from infra.ops.target import Target

MAILED: Final = max(LIFE, 30 * DAY)
"""Seconds for which a link in a mail has to work: that to a bank as long as it is good, that which
ends reminders for thirty days (15 U.S.C. 7704(a)(3)(A)(ii)), though it never expires by itself.
"""


@dataclass(frozen=True, slots=True)
class _Version:
    """A signing key: its id as links name it, when it was made, and what it is there for."""

    version: str
    made_at: int
    stages: frozenset[str]


def rotate_link_key(target: Target, *, void: bool, dry_run: bool) -> dict[str, Any]:
    """Have links signed by a new key; what the one before signed stays good, unless all are void.

    Two keys verify, so a new one leaves none for links of the key before the present one. Raises
    `Trouble` while such may lie in mailboxes, unless all are to be void anyway.
    """
    client, secret = target.client("secretsmanager"), target.name("LinkKeySecret")
    present, before = _standing(client, secret)
    now = target.now()
    if before is not None and present is not None and not void:
        _spare_mailed(before, present.made_at + FRESH + MAILED - now)
    fate = "void" if void else "good until they expire"
    if dry_run:
        return {
            "dry_run": True,
            "signs_now": present
            and {"version": present.version, "age_seconds": now - present.made_at},
            "verifies_as_well": present
            and before
            and {"version": before.version, "superseded_seconds_ago": now - present.made_at},
            "links_of_before": fate,
        }
    made = [  # Secrets Manager keeps two: two new ones leave no old one
        client.put_secret_value(SecretId=secret, SecretString=secrets.token_urlsafe(48))
        for _ in range(2 if void else 1)
    ]
    return {
        "dry_run": False,
        "signs": made[-1]["VersionId"][:8],
        "links_of_before": fate,
        "known_everywhere_in_seconds": FRESH,
    }


def _spare_mailed(before: _Version, left: int) -> None:
    """Raise `Trouble` if links that the key before has signed still have so many seconds to go."""
    if left > 0:
        raise Trouble(
            f"links in mailboxes that key {before.version} has signed would be void, which are"
            f" good for {-(-left // DAY)} days more: wait, or say --void to void all links at once"
        )


def _standing(client: Any, secret: str) -> tuple[_Version | None, _Version | None]:
    """Return the key that signs, and the one before it, which verifies as well."""
    told = client.list_secret_version_ids(SecretId=secret, MaxResults=100)["Versions"]
    found = [
        _Version(v["VersionId"][:8], int(v["CreatedDate"].timestamp()), frozenset(stages))
        for v in told
        if (stages := v.get("VersionStages"))
    ]
    by_stage = {stage: version for version in found for stage in version.stages}
    return by_stage.get("AWSCURRENT"), by_stage.get("AWSPREVIOUS")
