from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from tests.contract.simulators.client import call

if TYPE_CHECKING:
    from tests.contract.simulators.client import Simulators

DAY = 86_400


def transactions(answer: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the transactions of all accounts in an answer."""
    return [entry for account in answer["accounts"] for entry in account["transactions"]]


class TestVersions:
    """Versions 1 and 2 of the protocol."""

    def test_info_says_1_0_although_version_2_is_understood(self, simulators: Simulators) -> None:
        """The list of versions does not tell whether version=2 works."""
        assert call("GET", f"{simulators.root}/info").json() == {"versions": ["1.0"]}
        assert "errlist" in simulators.access("fine").accounts().json()

    def test_shapes_never_mix(self, simulators: Simulators) -> None:
        """Version 1 has errors and org, version 2 errlist, connections and conn_id."""
        access = simulators.access("fine")
        one, two = access.accounts(version=None).json(), access.accounts().json()
        assert set(one) == {"errors", "accounts"}
        assert set(two) == {"errlist", "connections", "accounts"}
        assert {"org", "conn_id"} & set(one["accounts"][0]) == {"org"}
        assert {"org", "conn_id"} & set(two["accounts"][0]) == {"conn_id"}
        assert {"domain", "sfin-url", "name", "url", "id"} == set(one["accounts"][0]["org"])

    def test_server_of_version_1_ignores_the_parameter(self, simulators: Simulators) -> None:
        """A server that has never heard of version 2 answers in version 1."""
        simulators.control("POST", "/simplefin/settings", only_version_1=True, versions=["1.0.7"])
        assert set(simulators.access("fine").accounts().json()) == {"errors", "accounts"}
        assert call("GET", f"{simulators.root}/info").json() == {"versions": ["1.0.7"]}


class TestAccounts:
    """`GET /accounts`: fields, filters, windows."""

    def test_fields_are_those_of_the_protocol(self, simulators: Simulators) -> None:
        """Money is a string, time an epoch second, and a posted entry has no `pending`."""
        found = simulators.access("fine").accounts().json()
        connection, account = found["connections"][0], found["accounts"][0]
        assert account["conn_id"] == connection["conn_id"]
        assert {"name", "org_id", "org_url", "sfin_url"} < set(connection)
        assert str(Decimal(account["balance"])) == account["balance"]
        assert isinstance(account["balance-date"], int)
        for entry in transactions(found):
            assert str(Decimal(entry["amount"])) == entry["amount"]
            assert entry["posted"] > 0
            assert "pending" not in entry

    def test_transactions_are_ordered_and_unique_within_an_account(
        self, simulators: Simulators
    ) -> None:
        """The list is ordered by `posted`, pending ones (0) first."""
        for account in simulators.access("fine").accounts(pending=1).json()["accounts"]:
            posted = [entry["posted"] for entry in account["transactions"]]
            assert posted == sorted(posted)
            assert len({entry["id"] for entry in account["transactions"]}) == len(posted)

    def test_start_is_included_and_end_is_not(self, simulators: Simulators) -> None:
        """Transactions are on or after start-date and before end-date."""
        access = simulators.access("fine")
        entries = transactions(access.accounts().json())
        moment = entries[3]["posted"]
        after = transactions(access.accounts(start_date=moment).json())
        before = transactions(access.accounts(end_date=moment).json())
        assert entries[3]["id"] in {entry["id"] for entry in after}
        assert entries[3]["id"] not in {entry["id"] for entry in before}

    def test_balances_only_leaves_transactions_out(self, simulators: Simulators) -> None:
        """balances-only=1 gives no transaction data."""
        found = simulators.access("fine").accounts(balances_only=1).json()
        assert [] == transactions(found)
        assert 3 == len(found["accounts"])

    def test_accounts_can_be_chosen(self, simulators: Simulators) -> None:
        """`account` may be given more than once; an unknown one is just not there."""
        access = simulators.access("fine")
        ids = [account["id"] for account in access.accounts().json()["accounts"]]
        chosen = access.accounts(("account", ids[0]), ("account", ids[2])).json()
        assert [ids[0], ids[2]] == [account["id"] for account in chosen["accounts"]]
        assert [] == access.accounts(account="ACT-0").json()["accounts"]

    @pytest.mark.parametrize(("days", "told"), [(44, ""), (45, "may be"), (89, "may be")])
    def test_long_window_is_frowned_upon(
        self, simulators: Simulators, now: int, days: int, told: str
    ) -> None:
        """From 45 calendar days on a gen.api entry comes with the whole window."""
        found = simulators.access("fine").accounts(start_date=now - days * DAY).json()
        assert told in json.dumps(found["errlist"])
        assert bool(told) == bool(found["errlist"])
        assert min(entry["posted"] for entry in transactions(found)) < now - (days - 6) * DAY

    def test_window_of_90_days_is_capped(self, simulators: Simulators, now: int) -> None:
        """From 90 calendar days on the oldest part is cut off, with one gen.api entry."""
        found = simulators.access("fine").accounts(start_date=now - 200 * DAY).json()
        text = "Requested date range exceeds limit of 90 days and was capped."
        assert found["errlist"] == [{"code": "gen.api", "msg": text}]
        assert min(entry["posted"] for entry in transactions(found)) > now - 90 * DAY

    def test_older_window_reaches_older_transactions(
        self, simulators: Simulators, now: int
    ) -> None:
        """History is had window by window."""
        access = simulators.access("fine")
        found = access.accounts(start_date=now - 200 * DAY, end_date=now - 160 * DAY).json()
        assert found["errlist"] == []
        assert len(transactions(found)) > 50

    def test_balance_is_the_one_at_the_end_date(self, simulators: Simulators, now: int) -> None:
        """With end-date, balance and balance-date are of that moment."""
        access, then = simulators.access("fine"), now - 20 * DAY
        past = access.accounts(end_date=then).json()["accounts"][0]
        whole = access.accounts(start_date=then + 1).json()["accounts"][0]
        moved = sum(Decimal(entry["amount"]) for entry in whole["transactions"])
        assert past["balance-date"] == then
        assert Decimal(whole["balance"]) == Decimal(past["balance"]) + moved

    @pytest.mark.parametrize("value", ["yesterday", "", "1.5", "9" * 5_000])
    def test_date_that_is_no_timestamp_is_400(self, simulators: Simulators, value: str) -> None:
        """It is the application's mistake: gen.api."""
        answer = simulators.access("fine").accounts(start_date=value)
        assert answer.status == 400
        assert answer.json()["errlist"] == [{"code": "gen.api", "msg": "Invalid start-date"}]


class TestPending:
    """Holds, before and after they post."""

    @pytest.mark.parametrize("value", [1, 0, ""])
    def test_parameter_counts_when_it_is_there(self, simulators: Simulators, value: object) -> None:
        """pending=0 asks for pending transactions, too."""
        held = [
            entry
            for entry in transactions(simulators.access("acme").accounts(pending=value).json())
            if entry.get("pending")
        ]
        assert held
        assert {entry["posted"] for entry in held} == {0}

    def test_posting_gives_another_id(self, simulators: Simulators) -> None:
        """A hold is replaced, within days, by a posted entry that does not refer to it."""
        access = simulators.access("acme")
        held = [e for e in transactions(access.accounts(pending=1).json()) if e.get("pending")]
        assert held
        simulators.advance(4 * DAY)
        later = transactions(access.accounts(pending=1).json())
        for hold in held:
            posted = [e for e in later if e["transacted_at"] == hold["transacted_at"]]
            assert [e["payee"] for e in posted] == [hold["payee"]]
            assert posted[0]["posted"] > 0
            assert hold["id"] not in {e["id"] for e in later}


class TestRefresh:
    """What the passing of time changes."""

    def test_data_changes_when_the_bridge_looks_at_the_bank(self, simulators: Simulators) -> None:
        """Between two looks the answer is the same to the byte."""
        access = simulators.access("fine")
        first = access.accounts(start_date=1_794_000_000).body
        simulators.advance(6 * 3_600 - 1)
        assert first == access.accounts(start_date=1_794_000_000).body
        simulators.advance(1)
        assert first != access.accounts(start_date=1_794_000_000).body

    def test_history_grows_and_never_changes(self, simulators: Simulators) -> None:
        """What was posted stays as it was; the new balance is the old one plus what is new."""
        access = simulators.access("fine")
        before = access.accounts(start_date=1_794_000_000).json()["accounts"]
        simulators.advance(9 * DAY)
        after = access.accounts(start_date=1_794_000_000).json()["accounts"]
        for old, new in zip(before, after, strict=True):
            known = len(old["transactions"])
            added = sum(Decimal(entry["amount"]) for entry in new["transactions"][known:])
            assert new["transactions"][:known] == old["transactions"]
            assert Decimal(new["balance"]) == Decimal(old["balance"]) + added
