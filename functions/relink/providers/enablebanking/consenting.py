"""The way to a consent: to the bank's page, back with a code, and the code for a session.

The code is spent once: the session that it bought is kept before anything else is done.
"""

from __future__ import annotations

import json
import re
import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from relink.clock import HOUR
from relink.failures import NeedsOwner, ProviderError, plain
from relink.provider import Accepted, Ask, Redirect, Rejected
from relink.providers.enablebanking import accounts, banks, codes
from relink.providers.enablebanking.messages import Aspsp, Aspsps, NewSession, Started
from relink.providers.enablebanking.refusals import spoken
from relink.providers.transport import bad_answer
from relink.providers.wire import checked
from relink.reasons import Reason

if TYPE_CHECKING:
    from relink.connection import Connection
    from relink.provider import Login, Outcome, Secret
    from relink.providers.enablebanking.accounts import Consent
    from relink.providers.enablebanking.client import Client

DENIED = "You did not give the permission at the bank. Nothing was changed."
LATE = "The bank's answer came too late. Please start again."
FOREIGN = "This answer belongs to another attempt. Please start again."
NOT_KNOWN = "The bank does not know what was entered. Please check it."
NO_ACCOUNTS = "The permission covers no account. Start again and choose the accounts at the bank."
NEEDED = "The bank needs this to find your access. You confirm it on the bank's own page next."

_LANGUAGE = re.compile(r"\s*([a-z]{2})\b", re.IGNORECASE)
_TOO_LONG = re.compile(r"consent validity more than (\d{4,9}) seconds")
_SPENT = frozenset({"EXPIRED_AUTHORIZATION_CODE", "WRONG_AUTHORIZATION_CODE"})


class Consenting:
    """Steps of a login. Threads share one object; the catalogue of banks is kept for an hour."""

    def __init__(self, client: Client, psu_type: str) -> None:
        self._client = client
        self._psu_type = psu_type
        self._catalogue: dict[str, tuple[int, tuple[Aspsp, ...]]] = {}
        self._lock = threading.Lock()

    def step(self, connection: Connection, login: Login, now: int) -> Outcome:
        """Take a login one step further. Raises `ProviderError`."""
        place: dict[str, Any] = json.loads(login.continuation) if login.continuation else {}
        match place.get("step"):
            case "open":
                return _accepted(accounts.opened(place["consent"].encode()))
            case "sent":
                return self._returned(connection, login, place, now)
            case _:
                return self._start(connection, login, now)

    def _start(self, connection: Connection, login: Login, now: int) -> Outcome:
        """Ask what the bank must know first, or send the owner there."""
        bank = connection.bank
        entry = banks.found(bank, self._banks(bank.country.upper(), now))
        as_whom = banks.psu_type(bank, entry, self._wanted(login))
        way = banks.method(entry, as_whom)
        asked = banks.fields(way)
        told = {f.name: login.answers[f.name] for f in asked if login.answers.get(f.name)}
        if len(told) < len(asked):
            return Ask(asked, NEEDED, b'{"step":"asked"}')
        body: dict[str, Any] = {
            "access": {"balances": True, "transactions": True},
            "aspsp": {"name": entry.name if entry else bank.name, "country": bank.country.upper()},
            "state": login.state,
            "redirect_url": login.return_url,
            "psu_type": as_whom,
        }
        if told and way:
            body |= {"auth_method": way.name, "credentials": told}
        language = _language(login)
        if language:
            body["language"] = language
        try:
            return self._sent(body, entry, now, as_whom)
        except NeedsOwner as error:
            if error.reason is not Reason.CREDENTIALS_REJECTED:
                raise
            return Rejected({"": NOT_KNOWN}, error.reason, error.provider_code)

    def _sent(self, body: dict[str, Any], entry: Aspsp | None, now: int, as_whom: str) -> Redirect:
        """Start the authorisation; once more if the bank allows shorter consents than it says."""
        until = banks.valid_until(entry, now)
        try:
            url = self._url(body, until, now)
        except ProviderError as error:
            limit = _TOO_LONG.search(error.provider_text)
            if limit is None:
                raise
            until = banks.valid_until(entry, now, int(limit[1]))
            url = self._url(body, until, now)
        place = {"step": "sent", "state": body["state"], "url": url, "psu_type": as_whom}
        return Redirect(url, json.dumps(place).encode())

    def _url(self, body: dict[str, Any], until: int, now: int) -> str:
        moment = datetime.fromtimestamp(until, UTC).isoformat(timespec="microseconds")
        asked = {**body, "access": {**body["access"], "valid_until": moment}}
        hide = tuple(body.get("credentials", {}).values())
        url = checked(Started, self._client.post("/auth", asked, now, hide)).url
        secure = {"https", urlsplit(self._client.root).scheme}
        if urlsplit(url).scheme not in secure or not urlsplit(url).netloc:
            raise bad_answer("no address to go to")
        return url

    def _returned(
        self,
        connection: Connection,
        login: Login,
        place: dict[str, Any],
        now: int,
    ) -> Outcome:
        """Take what the owner came back with; without anything, he is still on his way."""
        answers = login.answers
        if answers.get("state", place["state"]) != place["state"]:
            return Rejected({"": FOREIGN}, Reason.ACCESS_NOT_GRANTED, "state")
        if answers.get("error"):
            return _denied(answers["error"], answers.get("error_description", ""))
        code = answers.get("code", "")
        if not code:
            return Redirect(place["url"], login.continuation or b"")
        try:
            answer = self._client.post("/sessions", {"code": code}, now, (code,))
        except ProviderError as error:
            if error.provider_code == "ALREADY_AUTHORIZED":
                return self._start(connection, login, now)
            if error.provider_code in _SPENT:
                return Rejected({"": LATE}, error.reason, error.provider_code)
            raise
        consent = accounts.from_session(checked(NewSession, answer), place["psu_type"])
        place = {"step": "open", "consent": consent.sealed().decode()}
        login.keep(json.dumps(place).encode())
        return _accepted(consent)

    def _banks(self, country: str, now: int) -> tuple[Aspsp, ...]:
        with self._lock:
            at, known = self._catalogue.get(country, (0, ()))
        if known and 0 <= now - at < HOUR:
            return known
        try:
            told = checked(Aspsps, self._client.banks(country, now)).aspsps
        except ProviderError as error:
            if error.reason is not Reason.BAD_ANSWER:
                raise
            return ()  # a catalogue that cannot be read keeps nobody from his bank
        with self._lock:
            self._catalogue[country] = (now, told)
        return told

    def _wanted(self, login: Login) -> str:
        """Return as whom the owner logged in the last time, else as whom most of ours do."""
        if login.secret is None:
            return self._psu_type
        return accounts.opened(login.secret.reveal()).psu_type or self._psu_type


def kept(continuation: bytes) -> Secret | None:
    """Return the session that `step` has kept in a continuation, if it has come so far."""
    place: dict[str, Any] = json.loads(continuation)
    return accounts.opened(place["consent"].encode()).secret() if "consent" in place else None


def _accepted(consent: Consent) -> Outcome:
    if not consent.accounts:
        return Rejected({"": NO_ACCOUNTS}, Reason.ACCESS_NOT_GRANTED, "no accounts")
    shown = tuple(each.account() for each in consent.accounts)
    return Accepted(consent.secret(), shown, consent.expires_at)


def _denied(error: str, description: str) -> Outcome:
    """Tell the owner's no from the bank's trouble. Raises what is not the owner's."""
    verdict = codes.CALLBACKS.get(error)
    told = spoken(description)
    verdict = (told[1] if told else None) if verdict is None else verdict
    verdict = verdict or codes.UNKNOWN
    if verdict.reason is Reason.ACCESS_NOT_GRANTED:
        return Rejected({"": DENIED}, verdict.reason, error, plain(description))
    raise verdict.error(f"callback:{error[:48]}", description)


def _language(login: Login) -> str:
    headers = login.presence.headers if login.presence else {}
    spoken_there = next((v for k, v in headers.items() if k.lower() == "accept-language"), "")
    match = _LANGUAGE.match(spoken_there)
    return match[1].lower() if match else ""
