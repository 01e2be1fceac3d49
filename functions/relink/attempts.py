"""An owner's try to reconnect: its states, its pure transitions, and its table.

submitted → verifying → (asking → answered → verifying)* → accepted → done, or one of the ends
`rejected`, `unavailable`, `interrupted`, `refused`, `expired`. A bank call that must not be
repeated happens only in `verifying`, which is entered by a conditional write: whoever finds an
attempt there after its time knows that the call may have been made, and does not make it again.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from relink.items import decode, encode
from relink.repository import Change, transact

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_dynamodb.client import DynamoDBClient

    from relink.connection import Connection
    from relink.trail import Trail

PATIENCE = 600
KEPT = 7 * 86_400
VERIFYING_LIMIT = 150


class State(StrEnum):
    """Where an attempt stands."""

    SUBMITTED = "submitted"
    VERIFYING = "verifying"
    ASKING = "asking"
    WAITING = "waiting"
    REDIRECTING = "redirecting"
    ANSWERED = "answered"
    ACCEPTED = "accepted"
    DONE = "done"
    REJECTED = "rejected"
    UNAVAILABLE = "unavailable"
    INTERRUPTED = "interrupted"
    REFUSED = "refused"
    EXPIRED = "expired"


class Kind(StrEnum):
    """What an attempt is for: new credentials, or all that the bank has."""

    RECONNECT = "reconnect"
    HISTORICAL = "historical"


OWNERS_TURN = frozenset({State.ASKING, State.WAITING, State.REDIRECTING})
ENDED = frozenset(
    {
        State.DONE,
        State.REJECTED,
        State.UNAVAILABLE,
        State.INTERRUPTED,
        State.REFUSED,
        State.EXPIRED,
    },
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One try. `answers` and `continuation` are ciphertext; `messages` are message ids by field.

    `deadline` is when the present state is given up; `due_at` when a waiting one is looked at next;
    `expires_at` when the item is deleted. `red_since` is the incident that it is to end, 0 for none
    and absent on older items; `login` names what was logged in with, as the worker counts its tries
    (`sync.logins`), and `paused_until` is until when it may not be tried any more.
    `resumable` says that what the bank may be asked next can safely be asked twice. `return_state`
    is what the bank sends the owner back with, sealed as `answers` are. `passwords` counts the
    calls that have sent the bank a lasting one.
    """

    attempt_id: str
    connection_id: str
    workspace_id: str
    state: State
    created_at: int
    deadline: int
    expires_at: int
    credentials_version: int
    red_since: int | None = None
    kind: Kind = Kind.RECONNECT
    answers: bytes | None = field(default=None, repr=False)
    continuation: bytes | None = field(default=None, repr=False)
    return_state: bytes | None = field(default=None, repr=False)
    resumable: bool = False
    presence: Mapping[str, Any] = field(default_factory=dict, repr=False)
    messages: Mapping[str, str] = field(default_factory=dict)
    reason: str = ""
    provider_text: str = ""
    prompt: str = ""
    picture: str = ""
    fields: tuple[Mapping[str, Any], ...] = ()
    redirect_url: str = field(default="", repr=False)
    poll_after: int = 0
    due_at: int = 0
    accounts: int = 0
    back_filled_from: int | None = None
    tries_left: int | None = None
    login: str = ""
    passwords: int = 0
    paused_until: int = 0

    @property
    def historical(self) -> bool:
        """Tell whether it fetches all that the bank has, instead of replacing credentials."""
        return self.kind is Kind.HISTORICAL

    @property
    def ended(self) -> bool:
        """Tell whether nothing more will happen to it."""
        return self.state in ENDED

    def abandoned(self, now: int) -> bool:
        """Tell whether its present state has outlived its time."""
        return not self.ended and now >= self.deadline


def submitted(
    connection: Connection,
    attempt_id: str,
    answers: bytes,
    presence: Mapping[str, Any],
    now: int,
    *,
    kind: Kind = Kind.RECONNECT,
) -> Attempt:
    """Return a new attempt that carries encrypted answers to the worker."""
    return Attempt(
        attempt_id=attempt_id,
        connection_id=connection.connection_id,
        workspace_id=connection.workspace_id,
        state=State.SUBMITTED,
        created_at=now,
        deadline=now + PATIENCE,
        expires_at=now + KEPT,
        credentials_version=connection.credentials_version,
        red_since=connection.red_since or 0,
        kind=kind,
        answers=answers,
        presence=presence,
    )


def verifying(before: Attempt, now: int) -> Attempt:
    """Mark that the bank is about to be called: the answers leave the item with this write."""
    return replace(
        before,
        state=State.VERIFYING,
        deadline=now + VERIFYING_LIMIT,
        answers=None,
        messages={},
        redirect_url="",
        resumable=before.resumable or before.state is State.WAITING,
    )


def ended(before: Attempt, state: State, **facts: Any) -> Attempt:
    """Return the attempt at its end, without anything that could be used again."""
    emptied = replace(before, answers=None, continuation=None, return_state=None, redirect_url="")
    return replace(emptied, state=state, **facts)


class Attempts:
    """The Attempts table."""

    def __init__(
        self, client: DynamoDBClient, table: str, connections: str, trail: Trail | None = None
    ) -> None:
        self._client = client
        self._table = table
        self._connections = connections
        self.trail = trail

    def get(self, attempt_id: str) -> Attempt | None:
        """Return an attempt as it is now, or None."""
        answer = self._client.get_item(
            TableName=self._table,
            Key=encode({"attempt_id": attempt_id}),
            ConsistentRead=True,
        )
        return _from_item(answer["Item"]) if "Item" in answer else None

    def begin(self, attempt: Attempt, connection: Change) -> None:
        """Store a new attempt and make it the connection's live one. Raises `Conflict`."""
        put = {
            "TableName": self._table,
            "Item": _to_item(attempt),
            "ConditionExpression": "attribute_not_exists(attempt_id)",
        }
        others = connection.writes(self._connections, self.trail)
        transact(self._client, [{"Put": put}, *others])

    def advance(
        self,
        before: Attempt,
        after: Attempt,
        connection: Change | None = None,
        *others: dict[str, Any],
    ) -> None:
        """Store the next state if the present one still stands, with other writes or not at all.

        Raises `Conflict` if the attempt, or the connection, has moved on.
        """
        writes = [self._put(before, after)]
        if connection is not None:
            writes += connection.writes(self._connections, self.trail)
        transact(self._client, [*writes, *others])

    def _put(self, before: Attempt, after: Attempt) -> dict[str, Any]:
        return {
            "Put": {
                "TableName": self._table,
                "Item": _to_item(after),
                "ConditionExpression": "#state = :state AND #deadline = :deadline",
                "ExpressionAttributeNames": {"#state": "state", "#deadline": "deadline"},
                "ExpressionAttributeValues": encode(
                    {":state": before.state.value, ":deadline": before.deadline},
                ),
            },
        }


def _to_item(attempt: Attempt) -> dict[str, Any]:
    plain: dict[str, Any] = {f.name: getattr(attempt, f.name) for f in fields(Attempt)}
    plain["state"] = attempt.state.value
    plain["kind"] = attempt.kind.value
    plain["fields"] = [dict(f) for f in attempt.fields]
    plain["messages"] = [list(m) for m in attempt.messages.items()]  # a map has no empty key
    return encode({k: v for k, v in plain.items() if v not in ("", {}, [])})


def _from_item(item: Mapping[str, Any]) -> Attempt:
    values = decode(item)
    known = {f.name for f in fields(Attempt)}
    plain = {k: v for k, v in values.items() if k in known}
    plain["state"] = State(values["state"])
    plain["kind"] = Kind(values.get("kind", Kind.RECONNECT))
    plain["fields"] = tuple(values.get("fields", ()))
    plain["messages"] = dict(values.get("messages", ()))
    return Attempt(**plain)
