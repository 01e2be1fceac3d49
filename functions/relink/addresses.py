"""E-mail addresses that mail does not reach, as SES has told us.

The mark is the address's, not an owner's: two owners may share one, and a new address has none.
It is kept under a digest of the address. What SES tells arrives late, twice and in any order, so
every mark speaks of a mail by the time at which that was sent.
"""

from __future__ import annotations

import contextlib
import hashlib
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from relink import batches
from relink.clock import DAY
from relink.items import decode, encode
from relink.writes import written

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from mypy_boto3_dynamodb.client import DynamoDBClient

STANDING: Final = "standing"
DELAY_BELIEVED: Final = 3 * DAY
# As long as a message can wait in a queue and then among the dead letters, twice over.
FORGIVENESS_KEPT: Final = 60 * DAY


class Trouble(StrEnum):
    """What SES has told of an address."""

    BOUNCED = "bounced"
    COMPLAINED = "complained"
    DELAYED = "delayed"

    @property
    def stops_mail(self) -> bool:
        """Tell whether no more mail is sent there."""
        return self is not Trouble.DELAYED


@dataclass(frozen=True, slots=True)
class Standing:
    """Why mail does not reach an address, and when the mail was sent that did not."""

    trouble: Trouble
    since: int


class Addresses:
    """The marked addresses in the Owners table."""

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._client = client
        self._table = table

    def standing(self, email: str, now: int) -> Standing | None:
        """Return what is amiss with an address, or None if mail reaches it as far as we know."""
        answer = self._client.get_item(
            TableName=self._table, Key=encode(address_key(email)), ConsistentRead=True
        )
        return _standing(decode(answer.get("Item", {})), now)

    def standings(self, emails: Iterable[str], now: int) -> dict[str, Standing]:
        """Return what is amiss with each of several addresses that mail does not reach."""
        names = {email: address_key(email)["owner_id"] for email in emails}
        keys = [encode({"owner_id": n, "sk": STANDING}) for n in sorted(set(names.values()))]
        found = [decode(i) for i in batches.items(self._client, self._table, keys)]
        marked = {v["owner_id"]: told for v in found if (told := _standing(v, now))}
        return {email: marked[name] for email, name in names.items() if name in marked}

    def mark(self, email: str, trouble: Trouble, sent_at: int) -> bool:
        """Remember what SES has told of a mail sent to an address; tell whether that was news.

        A delay is forgotten three days after the mail was sent, and hides nothing that is worse.
        Of mails sent before the owner said that all is well, nothing is believed.
        """
        change, less = "SET trouble = :trouble, since = :sent", "trouble = :delayed"
        values = {":trouble": trouble.value, ":sent": sent_at, ":delayed": Trouble.DELAYED.value}
        if trouble is Trouble.DELAYED:
            change, less = f"{change}, expires_at = :gone", f"{less} AND since < :sent"
            values[":gone"] = sent_at + DELAY_BELIEVED
        else:
            change += " REMOVE expires_at"
        return written(
            self._client.update_item,
            TableName=self._table,
            Key=encode(address_key(email)),
            UpdateExpression=change,
            ConditionExpression=(
                "(attribute_not_exists(forgiven_at) OR forgiven_at <= :sent)"
                f" AND (attribute_not_exists(trouble) OR ({less}))"
            ),
            ExpressionAttributeValues=encode(values),
        )

    def forgive(self, email: str, now: int) -> bool:
        """Forget that mail did not reach an address; tell whether nothing is amiss with it now.

        A complaint is not forgotten: whoever names an address need not be who reads its mail.
        """
        gone = now + FORGIVENESS_KEPT
        return written(
            self._client.update_item,
            TableName=self._table,
            Key=encode(address_key(email)),
            UpdateExpression="SET forgiven_at = :now, expires_at = :gone REMOVE trouble, since",
            ConditionExpression="attribute_not_exists(trouble) OR trouble <> :complained",
            ExpressionAttributeValues=encode(
                {":now": now, ":gone": gone, ":complained": Trouble.COMPLAINED.value}
            ),
        )


def _standing(values: Mapping[str, Any], now: int) -> Standing | None:
    if "trouble" not in values or values.get("expires_at", now + 1) <= now:
        return None
    return Standing(Trouble(values["trouble"]), values["since"])


def address_key(email: str) -> dict[str, str]:
    """Return the key under which the standing of an address is kept."""
    local, _, domain = email.strip().rpartition("@")
    # SES speaks of the address in the form that it was given, owners write theirs as they read it.
    with contextlib.suppress(UnicodeError):
        domain = domain.encode("idna").decode()
    digest = hashlib.sha256(f"{local}@{domain}".lower().encode()).hexdigest()
    return {"owner_id": f"address#{digest}", "sk": STANDING}
