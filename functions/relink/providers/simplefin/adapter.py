"""The adapter: claim a setup token, read accounts, tell its errors apart.

Protocol: simplefin.org, "SimpleFIN Protocol" versions 1.0 and 2.0-draft. Only the servers listed
in `SIMPLEFIN_URLS` are called: a setup token is a URL that a stranger could have written.
"""

from __future__ import annotations

import base64
import binascii
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote, urlencode, urlsplit

from relink.failures import NeedsOwner
from relink.provider import Accepted, Call, Field, Login, Outcome, Rejected, Secret, SyncResult
from relink.providers.simplefin import bridges, codes, complaints
from relink.providers.simplefin.messages import AccountSet
from relink.providers.transport import Transport, bad_answer, unknown_status
from relink.providers.wire import bounded, checked

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from relink.bank_accounts import Transaction
    from relink.connection import Bank, Connection
    from relink.offers import Offer

DEFAULT_URLS = "https://bridge.simplefin.org/simplefin,https://beta-bridge.simplefin.org/simplefin"
WINDOW = timedelta(days=44)
FIRST_WINDOW = timedelta(days=89)
HISTORY = timedelta(days=8 * 44)
"""As far back as nine requests reach: the Bridge frowns at more than two dozen a day."""
OVERLAP = timedelta(days=5)
CURSOR_FLOOR = timedelta(days=60)
PAGE = "from:"
_MALFORMED = "This is not a SimpleFIN setup token. Copy the whole token and paste it here."
_FOREIGN = "This setup token is for a server that we do not use."
_SPENT = (
    "This setup token has already been used or does not exist. If you did not use it yourself,"
    " disable it at SimpleFIN. Create a new one and paste it here."
)

TOKEN_FIELD = Field(
    name="setup_token",
    label="SimpleFIN setup token",
    kind="password",
    help="Open SimpleFIN, repair the bank there if it asks you to, and create a new setup token.",
    pattern=r"[A-Za-z0-9+/=_\-\s]+",
    max_length=2048,
)


def build(environ: Mapping[str, str]) -> SimpleFin:
    """Return the adapter, set up from `SIMPLEFIN_URLS` (comma-separated server roots)."""
    roots = environ.get("SIMPLEFIN_URLS") or DEFAULT_URLS
    return SimpleFin(tuple(r.strip().rstrip("/") for r in roots.split(",")), Transport())


class SimpleFin:
    """Reach banks through SimpleFIN servers."""

    history_by_login = False
    renews_in_place = False

    def __init__(self, roots: tuple[str, ...], transport: Transport) -> None:
        self._roots = roots
        self._transport = transport

    def banks(self, now: int, deadline: int) -> Iterable[Offer]:
        """Return the servers that we may call; nobody is asked."""
        del now, deadline
        return bridges.offers(self._roots)

    def describe_credentials(self, bank: Bank) -> tuple[Field, ...]:
        """Ask for a setup token, whichever the bank."""
        del bank
        return (TOKEN_FIELD,)

    def authenticate(self, connection: Connection, login: Login, now: int) -> Outcome:
        """Claim the token, once, and return the accounts that it opens.

        The claimed access URL is kept before it is used: the token that gave it is spent.
        """
        del connection
        if login.continuation is not None:
            access = Secret(login.continuation)
        else:
            claimed = self._claim(login.answers.get("setup_token", ""), now)
            if isinstance(claimed, Rejected):
                return claimed
            login.keep(claimed.reveal())
            access = claimed
        try:
            answer = self._accounts(access, {"balances-only": "1"}, now)
        except NeedsOwner as error:
            return Rejected({"": error.reason.explanation.text}, error.reason, error.provider_code)
        return Accepted(access, answer.in_our_terms())

    def sync(self, connection: Connection, call: Call) -> SyncResult:
        """Fetch one window, with what is pending in the last one.

        The Bridge complains of windows of 45 days and cuts those of 90.
        """
        del connection
        start = _window_start(call)
        end = start + WINDOW
        today = _day(call.now)
        last = end > today
        wanted = {"start-date": _epoch(start), "pending": "1"}
        if not last:
            wanted |= {"end-date": _epoch(end)}
        answer = self._accounts(call.secret, wanted, call.now, call.deadline - call.now)
        movements = answer.movements()
        return SyncResult(
            accounts=answer.in_our_terms(),
            added=movements,
            next_cursor=_cursor(movements, start, today) if last else f"{PAGE}{end.isoformat()}",
            has_more=not last,
            account_errors=dict(complaints.account_errors(answer)),
            trouble=complaints.trouble(answer),
        )

    def disconnect(self, connection: Connection, secret: Secret) -> None:
        """Do nothing: access is ended by the user at his SimpleFIN server only."""

    def same_access(self, one: Secret, other: Secret) -> bool:
        """Say yes: there is nothing that we could end by itself."""
        del one, other
        return True

    def _claim(self, token: str, now: int) -> Secret | Rejected:
        url = _claim_url(token)
        if url is None:
            return Rejected({"setup_token": _MALFORMED})
        if not self._is_ours(url, "/claim/"):
            return Rejected({"setup_token": _FOREIGN})
        answer = self._transport.request("POST", url, headers={"Content-Length": "0"}, body=b"")
        if answer.status == 200:  # noqa: PLR2004
            access = answer.text().strip()
            if not self._is_ours(access, "") or "@" not in urlsplit(access).netloc:
                raise bad_answer("no access url")
            return Secret(access.encode())
        if answer.status in {403, 404} and not answer.is_page:
            return Rejected({"setup_token": _SPENT}, codes.CLAIM_REFUSED.reason, str(answer.status))
        raise unknown_status(answer, now)

    def _is_ours(self, url: str, below: str) -> bool:
        """Tell whether a URL lies below one of our servers' roots, userinfo aside."""
        parts = urlsplit(url)
        bare = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
        clean = not parts.query and not parts.fragment and ".." not in unquote(parts.path)
        return clean and any(bare == r or bare.startswith(r + (below or "/")) for r in self._roots)

    def _accounts(
        self,
        access: Secret,
        wanted: Mapping[str, str],
        now: int,
        seconds: float = 60,
    ) -> AccountSet:
        root, headers = _opened(access)
        query = urlencode({"version": "2", **wanted})
        answer = self._transport.request(
            "GET",
            f"{root}/accounts?{query}",
            headers=headers,
            seconds=seconds,
        )
        if answer.status != 200:  # noqa: PLR2004
            raise complaints.refusal(answer, now)
        found = checked(AccountSet, answer.json())
        bounded(found.accounts, sum(len(a.transactions) for a in found.accounts))
        for error in found.errlist:
            if error.code == "gen.auth":
                raise codes.of_code(error.code).error(error.code, error.text)
        return found


def _claim_url(token: str) -> str | None:
    compact = "".join(token.split()).replace("-", "+").replace("_", "/")
    try:
        return base64.b64decode(compact + "=" * (-len(compact) % 4), validate=True).decode("ascii")
    except (binascii.Error, UnicodeDecodeError):
        return None


def _opened(access: Secret) -> tuple[str, dict[str, str]]:
    parts = urlsplit(access.reveal().decode())
    user = f"{unquote(parts.username or '')}:{unquote(parts.password or '')}"
    host = parts.netloc.rpartition("@")[2]
    basic = base64.b64encode(user.encode()).decode()
    root = f"{parts.scheme}://{host}{quote(parts.path.rstrip('/'))}"
    return root, {"Authorization": f"Basic {basic}", "Accept": "application/json"}


def _window_start(call: Call) -> date:
    today = _day(call.now)
    if call.cursor.startswith(PAGE):
        return date.fromisoformat(call.cursor.removeprefix(PAGE))
    if call.cursor:
        return date.fromisoformat(call.cursor) - OVERLAP
    if call.history:
        return today - HISTORY
    return _day(call.since) if call.since is not None else today - FIRST_WINDOW


def _cursor(movements: tuple[Transaction, ...], start: date, today: date) -> str:
    """Return the day of the newest booked movement: it stands still while nothing is new."""
    booked = [t.booked_on for t in movements if t.booked_on is not None and t.booked_on <= today]
    newest = max(booked, default=start + OVERLAP)
    return max(newest, today - CURSOR_FLOOR).isoformat()


def _day(moment: int) -> date:
    return datetime.fromtimestamp(moment, UTC).date()


def _epoch(day: date) -> str:
    return str(int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()))
