"""The protocol that a bank adapter fulfils: its fields, outcomes and results.

What goes wrong is told in `relink.failures`. Nothing outside `relink.providers` knows a bank's
HTTP, codes or libraries.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol

from relink.reasons import Reason

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from relink.bank_accounts import Account, Transaction
    from relink.connection import Bank, Connection
    from relink.failures import ProviderError
    from relink.offers import Offer


class Secret:
    """Bytes that open a bank: shown by no representation, pickled by nothing."""

    __slots__ = ("_value",)

    def __init__(self, value: bytes) -> None:
        self._value = value

    def reveal(self) -> bytes:
        """Return the bytes; call it only where they are sealed or sent to the bank."""
        return self._value

    def __repr__(self) -> str:
        return "Secret(***)"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    __hash__ = None  # type: ignore[assignment]

    def __reduce__(self) -> str:
        msg = "a secret is not pickled"
        raise TypeError(msg)


@dataclass(frozen=True, slots=True)
class Field:
    """One question of the reconnect form; label and help are message ids.

    A `transient` answer (a one-time code) is never kept after the call that used it.
    """

    name: str
    label: str
    kind: Literal["text", "password", "otp", "select"] = "text"
    required: bool = True
    pattern: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    help: str = ""
    transient: bool = False
    max_length: int = 512


@dataclass(frozen=True, slots=True)
class Presence:
    """The owner at his browser, as he really is: sent to the bank with an attended call."""

    ip: str
    user_agent: str
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SyncResult:
    """One page of what the bank knows.

    `account_errors` is by `provider_id`; `trouble` is what the bank complained about although it
    sent data: the data are kept, the colour follows the complaint. Pending transactions are
    complete for each account listed in `accounts`: what is missing is no longer pending, unless
    the answer is `incremental` and tells nothing but changes. `removed` holds
    `(account, transaction_id)`; `reference` is what the provider calls the access in its webhooks.
    `others` returns what else the access shows, where a page tells of some accounts only: it is
    asked before a page of none that we know is taken for another's. It may call the bank.
    """

    accounts: tuple[Account, ...]
    added: tuple[Transaction, ...] = ()
    modified: tuple[Transaction, ...] = ()
    removed: tuple[tuple[str, str], ...] = ()
    next_cursor: str = ""
    has_more: bool = False
    incremental: bool = False
    consent_expires_at: int | None = None
    reference: str = ""
    account_errors: Mapping[str, ProviderError] = field(default_factory=dict)
    trouble: ProviderError | None = None
    others: Callable[[], Iterable[Account]] = field(default=tuple, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Accepted:
    """The bank said yes; `accounts` are those that the login shows, to be held against ours.

    `reference` is what the provider calls the access in its webhooks, if it sends any. `complete`
    says that all movements have been handed to the login's `history`: the credentials are the
    stored ones, and there is nothing left to fetch.
    """

    secret: Secret
    accounts: tuple[Account, ...]
    expires_at: int | None = None
    reference: str = ""
    complete: bool = False


@dataclass(frozen=True, slots=True)
class Redirect:
    """The owner must go to the bank's own page and come back."""

    url: str = field(repr=False)
    continuation: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Ask:
    """The bank wants an answer from the owner: a code or a choice. `picture` is a data URL."""

    fields: tuple[Field, ...]
    prompt: str
    continuation: bytes = field(repr=False)
    picture: str = ""


@dataclass(frozen=True, slots=True)
class WaitForApp:
    """The owner must approve in the bank's app; ask again after `poll_after` seconds."""

    prompt: str
    poll_after: int
    continuation: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Rejected:
    """The bank said no to what was entered: a message id by field name (`""`: the whole form)."""

    field_messages: Mapping[str, str]
    reason: Reason = Reason.CREDENTIALS_REJECTED
    provider_code: str = ""
    provider_text: str = ""


Outcome = Accepted | Redirect | Ask | WaitForApp | Rejected


@dataclass(frozen=True, slots=True)
class Login:
    """What an attempt brings to `authenticate`: the answers, where it stands, who is there.

    `continuation` is what the adapter returned or kept before, absent at the first call.
    `keep` stores a new continuation durably at once: an adapter that has just spent a one-time
    token calls it before anything else, so that a crash loses nothing. `secret` is what the
    connection has now, for banks that renew an access instead of replacing it. `return_url` and
    `state` are for banks that send the owner away and back.

    `history` is there when the owner wants all that the bank has. There are no answers then: the
    login is made with the `secret`. An adapter whose bank gives old movements within the login
    only hands them over here, an account at a time; each is stored at once.
    """

    answers: Mapping[str, str] = field(repr=False)
    keep: Callable[[bytes], None]
    continuation: bytes | None = field(default=None, repr=False)
    secret: Secret | None = None
    presence: Presence | None = None
    return_url: str = ""
    state: str = field(default="", repr=False)
    history: Callable[[SyncResult], None] | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """One sync: the secret, where the last one ended, and by when it must be over.

    `since` is the epoch second from which movements are wanted when there is no cursor.
    `keep` stores a rotated secret durably; an adapter calls it before it uses the new one's data.
    `history` asks for all that the provider gives: there is no `since` then, and the first page
    has no cursor.
    """

    secret: Secret
    cursor: str
    now: int
    deadline: int
    keep: Callable[[Secret], None]
    since: int | None = None
    presence: Presence | None = None
    history: bool = False


class Provider(Protocol):
    """How a bank is reached. One object serves all connections from many threads.

    `history_by_login` says that the bank gives movements older than what any sync reads only to an
    owner who proves anew who he is; `renews_in_place` that a new login takes the place of the one
    before at the provider, so that an access which we have may open other accounts from then on.
    """

    history_by_login: bool
    renews_in_place: bool

    def banks(self, now: int, deadline: int) -> Iterable[Offer]:
        """Return all banks that can be reached, or none if we are not set up for that.

        The list is whole, or there is none: raises `ProviderError`, also if it takes too long.
        """

    def describe_credentials(self, bank: Bank) -> tuple[Field, ...]:
        """Return the fields of the form; empty where the owner is sent to the bank instead."""

    def authenticate(self, connection: Connection, login: Login, now: int) -> Outcome:
        """Try a login once. Raises `ProviderError` if the bank gave no verdict on it."""

    def sync(self, connection: Connection, call: Call) -> SyncResult:
        """Fetch one page of accounts and movements. Raises `ProviderError`."""

    def disconnect(self, connection: Connection, secret: Secret) -> None:
        """End the access at the bank, if the bank lets us. Raises `ProviderError`."""

    def same_access(self, one: Secret, other: Secret) -> bool:
        """Tell whether to `disconnect` one of them would end the other, too, or nothing at all."""
