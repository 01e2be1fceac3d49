from __future__ import annotations

import http.client
from typing import TYPE_CHECKING

import pytest

from tests.contract.simulators.client import Access, call

if TYPE_CHECKING:
    from tests.contract.simulators.client import Simulators

HOUR, DAY = 3_600, 86_400


def codes(access: Access) -> list[str]:
    """Return the codes of the errors that come with the accounts."""
    return [error["code"] for error in access.accounts().json()["errlist"]]


class TestNameOfTheLogin:
    """The trouble that a login name chooses."""

    def test_chosen_trouble_begins_an_hour_after_the_first_good_answer(
        self, simulators: Simulators
    ) -> None:
        """A login can be connected and be green before it goes wrong."""
        access = simulators.access("expired.acme")
        assert [200, 200] == [access.accounts().status for _ in range(2)]
        simulators.advance(HOUR)
        assert 403 == access.accounts().status

    def test_at_once_means_from_the_first_call(self, simulators: Simulators) -> None:
        """`-at-once` leaves no time to become green."""
        assert 402 == simulators.access("unpaid-at-once").accounts().status

    def test_first_token_does_not_renew_anything(self, simulators: Simulators) -> None:
        """What is expired from the first call on needs a second token."""
        assert simulators.access("expired-at-once").accounts().status == 403
        assert simulators.access("expired-at-once").accounts().status == 200

    def test_cycles_are_calls_for_data(self, simulators: Simulators) -> None:
        """`-2-cycles` spoils two calls; a claim is none."""
        access = simulators.access("down-2-cycles-at-once.acme")
        assert [503, 503, 200] == [access.accounts().status for _ in range(3)]

    def test_minutes_are_simulated(self, simulators: Simulators) -> None:
        """`-90-minutes` ends when the simulated clock says so."""
        access = simulators.access("rate-limited-no-time-90-minutes")
        access.accounts()
        simulators.advance(HOUR)
        assert 429 == access.accounts().status
        simulators.advance(90 * 60)
        assert 200 == access.accounts().status

    def test_banks_come_after_the_at_sign(self, simulators: Simulators) -> None:
        """`@solana+rivage` gives the login two banks."""
        found = simulators.access("fine@solana+rivage").accounts().json()
        assert ["Caja Solana", "Banque du Rivage"] == [c["name"] for c in found["connections"]]
        assert {"EUR"} == {account["currency"] for account in found["accounts"]}

    def test_name_without_a_known_trouble_is_fine(self, simulators: Simulators) -> None:
        """Any name is a login."""
        access = simulators.access("other-login")
        simulators.advance(DAY)
        assert [] == codes(access)


class TestTokenTroubles:
    """Troubles of tokens and access URLs."""

    def test_expired_ends_with_a_new_token_and_the_old_access_stays_dead(
        self, simulators: Simulators
    ) -> None:
        """403 until a new setup token is claimed; the accounts keep their ids."""
        old = simulators.access("acme")
        ids = [account["id"] for account in old.accounts().json()["accounts"]]
        simulators.trouble("acme", "expired")
        refused = old.accounts()
        assert (403, "gen.auth") == (refused.status, refused.json()["errlist"][0]["code"])
        new = simulators.access("acme")
        assert ids == [account["id"] for account in new.accounts().json()["accounts"]]
        assert 403 == old.accounts().status

    def test_token_claimed_before_the_end_does_not_end_it(self, simulators: Simulators) -> None:
        """Only a claim made while it is expired helps."""
        old, spare = simulators.access("acme"), simulators.access("acme")
        simulators.trouble("acme", "expired")
        assert [403, 403] == [old.accounts().status, spare.accounts().status]

    def test_revoked_access_is_dead_for_good(self, simulators: Simulators) -> None:
        """What the owner revokes does not come back; a new token works."""
        access = simulators.access("acme")
        simulators.trouble("acme", "revoked")
        assert 403 == access.accounts().status
        simulators.trouble("acme", "fine")
        assert 403 == access.accounts().status
        assert 200 == simulators.access("acme").accounts().status

    def test_gen_auth_is_a_success_without_accounts(self, simulators: Simulators) -> None:
        """The status says 200, the body that nothing may be seen."""
        access = simulators.access("acme")
        simulators.trouble("acme", "gen-auth")
        answer = access.accounts()
        assert (200, []) == (answer.status, answer.json()["accounts"])
        assert ["gen.auth"] == codes(access)
        old = access.accounts(version=None).json()
        assert {"errors": ["You must reauthenticate."], "accounts": []} == old

    def test_unpaid_is_402_until_the_owner_pays(self, simulators: Simulators) -> None:
        """Paying is done at the Bridge and needs no new token."""
        access = simulators.access("acme")
        simulators.trouble("acme", "unpaid")
        assert 402 == access.accounts().status
        assert 200 == call("POST", simulators.claim_url("acme"), b"").status
        assert 402 == access.accounts().status
        assert {"cured": True} == simulators.control("POST", "/simplefin/cure", login="acme")
        assert 200 == access.accounts().status

    def test_lost_claim_uses_the_token_up(self, simulators: Simulators) -> None:
        """The answer that held the credentials never arrives."""
        simulators.trouble("acme", "claim-lost")
        url = simulators.claim_url("acme")
        with pytest.raises((ConnectionError, http.client.RemoteDisconnected)):
            call("POST", url, b"")
        assert 403 == call("POST", url, b"").status

    @pytest.mark.parametrize("kind", ["down", "html", "html-maintenance", "reset", "rate-limited"])
    def test_fault_before_the_claim_leaves_the_token_unused(
        self, simulators: Simulators, kind: str
    ) -> None:
        """A proxy's or the network's refusal is not the Bridge's."""
        simulators.trouble("acme", kind)
        url = simulators.claim_url("acme")
        if kind == "reset":
            with pytest.raises((ConnectionError, http.client.RemoteDisconnected)):
                call("POST", url, b"")
        else:
            call("POST", url, b"")
        simulators.trouble("acme", "fine")
        assert 200 == call("POST", url, b"").status

    def test_encoded_credentials_work_once_decoded(self, simulators: Simulators) -> None:
        """An access URL's user and password may be percent-encoded."""
        simulators.trouble("acme", "encoded-credentials")
        access = simulators.access("acme")
        assert "%2F" in access.url
        assert 200 == access.accounts().status

    def test_new_ids_come_with_the_next_claim(self, simulators: Simulators) -> None:
        """A bank that was removed at the Bridge and added again has other ids, the same names."""
        before = simulators.access("acme").accounts().json()["accounts"]
        simulators.trouble("acme", "new-ids")
        after = simulators.access("acme").accounts().json()["accounts"]
        assert [each["name"] for each in before] == [each["name"] for each in after]
        assert not {each["id"] for each in before} & {each["id"] for each in after}


class TestBankTroubles:
    """Troubles of banks and accounts behind the Bridge."""

    def test_one_bank_of_several_wants_its_owner(self, simulators: Simulators) -> None:
        """con.auth names the connection; the other banks go on, its own data stands still."""
        access = simulators.access("one-bank.acme")
        access.accounts()
        simulators.advance(DAY)
        found = access.accounts().json()
        troubled, *others = found["connections"]
        assert [
            {
                "code": "con.auth",
                "msg": f"Connection to {troubled['name']} may need attention. Auth required",
                "conn_id": troubled["conn_id"],
            }
        ] == found["errlist"]
        dates = {each["conn_id"]: each["balance-date"] for each in found["accounts"]}
        assert all(dates[troubled["conn_id"]] < dates[other["conn_id"]] for other in others)

    def test_version_1_tells_it_in_words(self, simulators: Simulators) -> None:
        """A version 1 answer has the text only."""
        access = simulators.access("acme")
        simulators.trouble("acme", "password-changed")
        (text,) = access.accounts(version=None).json()["errors"]
        assert text.startswith("Connection to Harbour Trust may need attention. The credentials")

    @pytest.mark.parametrize(
        ("kind", "code"),
        [
            ("answer-missed", "con.auth"),
            ("upgrading", "con."),
            ("bank-down", "con."),
            ("unknown-code", "con.tides"),
            ("act-failed", "act.failed"),
            ("act-missingdata", "act.missingdata"),
        ],
    )
    def test_complaint_comes_with_a_code(
        self, simulators: Simulators, kind: str, code: str
    ) -> None:
        """An account's complaint names the account, a bank's the connection."""
        access = simulators.access("acme")
        simulators.trouble("acme", kind)
        found = access.accounts().json()
        (error,) = found["errlist"]
        named = error.get("conn_id") or error["account_id"]
        assert code == error["code"]
        assert named in {found["connections"][0]["conn_id"], found["accounts"][0]["id"]}

    def test_trouble_can_name_the_bank(self, simulators: Simulators) -> None:
        """`bank` narrows a trouble to one of the login's banks."""
        access = simulators.access("fine@harbour+juniper")
        simulators.trouble("fine@harbour+juniper", "password-changed", bank="juniper")
        (error,) = access.accounts().json()["errlist"]
        assert "Juniper" in error["msg"]

    def test_any_errors_can_be_given(self, simulators: Simulators) -> None:
        """`errors` puts its entries into errlist, with the ids of this login."""
        access = simulators.access("acme")
        given = [{"code": "act.", "msg": "?", "account": 1}, {"code": "gen.odd", "msg": "!"}]
        simulators.trouble("acme", "errors", errors=given)
        found = access.accounts().json()
        named = {"code": "act.", "msg": "?", "account_id": found["accounts"][1]["id"]}
        assert [named, given[1]] == found["errlist"]

    def test_outage_of_a_bank_is_every_login_s(self, simulators: Simulators) -> None:
        """All logins at the bank are told; those elsewhere are not."""
        here, there = simulators.access("a@juniper"), simulators.access("b@meridian")
        simulators.control("POST", "/outage", bank="juniper", on=True)
        assert (["con."], []) == (codes(here), codes(there))
        simulators.control("POST", "/outage", bank="juniper", on=False)
        assert [] == codes(here)

    def test_outage_of_the_bridge_is_everybody_s(self, simulators: Simulators) -> None:
        """With the Bridge down there is neither data nor a claim."""
        access, url = simulators.access("a"), simulators.claim_url("a")
        simulators.control("POST", "/outage", provider="simplefin", on=True)
        assert [503, 503] == [access.accounts().status, call("POST", url, b"").status]
