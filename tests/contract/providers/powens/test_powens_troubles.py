"""Powens over its wire protocol: what goes wrong, and whose trouble it is."""

from __future__ import annotations

import json

import pytest

from infra.simulators.powens.settings import CLIENT_ID
from relink.failures import Misconfigured
from relink.provider import Presence, Secret
from relink.providers.powens import build
from relink.reasons import Reason, Scope
from tests.contract.providers.powens.bench import DAY, HOUR, RIVAGE, Bench

HERE = Presence("203.0.113.7", "A browser")


def test_each_sync_looks_at_the_state_first(bench: Bench) -> None:
    """In trouble, nothing else is asked."""
    first = bench.connect("fine.first")
    calls = bench.calls("accounts")
    bench.switch("fine.first", "wrongpass")
    bench.fails(first.secret)
    assert bench.calls("accounts") == calls
    assert bench.calls("transactions") == 0


@pytest.mark.parametrize(
    ("trouble", "options", "reason", "code"),
    [
        ("wrongpass", {}, Reason.CREDENTIALS_REJECTED, "wrongpass"),
        ("sca", {}, Reason.SCA_REQUIRED, "SCARequired"),
        ("otp-needed", {}, Reason.SCA_REQUIRED, "additionalInformationNeeded"),
        ("webauth", {}, Reason.CONSENT_EXPIRED, "webauthRequired"),
        ("password-expired", {}, Reason.ACTION_AT_BANK, "passwordExpired"),
        ("action-needed", {}, Reason.ACTION_AT_BANK, "actionNeeded"),
        ("website-unavailable", {}, Reason.BANK_UNAVAILABLE, "websiteUnavailable"),
        ("bug", {}, Reason.PROVIDER_UNAVAILABLE, "bug"),
        ("not-supported", {}, Reason.BANK_NOT_SUPPORTED, "notSupported"),
        ("state", {"state": "moonPhase"}, Reason.UNKNOWN, "moonPhase"),
        ("no-account", {}, Reason.ACCESS_NOT_GRANTED, "error:noAccount"),
        ("rate-limited", {}, Reason.RATE_LIMITED, "429"),
        ("html", {}, Reason.BAD_ANSWER, "403"),
        ("http-500", {}, Reason.PROVIDER_UNAVAILABLE, "500"),
        ("garbage", {}, Reason.BAD_ANSWER, "not json"),
        ("garbage-charset", {}, Reason.BAD_ANSWER, "not utf-8"),
        ("garbage-deep", {}, Reason.BAD_ANSWER, "not json"),
        ("huge", {}, Reason.BAD_ANSWER, "too large"),
        ("bad-amounts", {}, Reason.BAD_ANSWER, "unexpected content"),
        ("bad-dates", {}, Reason.BAD_ANSWER, "unexpected content"),
        ("many-accounts", {}, Reason.BAD_ANSWER, "unexpected content"),
        ("endless", {}, Reason.BAD_ANSWER, "pages without end"),
    ],
)
def test_a_trouble_is_told_as_what_it_is(
    bench: Bench, trouble: str, options: dict[str, object], reason: Reason, code: str
) -> None:
    """By its own code where there is one."""
    first = bench.connect("fine.ill")
    bench.switch("fine.ill", trouble, **options)
    error = bench.fails(first.secret)
    assert (reason, code) == (error.reason, error.provider_code)


def test_powens_says_when_it_tries_again(bench: Bench) -> None:
    """A limit of the bank's lasts until then."""
    first = bench.connect("fine.limited")
    bench.switch("fine.limited", "rate-limiting")
    error = bench.fails(first.secret)
    assert (Reason.RATE_LIMITED, bench.clock() + HOUR) == (error.reason, error.retry_at)


def test_too_many_requests_in_a_minute_are_waited_out(bench: Bench) -> None:
    """For as long as Powens says."""
    first = bench.connect("fine.fast")
    bench.settings(requests_a_minute=1)
    error = bench.fails(first.secret)
    assert (Reason.RATE_LIMITED, bench.clock() + 60) == (error.reason, error.retry_at)


def test_a_bank_that_is_down_is_nobodys_fault(bench: Bench) -> None:
    """It is the provider's trouble until it is over."""
    first = bench.connect("fine.outage", RIVAGE)
    bench.simulators.control("POST", "/outage", bank=RIVAGE, on=True)
    error = bench.fails(first.secret)
    assert (Reason.BANK_UNAVAILABLE, Scope.PROVIDER) == (error.reason, error.scope)
    bench.simulators.control("POST", "/outage", bank=RIVAGE, on=False)
    assert bench.sync(first.secret).trouble is None


def test_a_source_in_trouble_concerns_its_own_accounts(bench: Bench) -> None:
    """The others are read; the connection is not red for it."""
    first = bench.connect("fine.source", RIVAGE)
    bench.switch("fine.source", "source-trouble")
    result = bench.sync(first.secret)
    assert result.trouble is None
    assert [result.accounts[1].provider_id] == list(result.account_errors)
    error = result.account_errors[result.accounts[1].provider_id]
    assert (Reason.SCA_REQUIRED, Scope.ACCOUNT) == (error.reason, error.scope)


def test_an_accounts_own_error_concerns_that_account(bench: Bench) -> None:
    """With the class that the state has."""
    first = bench.connect("fine.single")
    bench.switch("fine.single", "account-error", state="websiteUnavailable")
    result = bench.sync(first.secret)
    assert ["websiteUnavailable"] == [e.provider_code for e in result.account_errors.values()]


def test_good_answers_with_old_data_are_seen_through(bench: Bench) -> None:
    """Data are kept; after three days without a read the connection is no longer green."""
    first = bench.connect("fine.stale")
    bench.switch("fine.stale", "stale")
    bench.clock.advance(2 * DAY)
    assert bench.sync(first.secret).trouble is None
    bench.clock.advance(2 * DAY)
    result = bench.sync(first.secret)
    assert result.trouble is not None
    assert (Reason.BANK_UNAVAILABLE, "last_update") == (
        result.trouble.reason,
        result.trouble.provider_code,
    )


def test_validating_for_a_while_is_no_trouble(bench: Bench) -> None:
    """For more than a day it is: no data come meanwhile."""
    first = bench.connect("fine.validating")
    bench.switch("fine.validating", "validating")
    assert bench.sync(first.secret).trouble is None
    bench.clock.advance(2 * DAY)
    trouble = bench.sync(first.secret).trouble
    assert trouble is not None
    assert trouble.reason is Reason.DATA_PENDING


def test_wrong_keys_of_ours_are_no_owners_fault(bench: Bench) -> None:
    """Neither at a login nor, with a token that nobody knows, at a sync."""
    root = f"{bench.simulators.base}/powens/2.0"
    settings = {"POWENS_URL": root, "POWENS_CLIENT_ID": CLIENT_ID, "POWENS_CLIENT_SECRET": "no"}
    bench.adapter = build(settings)
    error = bench.fails(Secret(json.dumps({"token": "nobody's", "connection": "1"}).encode()))
    assert (Misconfigured, "401") == (type(error), error.provider_code)
