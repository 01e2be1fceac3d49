"""Requests that are done once, however often they are sent: `Idempotency-Key`.

Source: draft-ietf-httpapi-idempotency-key-header-07. The key belongs to its caller and workspace
for a day. What was answered is kept without the links in it: they open a page by themselves, so
only what they say is stored, and they are signed anew. A request that died on its way is done
again under the same seed, so that it makes nothing twice.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from reconnect import answers
from reconnect.api.caller import NotFound, NoWorkspace, caller_of
from reconnect.api.kept_answers import restored, without_links
from reconnect.visit import Invalid, Malformed, TooLarge, WrongType
from relink.clock import DAY
from relink.items import decode, encode
from relink.writes import Conflict, raise_unless_refused

if TYPE_CHECKING:
    from collections.abc import Callable

    from aws_lambda_powertools import Logger
    from aws_lambda_powertools.event_handler import Response
    from mypy_boto3_dynamodb.client import DynamoDBClient

    from reconnect.visit import Visit
    from relink.signing import KeyRing

HEADER: Final = "idempotency-key"
REMEMBERED: Final = DAY
AT_WORK: Final = 30
"""Seconds after which a request has been answered, or has died."""
KEY: Final = re.compile(
    r'"((?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\]){1,255})"|([\x21\x23-\x7e]{1,255})'
)
_FREE: Final = (
    "attribute_not_exists(owner_id) OR (fingerprint = :f AND attribute_not_exists(answer)"
    " AND busy_until <= :now AND expires_at > :now)"
)
_NOT_DONE: Final = (Invalid, Malformed, NotFound, NoWorkspace, TooLarge, WrongType)


@dataclass(frozen=True, slots=True)
class _Mark:
    """Under which key, and for which request, an answer is kept."""

    owner_id: str
    sk: str
    fingerprint: str
    seed: str

    @property
    def key(self) -> Any:
        """Return where it is kept."""
        return encode({"owner_id": self.owner_id, "sk": self.sk})


@dataclass(frozen=True, slots=True)
class Once:
    """The keys of requests in the Owners table."""

    client: DynamoDBClient
    table: str
    keys: KeyRing
    log: Logger

    def answer(
        self,
        method: str,
        visit: Visit,
        now: int,
        seed: str,
        do: Callable[[str], Response[str]],
    ) -> Response[str]:
        """Do a request, or tell again what was answered to it. Raises as `do` does.

        `do` is given the seed to do it under: the one that it came with, or its key's.
        """
        sent = visit.headers.get(HEADER)
        if sent is None:
            return do(seed)
        mark = _mark(method, visit, _key(sent))
        begun = self._begin(mark, now)
        if not isinstance(begun, int):
            return begun
        return self._done(mark, lambda: do(f"{begun:08x}{mark.seed}"))

    def _done(self, mark: _Mark, do: Callable[[], Response[str]]) -> Response[str]:
        try:
            answer = do()
        except _NOT_DONE:
            self._forget(mark)
            raise
        except Exception:
            self._update(mark, "SET busy_until = :v", 0)
            raise
        if answer.status_code >= 300:  # noqa: PLR2004 - nothing was done
            self._forget(mark)
            return answer
        self._update(mark, "SET answer = :v", json.dumps(without_links(answer, self.keys)))
        return answer

    def _begin(self, mark: _Mark, now: int) -> int | Response[str]:
        """Return since when the request is being done, or what to answer instead."""
        for _ in range(2):
            try:
                return self._claimed(mark, now)
            except ClientError as error:
                there = _refusing(error)
            if there.get("expires_at", 0) > now:
                return self._refused(mark, there, now)
            self._forget_expired(mark, now)
        raise Conflict

    def _claimed(self, mark: _Mark, now: int) -> int:
        answer = self.client.update_item(
            TableName=self.table,
            Key=mark.key,
            UpdateExpression=(
                "SET fingerprint = :f, busy_until = :until, expires_at = :gone,"
                " begun_at = if_not_exists(begun_at, :now)"
            ),
            ConditionExpression=_FREE,
            ExpressionAttributeValues=encode(
                {
                    ":f": mark.fingerprint,
                    ":now": now,
                    ":until": now + AT_WORK,
                    ":gone": now + REMEMBERED,
                }
            ),
            ReturnValues="ALL_NEW",
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )
        return int(decode(answer["Attributes"])["begun_at"])

    def _refused(self, mark: _Mark, there: dict[str, Any], now: int) -> Response[str]:
        if there["fingerprint"] != mark.fingerprint:
            return answers.problem("key-reused")
        if "answer" in there:
            return restored(json.loads(there["answer"]), self.keys)
        return answers.problem("in-flight", wait=int(there["busy_until"]) - now)

    def _forget(self, mark: _Mark) -> None:
        self.client.delete_item(TableName=self.table, Key=mark.key)

    def _forget_expired(self, mark: _Mark, now: int) -> None:
        """Delete what DynamoDB has not come to yet, unless somebody has begun anew meanwhile."""
        try:
            self.client.delete_item(
                TableName=self.table,
                Key=mark.key,
                ConditionExpression="expires_at <= :now",
                ExpressionAttributeValues=encode({":now": now}),
            )
        except ClientError as error:
            _refusing(error)

    def _update(self, mark: _Mark, expression: str, value: Any) -> None:
        """Note how a request has ended. Without that it may be sent again in half a minute."""
        try:
            self.client.update_item(
                TableName=self.table,
                Key=mark.key,
                UpdateExpression=expression,
                ConditionExpression="fingerprint = :f",
                ExpressionAttributeValues=encode({":f": mark.fingerprint, ":v": value}),
            )
        except (BotoCoreError, ClientError) as error:
            self.log.warning("answer not kept", error=type(error).__name__)


def _key(sent: str) -> str:
    """Return the key in its header: a string as structured fields write it, or a bare word."""
    found = KEY.fullmatch(sent.strip())
    if found is None:
        told = "1 to 255 visible ASCII characters, in double quotes or not"
        raise Invalid([{"header": "Idempotency-Key", "detail": told}])
    return found[1] or found[2]


def _mark(method: str, visit: Visit, key: str) -> _Mark:
    """Return the mark of a request. Raises `NoWorkspace`."""
    caller = caller_of(visit.claims)
    whose = _digest(caller.workspace_id, caller.owner_id, key)
    what = _digest(method, visit.path, visit.query, visit.raw_body)
    return _Mark(caller.owner_id, f"request#{whose}", what, whose[:16])


def _digest(*parts: str) -> str:
    text = "\0".join(f"{len(part)}:{part}" for part in parts)
    return hashlib.sha256(text.encode(errors="replace")).hexdigest()


def _refusing(error: ClientError) -> dict[str, Any]:
    """Return the item whose state refused a write; raise what was no refusal."""
    raise_unless_refused(error)
    item: Any = error.response.get("Item")
    return decode(item) if item else {}
