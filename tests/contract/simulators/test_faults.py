from __future__ import annotations

import gzip
import http.client
import json
from typing import TYPE_CHECKING, Any

import pytest

from infra.simulators.faults import FAULTS
from infra.simulators.simplefin.bridge import SimpleFinBridge

if TYPE_CHECKING:
    from tests.contract.simulators.client import Simulators


class TestFaults:
    """Troubles of any HTTP service."""

    @pytest.mark.parametrize(
        ("kind", "status", "content", "header"),
        [
            ("down", 503, "text/plain", None),
            ("html", 403, "text/html", None),
            ("html-challenge", 403, "text/html", ("cf-mitigated", "challenge")),
            ("html-maintenance", 200, "text/html", None),
            ("proxy-timeout", 524, "text/plain", None),
            ("rate-limited", 429, "text/plain", ("Retry-After", "3600")),
            (
                "rate-limited-date",
                429,
                "text/plain",
                ("Retry-After", "Wed, 18 Nov 2026 13:00:00 GMT"),
            ),
            ("rate-limited-no-time", 429, "text/html", ("Retry-After", None)),
            ("http-502", 502, "text/plain", None),
        ],
    )
    def test_answer_comes_instead(
        self,
        simulators: Simulators,
        kind: str,
        status: int,
        content: str,
        header: tuple[str, str | None] | None,
    ) -> None:
        """These answers are not the Bridge's own."""
        access = simulators.access("acme")
        simulators.trouble("acme", kind)
        answer = access.accounts()
        assert status == answer.status
        assert answer.headers["Content-Type"].startswith(content)
        if header:
            assert header[1] == answer.headers[header[0]]

    def test_moved_points_to_another_host(self, simulators: Simulators) -> None:
        """Credentials belong to one host; a redirect leads to another."""
        access = simulators.access("acme")
        simulators.trouble("acme", "moved")
        answer = access.accounts()
        assert 302 == answer.status
        assert answer.headers["Location"].startswith("http://localhost:")

    @pytest.mark.parametrize(
        ("kind", "error"),
        [
            ("reset", ConnectionResetError),
            ("hang-up", http.client.RemoteDisconnected),
            ("cut", http.client.IncompleteRead),
        ],
    )
    def test_connection_breaks(
        self, simulators: Simulators, kind: str, error: type[Exception]
    ) -> None:
        """Before the first byte, or in the middle of the body."""
        access = simulators.access("acme")
        simulators.trouble("acme", kind)
        with pytest.raises(error):
            access.accounts()

    @pytest.mark.parametrize("kind", ["slow", "trickle"])
    def test_answer_takes_its_time(self, simulators: Simulators, kind: str) -> None:
        """`slow` keeps silent, `trickle` sends bytes all the time; both are right in the end."""
        access = simulators.access("acme")
        good = access.accounts().json()
        simulators.trouble("acme", kind, seconds=0.3)
        assert good == access.accounts().json()
        simulators.trouble("acme", "slow", seconds=5)
        with pytest.raises(TimeoutError):
            access.accounts(seconds=0.1)

    def test_huge_answers_mean_the_same(self, simulators: Simulators) -> None:
        """Only their size is wrong."""
        access = simulators.access("acme")
        good = access.accounts().json()
        simulators.trouble("acme", "huge", megabytes=3)
        huge = access.accounts()
        simulators.trouble("acme", "gzip-bomb", megabytes=3)
        bomb = access.accounts()
        assert 3_000_000 == len(huge.body) == len(gzip.decompress(bomb.body))
        assert 100_000 > len(bomb.body)
        assert good == huge.json()

    @pytest.mark.parametrize(
        ("kind", "error"),
        [
            ("garbage", json.JSONDecodeError),
            ("garbage-charset", UnicodeDecodeError),
            ("garbage-empty", json.JSONDecodeError),
            ("garbage-deep", RecursionError),
        ],
    )
    def test_garbage_cannot_be_read(
        self, simulators: Simulators, kind: str, error: type[Exception]
    ) -> None:
        """Status and headers are those of a good answer."""
        access = simulators.access("acme")
        simulators.trouble("acme", kind)
        answer = access.accounts()
        assert 200 == answer.status
        with pytest.raises(error):
            answer.json()

    def test_shape_may_be_quite_another(self, simulators: Simulators) -> None:
        """JSON, but no Account Set."""
        access = simulators.access("acme")
        simulators.trouble("acme", "garbage-shape")
        assert ["ok"] == access.accounts().json()


class TestData:
    """Answers that are right in form and wrong in content."""

    def distorted(self, simulators: Simulators, kind: str) -> tuple[Any, Any]:
        """Return a good answer, and the same with the trouble."""
        access = simulators.access("acme")
        good = access.accounts().json()
        simulators.trouble("acme", kind)
        return good, access.accounts().json()

    def test_duplicates_have_the_same_ids(self, simulators: Simulators) -> None:
        """The first account and every transaction are there twice."""
        good, found = self.distorted(simulators, "duplicates")
        first = found["accounts"][0]
        assert first == found["accounts"][-1]
        assert 2 * len(good["accounts"][0]["transactions"]) == len(first["transactions"])

    def test_accounts_can_be_missing_without_an_error(self, simulators: Simulators) -> None:
        """`account-gone` loses one, `empty` all."""
        good, found = self.distorted(simulators, "account-gone")
        assert good["accounts"][1:] == found["accounts"]
        _, found = self.distorted(simulators, "empty")
        assert ([], []) == (found["accounts"], found["errlist"])

    def test_accounts_can_be_many(self, simulators: Simulators) -> None:
        """10,000 more, each with an id of its own."""
        _, found = self.distorted(simulators, "many-accounts")
        assert 10_003 == len({account["id"] for account in found["accounts"]})

    def test_values_can_be_impossible(self, simulators: Simulators) -> None:
        """Amounts and dates that no ledger may hold."""
        _, found = self.distorted(simulators, "bad-amounts")
        amounts = [entry["amount"] for entry in found["accounts"][0]["transactions"]]
        assert {"1e400", "NaN", None} < set(amounts)
        _, found = self.distorted(simulators, "bad-dates")
        dates = [entry["posted"] for entry in found["accounts"][0]["transactions"]]
        assert 10**18 in dates

    def test_texts_can_hold_markup(self, simulators: Simulators) -> None:
        """Whoever shows them must sanitise them."""
        _, found = self.distorted(simulators, "markup")
        assert "<script>" in found["errlist"][0]["msg"]
        assert "\x1b" in found["accounts"][0]["name"]

    def test_currency_can_be_a_url(self, simulators: Simulators) -> None:
        """Custom currencies are named by URLs."""
        _, found = self.distorted(simulators, "custom-currency")
        assert found["accounts"][0]["currency"].startswith("http")


def test_every_trouble_changes_something(simulators: Simulators) -> None:
    """No name in the lists is without an effect on a call for data or on a claim."""
    of_claims = {"claim-lost", "encoded-credentials", "new-ids"}
    timed = {"slow", "trickle", "errors"}  # `errors` needs some
    for kind in {*FAULTS, *SimpleFinBridge.troubles} - of_claims - timed:
        access = simulators.access(kind.replace("-", "_"))
        good = access.accounts()
        simulators.trouble(kind.replace("-", "_"), kind, megabytes=1)
        try:
            spoilt = access.accounts()
        except (OSError, http.client.HTTPException):
            continue
        assert (good.status, good.body) != (spoilt.status, spoilt.body), kind
