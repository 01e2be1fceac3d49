"""Web Push: a short message to each browser that an owner lets us push to.

It names banks and nothing else of them. What a browser was told last is remembered with its
subscription, so that a run which comes again does not light it up again.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import urllib3
from urllib3.exceptions import HTTPError

from notify.push.message import TAG, message
from relink.clock import DAY
from relink.providers.transport import retry_after
from relink.push_services import origin_of
from relink.reader import Reader
from relink.subscriptions import MOST

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aws_lambda_powertools import Logger

    from notify.push.key import PushKey
    from notify.push.request import Vapid
    from relink.owners import Profile
    from relink.push_services import PushServices
    from relink.subscriptions import Subscription, Subscriptions

PAUSE: Final = 60
LONGEST_PAUSE: Final = 3600
NO_KEY: Final = "no key"
_TIMEOUT: Final = urllib3.Timeout(connect=3, read=5)
_TOO_MANY, _SERVER_ERROR = 429, 500
_GONE: Final = {404, 410}


@dataclass(frozen=True, slots=True)
class Pushed:
    """How many browsers know by now, and in how many seconds trying again makes sense, if it does.

    Trying again with the same `about` tells no browser twice.
    """

    reached: int = 0
    retry_after: int | None = None


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of one request: its status, or what broke the connection."""

    subscription: Subscription
    status: int = 0
    pause: int = PAUSE
    trouble: str = ""

    @property
    def reached(self) -> bool:
        """Tell whether the push service has taken it."""
        return 200 <= self.status < 300  # noqa: PLR2004 - any success

    @property
    def gone(self) -> bool:
        """Tell whether the subscription is over (RFC 8030, section 7.3)."""
        return self.status in _GONE

    @property
    def busy(self) -> bool:
        """Tell whether the same request may succeed later."""
        broken = self.status == 0 and self.trouble != NO_KEY
        return broken or self.status == _TOO_MANY or self.status >= _SERVER_ERROR


class Pusher:
    """Pushes to owners' browsers, to those at push services that are allowed."""

    def __init__(
        self,
        subscriptions: Subscriptions,
        key: PushKey,
        services: PushServices,
        app_name: str,
        log: Logger,
    ) -> None:
        self._subscriptions = subscriptions
        self._key = key
        self._services = services
        self._app_name = app_name
        self._log = log
        self._http = urllib3.PoolManager(maxsize=2, retries=False)

    def push(
        self,
        profile: Profile,
        banks: Sequence[str],
        url: str,
        now: int,
        *,
        reminder: bool = False,
        about: Sequence[str] = (),
    ) -> Pushed:
        """Tell all browsers of an owner that these banks need him, the latest first.

        A push replaces the one before it, so `banks` are all that need him now. `about` names what
        is told; a browser that was told all of it last is passed over. Dead subscriptions are
        dropped. Raises only what AWS does about the table.
        """
        wanted = self._wanted(profile.owner_id) if profile.push and banks else []
        waiting = [s for s in wanted if not about or not set(about) <= set(s.told)]
        known = len(wanted) - len(waiting)
        vapid = self._key.current(now) if waiting else None
        if vapid is None:
            return Pushed(known, LONGEST_PAUSE if waiting else None)
        current = [s for s in waiting if self._current(s, vapid, now)]
        language = Reader.of(profile).language
        payload = message(language, banks, self._app_name, url, reminder=reminder)
        sent = self._send(current, payload, vapid, "normal" if reminder else "high", now)
        for each in sent:
            self._settle(each, about)
        pauses = [each.pause for each in sent if each.busy]
        return Pushed(known + sum(each.reached for each in sent), max(pauses, default=None))

    def _wanted(self, owner_id: str) -> list[Subscription]:
        found = self._subscriptions.of(owner_id)
        allowed = [s for s in found if self._services.allow(s.endpoint)]
        for subscription in found:
            if subscription not in allowed:
                self._refused(subscription, "not allowed")
        return allowed

    def _current(self, subscription: Subscription, vapid: Vapid, now: int) -> bool:
        """Tell whether a subscription was made for our key; one made for a former key is dropped.

        Not within a day: while a key is being changed, we may be the one who knows the former.
        """
        if subscription.key in {"", vapid.public}:
            return True
        if now - subscription.created_at > DAY:
            self._forget(subscription)
        return False

    def _send(
        self,
        subscriptions: Sequence[Subscription],
        payload: bytes,
        vapid: Vapid,
        urgency: str,
        now: int,
    ) -> list[Sent]:
        """Send to all at once: one service that does not answer keeps nobody waiting."""
        from notify.push.request import NoKey, headers, sealed  # noqa: PLC0415 - cryptography

        def send(subscription: Subscription) -> Sent:
            authorization = vapid.authorization(subscription.endpoint, self._key.contact, now)
            try:
                body = sealed(payload, subscription)
            except NoKey:
                return Sent(subscription, trouble=NO_KEY)
            return self._post(subscription, body, headers(urgency, TAG, authorization), now)

        if not subscriptions:
            return []
        with ThreadPoolExecutor(MOST) as pool:
            return list(pool.map(send, subscriptions))

    def _post(
        self, subscription: Subscription, body: bytes, headers: Mapping[str, str], now: int
    ) -> Sent:
        try:
            response = self._http.request(
                "POST",
                subscription.endpoint,
                body=body,
                headers=headers,
                timeout=_TIMEOUT,
                redirect=False,
                preload_content=False,
            )
        except HTTPError as error:
            return Sent(subscription, trouble=type(error).__name__)
        response.close()  # what it says beyond its status is of no use
        return Sent(subscription, response.status, pause(response.headers, now))

    def _settle(self, sent: Sent, about: Sequence[str]) -> None:
        if sent.reached:
            if about:
                self._subscriptions.tell(sent.subscription, about)
        elif sent.gone or sent.trouble == NO_KEY:
            self._forget(sent.subscription)
        elif sent.busy:
            service = origin_of(sent.subscription.endpoint)
            what = sent.trouble or sent.status
            self._log.warning("push service busy", extra={"service": service, "answer": what})
        else:
            self._refused(sent.subscription, sent.status)

    def _forget(self, subscription: Subscription) -> None:
        self._subscriptions.forget(subscription.owner_id, subscription.endpoint)

    def _refused(self, subscription: Subscription, answer: int | str) -> None:
        """Log what only operators can mend; the endpoint itself is a secret of the browser's."""
        service = origin_of(subscription.endpoint)
        self._log.error("push refused", extra={"service": service, "answer": answer})


def pause(headers: Mapping[str, str], now: int) -> int:
    """Return after how many seconds a busy service may be asked again: a minute to an hour."""
    named = any(name.lower() == "retry-after" for name in headers)
    if not named:
        return PAUSE
    said = retry_after({name.lower(): value for name, value in headers.items()}, now)
    return min(said - now, LONGEST_PAUSE)
