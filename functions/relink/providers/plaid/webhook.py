"""Plaid's webhooks: whether one is Plaid's, and what it says has happened.

The header `Plaid-Verification` holds a JSON Web Token, signed with ES256, that is at most five
minutes old and carries the SHA-256 of the body (plaid.com/docs/api/webhooks/webhook-verification).
Nothing here calls Plaid: the keys come through `Keys.fetch`, which `Client` can serve.
"""

from __future__ import annotations

import hashlib
import hmac
import threading
import time
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from relink.failures import ProviderError
from relink.providers.plaid import codes
from relink.providers.plaid.messages import Failure, Moment
from relink.providers.wire import ID_LIMIT, Identifier, Wire, checked
from relink.reasons import Reason
from relink.webhooks import Undecided, Unverified

if TYPE_CHECKING:
    from collections.abc import Callable

    from relink.providers.plaid.client import Client

AGE: Final = 300
SKEW: Final = 60
KEPT: Final = 3600
FETCHES: Final = 10
"""How many unknown key ids are looked up in a minute: anybody may send us some."""

_DOWN: Final = frozenset(
    {
        Reason.BAD_ANSWER,
        Reason.BANK_UNAVAILABLE,
        Reason.NOT_REACHED,
        Reason.PROVIDER_UNAVAILABLE,
    }
)


class Key(Wire):
    """A public key of Plaid's (RFC 7517), P-256."""

    kid: Identifier
    alg: str
    kty: str
    crv: str
    use: str
    x: Identifier
    y: Identifier
    expired_at: int | None = None


class KeyAnswer(Wire):
    """The answer of `/webhook_verification_key/get`."""

    key: Key


def fetched(client: Client, key_id: str, now: int) -> Key:
    """Ask Plaid for a key.

    Raises `Unverified` if Plaid does not tell it, which is so whatever it says against our asking:
    anybody may send us ids. `Undecided` if it is asked too often, `Temporary` if it is down.
    """
    try:
        return client.post("/webhook_verification_key/get", KeyAnswer, now, key_id=key_id).key
    except ProviderError as error:
        if error.reason is Reason.RATE_LIMITED:
            raise Undecided from error
        if error.reason in _DOWN:
            raise
        raise Unverified("a key that Plaid does not tell") from error


@dataclass
class Keys:
    """Plaid's keys, each kept for an hour. Thread-safe.

    `clock` tells how many were asked for lately: the time of receipt may be long ago.
    """

    fetch: Callable[[str, int], Key]
    clock: Callable[[], float] = time.monotonic
    _kept: dict[str, tuple[Key, int]] = field(default_factory=dict)
    _fetches: list[float] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def key(self, key_id: str, now: int) -> Key:
        """Return a key. Raises `Undecided` for too many unknown ones, and what `fetch` raises."""
        with self._lock:
            kept = self._kept.get(key_id)
            if kept is not None and now < kept[1] + KEPT:
                return kept[0]
            moment = self.clock()
            self._fetches = [at for at in self._fetches if at > moment - 60]
            if len(self._fetches) >= FETCHES:
                raise Undecided
            self._fetches.append(moment)
        key = self.fetch(key_id, now)
        with self._lock:
            self._kept[key_id] = (key, now)
        return key

    def verify(self, token: str, body: bytes, now: int) -> str:
        """Return the digest of a body that Plaid has signed. Raises as `verified` and `key`."""
        return verified(token, body, self.key(key_id(token), now), now)


def key_id(token: str) -> str:
    """Return the id of the key that a token claims to be signed with. Raises `Unverified`."""
    import jwt  # noqa: PLC0415 - only the route of the webhooks needs it

    try:
        header = jwt.get_unverified_header(token)
    except jwt.InvalidTokenError as error:
        raise Unverified("not a token") from error
    named = header.get("kid")
    if header.get("alg") != "ES256" or not isinstance(named, str) or not 0 < len(named) <= ID_LIMIT:
        raise Unverified("not signed as Plaid signs")
    return named


def verified(token: str, body: bytes, key: Key, now: int) -> str:
    """Return the SHA-256 of the body, by which a repeated webhook is known. Raises `Unverified`."""
    digest = hashlib.sha256(body).hexdigest()
    claims = _claims(token, key, now)
    issued = claims.get("iat")
    if isinstance(issued, bool) or not isinstance(issued, int | float):
        raise Unverified("no time")
    if not now - AGE <= issued <= now + SKEW:
        raise Unverified("too old")
    told = str(claims.get("request_body_sha256", ""))
    if not hmac.compare_digest(told.encode(), digest.encode()):
        raise Unverified("another body")
    return digest


def _claims(token: str, key: Key, now: int) -> dict[str, Any]:
    import jwt  # noqa: PLC0415 - as above

    if key.kid != key_id(token) or (key.alg, key.kty, key.crv) != ("ES256", "EC", "P-256"):
        raise Unverified("another key")
    if key.expired_at is not None and key.expired_at <= now:
        raise Unverified("an expired key")
    try:
        public = jwt.PyJWK({"kty": "EC", "crv": "P-256", "x": key.x, "y": key.y}, "ES256")
        return dict(
            jwt.decode(
                token,
                public,
                algorithms=["ES256"],
                options={"verify_exp": False, "verify_nbf": False, "verify_iat": False},
            ),
        )
    except jwt.PyJWTError as error:
        raise Unverified("a wrong signature") from error


class Kind(StrEnum):
    """What has happened, as far as it concerns a connection."""

    BROKEN = "broken"
    EXPIRING = "expiring"
    REPAIRED = "repaired"
    REVOKED = "revoked"
    ACCOUNT_REVOKED = "account revoked"
    NEW_ACCOUNTS = "new accounts"
    NEW_DATA = "new data"
    LINK_FINISHED = "link finished"
    OTHER = "other"


_KINDS: Final = {
    ("ITEM", "ERROR"): Kind.BROKEN,
    ("ITEM", "PENDING_EXPIRATION"): Kind.EXPIRING,
    ("ITEM", "PENDING_DISCONNECT"): Kind.EXPIRING,
    ("ITEM", "LOGIN_REPAIRED"): Kind.REPAIRED,
    ("ITEM", "USER_PERMISSION_REVOKED"): Kind.REVOKED,
    ("ITEM", "USER_ACCOUNT_REVOKED"): Kind.ACCOUNT_REVOKED,
    ("ITEM", "NEW_ACCOUNTS_AVAILABLE"): Kind.NEW_ACCOUNTS,
    ("TRANSACTIONS", "SYNC_UPDATES_AVAILABLE"): Kind.NEW_DATA,
    ("LINK", "SESSION_FINISHED"): Kind.LINK_FINISHED,
}


@dataclass(frozen=True, slots=True)
class Happening:
    """A webhook in our terms: `error` is what it means, `at` when an access will end."""

    kind: Kind
    code: str
    item_id: str = ""
    account_id: str = ""
    link_token: str = field(default="", repr=False)
    at: int | None = None
    error: ProviderError | None = None


class _Webhook(Wire):
    webhook_type: Identifier
    webhook_code: Identifier
    item_id: Identifier | None = None
    account_id: Identifier | None = None
    link_token: Identifier | None = None
    error: Failure | None = None
    consent_expiration_time: Moment | None = None
    disconnect_time: Moment | None = None


def happening(content: Any, client: Client) -> Happening:
    """Return what a verified webhook's JSON says. Raises `Temporary` if it cannot be read.

    One of an unknown kind, or an error that means nothing here, is `OTHER`.
    """
    told = checked(_Webhook, content)
    kind = _KINDS.get((told.webhook_type, told.webhook_code), Kind.OTHER)
    error = _error(kind, told, client)
    return Happening(
        kind=Kind.OTHER if kind is Kind.BROKEN and error is None else kind,
        code=told.webhook_code,
        item_id=told.item_id or "",
        account_id=told.account_id or "",
        link_token=told.link_token or "",
        at=told.consent_expiration_time or told.disconnect_time,
        error=error,
    )


def _error(kind: Kind, told: _Webhook, client: Client) -> ProviderError | None:
    if kind is Kind.BROKEN:
        return client.trouble(told.error)
    verdict = codes.CODES.get(f"webhook:{told.webhook_code}")
    if verdict is None or kind is Kind.OTHER:
        return None
    return verdict.error(told.webhook_code, client.safe(told.error or Failure()))
