"""Whatever comes back: bounded, orange, and without a secret in it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from relink.clock import HOUR
from relink.failures import Misconfigured, ProviderError, Temporary
from relink.providers.plaid.client import PAUSE
from relink.providers.transport import Answer
from relink.providers.wire import ACCOUNT_LIMIT
from relink.reasons import Reason, Scope
from tests.unit.providers.plaid.fakes import ACCESS, NOW, error, recorded
from tests.unit.providers.playing import answer

if TYPE_CHECKING:
    from tests.unit.providers.plaid.fakes import Bench

JSON = {"content-type": "application/json"}


def raised_by(plaid: Bench, played: Answer) -> ProviderError:
    """Return the error of a sync that gets this answer."""
    plaid.wire.play("/transactions/sync", played)
    with pytest.raises(ProviderError) as raised:
        plaid.sync()
    return raised.value


def with_movement(**facts: Any) -> bytes:
    """Return an answer with one movement changed."""
    changed = {**recorded("changes")["added"][0], **facts}
    return json.dumps(recorded("changes", added=[changed])).encode()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b'"text"',
        b"null",
        b'{"accounts": ',
        b'{"accounts": "\xe9\xff"}',
        b"[" * 100_000,
        b"<html>maintenance</html>",
        with_movement(amount="1e400"),
        with_movement(amount=None),
        with_movement(amount=True),
        with_movement(amount="12,50"),
        with_movement(date="0001-01-01"),
        with_movement(date="9999-99-99"),
        with_movement(transaction_id=""),
        with_movement(transaction_id="x" * 300),
        with_movement(pending=None),
        with_movement().replace(b"72.1", b"NaN"),
        with_movement().replace(b"72.1", b"-Infinity"),
        with_movement().replace(b"72.1", b"1e400"),
        json.dumps(recorded("changes", next_cursor="x" * 2000)).encode(),
        json.dumps(recorded("changes", next_cursor=None)).encode(),
        json.dumps(recorded("changes", has_more="perhaps")).encode(),
    ],
)
def test_an_unreadable_answer_is_orange(plaid: Bench, body: bytes) -> None:
    """Truncated, of another shape, or with values beyond all sense: nothing is stored."""
    found = raised_by(plaid, Answer(200, JSON, body))
    assert isinstance(found, Temporary)
    assert found.reason is Reason.BAD_ANSWER


def test_more_accounts_than_anybody_has_are_a_bad_answer(plaid: Bench) -> None:
    """Memory and time are bounded."""
    model = recorded("changes")["accounts"][0]
    many = [{**model, "account_id": f"a{n}"} for n in range(ACCOUNT_LIMIT + 1)]
    found = raised_by(plaid, answer(recorded("changes", accounts=many)))
    assert found.reason is Reason.BAD_ANSWER


def test_duplicates_count_once(plaid: Bench) -> None:
    """Of accounts as of movements."""
    content = recorded("changes")
    twice = {name: content[name] * 2 for name in ("accounts", "added", "modified", "removed")}
    plaid.wire.play("/transactions/sync", answer({**content, **twice}))
    result = plaid.sync()
    sizes = [len(result.accounts), len(result.added), len(result.modified), len(result.removed)]
    assert sizes == [1, 2, 1, 1]


@pytest.mark.parametrize(
    ("status", "reason", "scope"),
    [
        (401, Reason.MISCONFIGURED, Scope.OPERATOR),
        (403, Reason.MISCONFIGURED, Scope.OPERATOR),
        (400, Reason.UNKNOWN, Scope.CONNECTION),
        (500, Reason.PROVIDER_UNAVAILABLE, Scope.PROVIDER),
        (503, Reason.PROVIDER_UNAVAILABLE, Scope.PROVIDER),
    ],
)
def test_without_a_code_the_status_counts(
    plaid: Bench,
    status: int,
    reason: Reason,
    scope: Scope,
) -> None:
    """And never makes a connection red."""
    found = raised_by(plaid, Answer(status, {"content-type": "text/plain"}, b"?"))
    assert (found.reason, found.scope) == (reason, scope)


@pytest.mark.parametrize("status", [200, 403, 404])
def test_a_web_page_is_a_bad_answer(plaid: Bench, status: int) -> None:
    """It is of a proxy, not of Plaid."""
    html = {"content-type": "text/html"}
    found = raised_by(plaid, Answer(status, html, b"<!DOCTYPE html>"))
    assert found.reason is Reason.BAD_ANSWER


def test_the_code_counts_before_the_status(plaid: Bench) -> None:
    """Even a good status."""
    found = raised_by(plaid, error("USER_PERMISSION_REVOKED", status=200))
    assert found.reason is Reason.CONSENT_REVOKED


def test_a_wrong_key_of_ours_is_not_the_owners_fault(plaid: Bench) -> None:
    """Nobody is told to reconnect because of it."""
    found = raised_by(plaid, error("INVALID_API_KEYS", 401, "INVALID_INPUT"))
    assert isinstance(found, Misconfigured)


@pytest.mark.parametrize(
    ("code", "header", "expected"),
    [
        ("TRANSACTIONS_SYNC_LIMIT", {}, NOW + PAUSE),
        ("RATE_LIMIT", {"retry-after": "120"}, NOW + 120),
        ("INSTITUTION_RATE_LIMIT", {}, NOW + HOUR),
        ("RATE_LIMIT", {"retry-after": "99999999999999"}, NOW + HOUR),
    ],
)
def test_a_rate_limit_says_until_when(
    plaid: Bench,
    code: str,
    header: dict[str, str],
    expected: int,
) -> None:
    """As Plaid says, or after a pause that suits what was limited."""
    content = {"error_code": code, "error_type": "RATE_LIMIT_EXCEEDED"}
    found = raised_by(plaid, answer(content, 429, **header))
    assert found.reason is Reason.RATE_LIMITED
    assert found.retry_at == expected


def test_developers_words_are_not_shown(plaid: Bench) -> None:
    """`error_message` is not for owners; `display_message` is, without markup."""
    silent = raised_by(plaid, error("ITEM_LOCKED"))
    assert silent.provider_text == ""
    told = raised_by(plaid, error("ITEM_LOCKED", display_message="<b>Locked</b>\x1b[31m"))
    assert told.provider_text == "b Locked /b [31m"


def test_no_secret_comes_back_in_an_error(plaid: Bench) -> None:
    """Whatever Plaid repeats of what it was sent."""
    echo = f"{ACCESS.token} public-production-1-2 secret-of-ours link-sandbox-9 wrong"
    found = raised_by(plaid, error("INVALID_ACCESS_TOKEN", display_message=echo))
    shown = f"{found!r} {found} {found.provider_text} {found.provider_code}"
    assert not any(word in shown for word in ("access-", "public-", "link-", "secret-of-ours"))
    assert "wrong" in found.provider_text


def test_a_code_that_is_none_is_not_repeated(plaid: Bench) -> None:
    """An error's code goes into store and log: only what looks like a code does."""
    found = raised_by(plaid, error("access-sandbox-123 <script>"))
    assert found.provider_code == "unreadable code"
    assert found.reason is Reason.UNKNOWN


def test_keys_travel_in_headers_only(plaid: Bench) -> None:
    """Neither in the address nor with the content."""
    plaid.sync()
    for sent in plaid.wire.sent:
        assert sent.url.startswith("https://production.plaid.com/")
        assert "secret-of-ours" not in json.dumps(sent.content) + sent.url
        assert sent.headers["PLAID-SECRET"] == "secret-of-ours"
        assert sent.headers["PLAID-CLIENT-ID"] == "client-of-ours"
        assert sent.headers["Plaid-Version"] == "2020-09-14"
