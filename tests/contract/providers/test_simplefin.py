"""SimpleFIN over its wire protocol; what every provider has is in `test_every_provider`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from infra.simulators.assembly import assemble
from infra.simulators.server import serving
from infra.simulators.world import Clock as WorldClock
from relink.failures import ProviderError
from relink.provider import Accepted, Call, Login, Rejected, Secret
from relink.providers.simplefin import build
from relink.reasons import Reason, Scope
from tests.contract.simulators.client import Simulators
from tests.fakes import NOON, Clock, connection

if TYPE_CHECKING:
    from collections.abc import Iterator

    from relink.provider import SyncResult
    from relink.providers.simplefin import SimpleFin

CONNECTION = connection()
NOW = NOON + 300 * 86_400


class Bench:
    """The adapter before a simulated server, and a login there."""

    def __init__(self, simulators: Simulators, adapter: SimpleFin, clock: Clock) -> None:
        self.simulators = simulators
        self.adapter = adapter
        self.clock = clock
        self.kept: list[bytes] = []

    def token(self, login: str) -> str:
        """Have a setup token given out."""
        given = self.simulators.control("POST", "/simplefin/tokens", login=login)
        return str(given["setup_token"])

    def log_in(self, token: str, continuation: bytes | None = None) -> object:
        """Authenticate as an attempt does."""
        login = Login({"setup_token": token}, self.kept.append, continuation)
        return self.adapter.authenticate(CONNECTION, login, self.clock())

    def secret(self, login: str) -> Secret:
        """Return credentials that the server has accepted."""
        outcome = self.log_in(self.token(login))
        assert isinstance(outcome, Accepted)
        return outcome.secret

    def sync(self, secret: Secret, cursor: str = "", **facts: object) -> SyncResult:
        """Fetch one page."""
        now = self.clock()
        call = Call(secret, cursor, now, now + 5, lambda _: None)
        return self.adapter.sync(CONNECTION, replace(call, **facts))  # type: ignore[arg-type]

    def switch(self, login: str, trouble: str, **options: object) -> None:
        """Let a trouble begin."""
        self.simulators.control("PATCH", f"/logins/simplefin/{login}", trouble=trouble, **options)


@pytest.fixture
def bench() -> Iterator[Bench]:
    """Return an adapter whose only server is a simulated one."""
    clock = Clock(NOW)
    with serving(assemble(0, WorldClock(lambda: clock.now))) as server:
        simulators = Simulators(server.base)
        yield Bench(simulators, build({"SIMPLEFIN_URLS": simulators.root}), clock)


def test_a_setup_token_opens_the_accounts(bench: Bench) -> None:
    """Claim once, keep at once, and show what the login opens."""
    outcome = bench.log_in(bench.token("fine"))

    assert isinstance(outcome, Accepted)
    assert len(outcome.accounts) == 3
    assert bench.kept == [outcome.secret.reveal()]


def test_a_claimed_token_is_not_claimed_again(bench: Bench) -> None:
    """What was kept is gone on with: the token is spent."""
    first = bench.log_in(bench.token("fine"))
    again = bench.log_in("spent", continuation=bench.kept[0])

    assert first == again


@pytest.mark.parametrize(
    "token",
    [
        "",
        "no base64!",
        "YWJj",
        "aHR0cDovLzE2OS4yNTQuMTY5LjI1NC9sYXRlc3QvY2xhaW0v",
        "aHR0cHM6Ly9ldmlsLmV4YW1wbGUvc2ltcGxlZmluL2NsYWltL3g=",
    ],
    ids=["empty", "not base64", "no url", "metadata service", "another server"],
)
def test_a_token_for_another_server_is_refused_unsent(bench: Bench, token: str) -> None:
    """A setup token is a URL that a stranger could have written: only our servers are called."""
    outcome = bench.log_in(token)

    assert isinstance(outcome, Rejected)
    assert "setup_token" in outcome.field_messages
    assert bench.kept == []


def test_a_used_token_is_rejected_with_a_warning(bench: Bench) -> None:
    """The protocol asks to warn that somebody else may have used the token."""
    token = bench.token("fine")
    bench.log_in(token)
    outcome = bench.log_in(token)

    assert isinstance(outcome, Rejected)
    assert "already been used" in outcome.field_messages["setup_token"]


def test_a_sync_brings_accounts_and_movements(bench: Bench) -> None:
    """The first sync reads 89 days in windows that the server does not complain of."""
    secret = bench.secret("fine")
    pages = [bench.sync(secret)]
    while pages[-1].has_more:
        pages.append(bench.sync(secret, pages[-1].next_cursor))

    assert len(pages) == 3
    assert pages[-1].trouble is None
    assert len(pages[-1].accounts) == 3
    booked = [t.booked_on for p in pages for t in p.added if t.booked_on]
    assert len(booked) > 50
    assert pages[-1].next_cursor == max(booked).isoformat()


def test_an_unchanged_bank_answers_the_same(bench: Bench) -> None:
    """The cursor stands still while nothing is new, so that nothing need be written."""
    secret = bench.secret("fine")
    first = bench.sync(secret, "2026-10-20")
    second = bench.sync(secret, first.next_cursor)
    third = bench.sync(secret, second.next_cursor)

    assert (second.added, second.next_cursor) == (third.added, third.next_cursor)


def test_a_new_token_shows_the_same_accounts(bench: Bench) -> None:
    """A reconnect finds every account again by its identity."""
    first = bench.log_in(bench.token("fine.acme"))
    second = bench.log_in(bench.token("fine.acme"))
    other = bench.log_in(bench.token("fine.other"))

    assert isinstance(first, Accepted)
    assert isinstance(second, Accepted)
    assert isinstance(other, Accepted)
    assert [a.identities for a in first.accounts] == [a.identities for a in second.accounts]
    mine = {i for a in first.accounts for i in a.identities}
    assert not mine & {i for a in other.accounts for i in a.identities}


def test_a_bridges_word_for_a_dead_access_is_believed(bench: Bench) -> None:
    """Whatever the status."""
    secret = bench.secret("fine")
    bench.switch("fine", "gen-auth")

    with pytest.raises(ProviderError) as caught:
        bench.sync(secret)
    expected = (Reason.CREDENTIALS_REJECTED, Scope.CONNECTION)
    assert expected == (caught.value.reason, caught.value.scope)


@pytest.mark.parametrize(
    ("trouble", "reason"),
    [
        ("one-bank", Reason.CREDENTIALS_REJECTED),
        ("answer-missed", Reason.CREDENTIALS_REJECTED),
        ("upgrading", Reason.BANK_UNAVAILABLE),
        ("unknown-code", Reason.BANK_UNAVAILABLE),
    ],
)
@pytest.mark.parametrize("version_1", [False, True], ids=["version 2", "version 1"])
def test_one_bank_of_several_in_trouble_leaves_the_others_alone(
    bench: Bench,
    trouble: str,
    reason: Reason,
    version_1: bool,  # noqa: FBT001 - a case
) -> None:
    """Its accounts are marked; the connection as a whole is well."""
    if trouble == "unknown-code" and version_1:
        pytest.skip("version 1 has no codes")
    bench.simulators.control("POST", "/simplefin/settings", only_version_1=version_1)
    secret = bench.secret("fine@harbour+juniper")
    bench.switch("fine@harbour+juniper", trouble, bank="harbour")
    result = bench.sync(secret)

    assert result.trouble is None
    assert len(result.accounts) == 6
    assert {e.reason for e in result.account_errors.values()} == {reason}
    assert len(result.account_errors) == 3


@pytest.mark.parametrize("version_1", [False, True], ids=["version 2", "version 1"])
def test_the_only_bank_in_trouble_is_the_connections_trouble(
    bench: Bench,
    version_1: bool,  # noqa: FBT001 - a case
) -> None:
    """HTTP 200 can be red; what data there are is kept all the same."""
    bench.simulators.control("POST", "/simplefin/settings", only_version_1=version_1)
    secret = bench.secret("fine")
    bench.switch("fine", "password-changed")
    result = bench.sync(secret)

    assert result.trouble is not None
    assert result.trouble.reason is Reason.CREDENTIALS_REJECTED
    assert len(result.accounts) == 3


def test_an_account_that_failed_is_marked_alone(bench: Bench) -> None:
    """An account's error is that account's."""
    secret = bench.secret("fine")
    bench.switch("fine", "act-failed")
    result = bench.sync(secret)

    assert result.trouble is None
    assert [e.scope for e in result.account_errors.values()] == [Scope.ACCOUNT]


def test_a_rate_limit_says_when_it_lifts(bench: Bench) -> None:
    """Retry-After counts, as seconds or as a date; without it, an hour."""
    secret = bench.secret("fine")
    found = []
    for trouble in ("rate-limited", "rate-limited-date", "rate-limited-no-time"):
        bench.switch("fine", trouble, retry_after=600)
        with pytest.raises(ProviderError) as caught:
            bench.sync(secret)
        found.append(caught.value.retry_at)

    assert found == [NOW + 600, NOW + 600, NOW + 3600]


def test_what_is_shown_of_a_banks_words_is_plain(bench: Bench) -> None:
    """Markup and control characters do not reach a page or a mail."""
    secret = bench.secret("fine")
    bench.switch("fine", "markup")
    result = bench.sync(secret)

    shown = [a.name for a in result.accounts]
    shown += [e.provider_text for e in result.account_errors.values()]
    shown += [result.trouble.provider_text] if result.trouble else []
    assert not [t for t in shown if set(t) & set("<>\n\r\x1b")]


def test_an_unreachable_server_provably_saw_nothing(bench: Bench) -> None:
    """Only a refused connection is given back to the day's calls."""
    adapter = build({"SIMPLEFIN_URLS": "http://127.0.0.1:1/simplefin"})
    secret = Secret(b"http://u:p@127.0.0.1:1/simplefin")
    now = bench.clock()

    with pytest.raises(ProviderError) as caught:
        adapter.sync(CONNECTION, Call(secret, "", now, now + 5, lambda _: None))
    assert not caught.value.reached
    assert "u:p" not in repr(caught.value)
