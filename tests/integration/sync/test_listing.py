"""The lists of banks are renewed about once a day, whatever providers do."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import boto3
import pytest

from relink.bank_lists import BankLists
from relink.clock import DAY, HOUR
from relink.connection import Bank, Method
from relink.failures import Misconfigured, Temporary
from relink.offers import Offer
from relink.providers import PROVIDERS
from relink.reasons import Reason, Scope
from sync import worker
from sync.listing import FEW, OLD, Listing
from tests.fakes import NOON, FakeProvider
from tests.integration.sync.batches import Context
from tests.integration.sync.conftest import DEADLINE
from tests.stumbling import refusal, stumble

if TYPE_CHECKING:
    import io
    from typing import Any

    from tests.integration.sync.conftest import Bench

DOWN = Temporary(Reason.PROVIDER_UNAVAILABLE, provider_code="503", scope=Scope.PROVIDER)


def offers(number: int, **changes: Any) -> list[Offer]:
    """Return what a provider offers, with the same facts of each changed."""
    banks = [Bank(f"b{n}", f"Bank {n}", "ES", "powens", Method.DIRECT) for n in range(number)]
    return [Offer(replace(bank, **changes)) for bank in banks]


class Providers:
    """The worker's lists, with providers that do as they are told."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.by_name = {name: FakeProvider() for name in PROVIDERS}
        self.asked: list[str] = []
        lists = BankLists(bench.client, "BanksTable")
        self.listing = Listing(lists, self._provider, bench.clock, width=1)

    def _provider(self, name: str) -> FakeProvider:
        self.asked.append(name)
        return self.by_name[name]

    def renew(self, seconds: int = 0) -> dict[str, str]:
        """Let time pass and the clock look."""
        self.bench.clock.advance(seconds)
        self.asked.clear()
        return self.listing.renew(DEADLINE)

    def banks(self) -> int:
        """Return how many banks are listed in Spain."""
        return len(self.listing.lists.in_country("ES"))


@pytest.fixture
def providers(bench: Bench) -> Providers:
    """Return providers of which one lists three banks, the others none."""
    made = Providers(bench)
    made.by_name["powens"].offered = offers(3)
    return made


def test_a_new_stack_lists_all_banks_at_once_and_then_once_a_day(providers: Providers) -> None:
    """What is younger than a day is left alone: nobody is asked."""
    first = providers.renew()
    assert ("3 listed", "0 listed") == (first["powens"], first["plaid"])
    assert list(PROVIDERS) == providers.asked
    assert {} == providers.renew(DAY - 1)
    assert [] == providers.asked
    assert PROVIDERS.keys() == providers.renew(1).keys()
    assert 3 == providers.banks()


def test_a_failing_provider_keeps_its_list_and_is_asked_in_an_hour(providers: Providers) -> None:
    """The others go on; so does it when it answers again."""
    providers.renew()
    providers.by_name["powens"].offered = DOWN
    assert "provider_unavailable" == providers.renew(DAY)["powens"]
    assert 3 == providers.banks()
    assert {} == providers.renew(HOUR - 1)
    providers.by_name["powens"].offered = offers(4)
    assert {"powens": "4 listed"} == providers.renew(1)
    assert 4 == providers.banks()


def test_a_provider_that_says_when_to_come_back_is_left_alone_until_then(
    providers: Providers,
) -> None:
    """Even if that is later than an hour."""
    limit = Temporary(Reason.RATE_LIMITED, retry_at=NOON + 5 * HOUR)
    providers.by_name["powens"].offered = limit
    providers.renew()
    assert {} == providers.renew(4 * HOUR)
    assert {"powens": "rate_limited"} == providers.renew(HOUR)


def test_a_list_is_taken_over_whole_or_not_at_all(providers: Providers) -> None:
    """One that breaks off in its middle changes nothing."""
    providers.renew()

    def broken() -> Any:
        yield from offers(2)
        raise DOWN

    providers.by_name["powens"].offered = broken()
    providers.renew(DAY)
    assert 3 == providers.banks()


def test_a_provider_that_is_not_set_up_is_passed_over_in_silence(
    providers: Providers, log: io.StringIO
) -> None:
    """Most stacks use some providers only."""
    providers.renew()
    assert "ERROR" not in log.getvalue()


def test_a_key_that_is_refused_concerns_operators(providers: Providers, log: io.StringIO) -> None:
    """An alarm counts it."""
    error = Misconfigured(Reason.MISCONFIGURED, provider_code="401", scope=Scope.OPERATOR)
    providers.by_name["powens"].offered = error
    providers.renew()
    [line] = [json.loads(x) for x in log.getvalue().splitlines() if '"ERROR"' in x]
    assert ("operator needed", "powens", "401") == (
        line["message"],
        line["provider"],
        line["provider_code"],
    )


def test_a_list_that_cannot_be_renewed_for_days_concerns_operators(
    providers: Providers, log: io.StringIO
) -> None:
    """An hour of trouble does not."""
    providers.renew()
    providers.by_name["powens"].offered = DOWN
    providers.renew(DAY)
    assert "ERROR" not in log.getvalue()
    providers.renew(OLD)
    assert '"operator needed"' in log.getvalue()


def test_a_list_that_lacks_most_of_its_banks_is_not_believed(
    providers: Providers, log: io.StringIO
) -> None:
    """Nor one that is empty: it stays as it was, and operators are told. Half of it may go."""
    providers.by_name["powens"].offered = offers(FEW)
    providers.renew()
    for left in (0, FEW // 2 - 1):
        providers.by_name["powens"].offered = offers(left)
        assert "not believed" == providers.renew(DAY)["powens"]
        assert FEW == providers.banks()
        assert '"operator needed"' in log.getvalue()
    providers.by_name["powens"].offered = offers(FEW // 2)
    providers.renew(DAY)
    assert FEW // 2 == providers.banks()


def test_a_short_list_is_a_setting_and_may_shrink(providers: Providers) -> None:
    """A key that is taken away takes its banks along."""
    providers.renew()
    providers.by_name["powens"].offered = []
    providers.renew(DAY)
    assert 0 == providers.banks()


@pytest.mark.parametrize(
    "changes",
    [
        {"bank_id": ""},
        {"bank_id": "x" * 65},
        {"bank_id": "a\n"},
        {"name": ""},
        {"name": "x" * 101},
        {"name": "a\x1b[31m"},
        {"country": "ZZ"},
        {"country": "es"},
        {"country": ""},
    ],
)
def test_what_no_connection_can_be_made_of_is_not_listed(
    providers: Providers, changes: dict[str, str]
) -> None:
    """One odd bank hides no other."""
    providers.by_name["powens"].offered = [*offers(1, **changes), *offers(3)]
    assert "3 listed" == providers.renew()["powens"]


def test_a_bug_in_one_adapter_leaves_the_others_alone(
    providers: Providers, log: io.StringIO
) -> None:
    """It is told without its words, and looked at again with the next tick."""
    providers.by_name["fints"].offered = RuntimeError("a bug that quotes hunter2")
    told = providers.renew()
    assert ("failed", "3 listed") == (told["fints"], told["powens"])
    assert "fault of ours" in log.getvalue()
    assert "hunter2" not in log.getvalue()
    assert {"fints": "failed"} == providers.renew()


def test_a_table_out_of_reach_is_asked_again_with_the_next_tick(providers: Providers) -> None:
    """What was not written is not said to be there."""
    stumble(providers.bench.client, "put_item", *[refusal("ThrottlingException")] * 2)
    told = providers.renew()
    assert ["failed", "failed"] == [v for v in told.values() if v == "failed"]
    assert 2 == len(providers.renew())
    assert 3 == providers.banks()


def test_the_clock_reaches_the_worker_without_a_message(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A schedule's event has no records; what is listed is in the table that the template names."""
    told = {
        **bench.environment(),
        "FINTS_SERVERS": '{"70150000": {"url": "https://fints.example", "name": "Sparkasse"}}',
    }
    keys = json.dumps({"FINTS_PRODUCT_ID": "R"})
    boto3.client("secretsmanager").create_secret(Name="provider-keys", SecretString=keys)
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("relink.clock.now", bench.clock)
    worker.bootstrap.cache_clear()
    event = {"source": "aws.scheduler", "detail-type": "Scheduled Event", "detail": "{}"}

    outcomes = worker.lambda_handler(event, Context())  # type: ignore[arg-type]

    worker.bootstrap.cache_clear()
    assert {"fints": "1 listed", "simplefin": "4 listed"}.items() <= outcomes.items()
    lists = BankLists(bench.client, "BanksTable")
    assert ["Sparkasse"] == [offer.bank.name for offer in lists.in_country("DE")]
