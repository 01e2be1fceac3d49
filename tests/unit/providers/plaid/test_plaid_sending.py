"""Hosted Link: what the page is asked for, for a new item and for an update; and its removal."""

from __future__ import annotations

from dataclasses import replace

import pytest

from relink.failures import Misconfigured, NeedsOwner, Temporary
from relink.provider import Accepted, Redirect
from relink.reasons import Reason
from tests.unit.providers.plaid.fakes import ACCESS, BANK, CONNECTION, Bench, bench, error, recorded
from tests.unit.providers.playing import answer

SECRET = ACCESS.secret()
URL = "https://secure.plaid.com/hl/1f6f6c2a9d0e"
LATER = "2026-11-22T12:30:00Z"


def test_nothing_is_asked_for_on_our_form(plaid: Bench) -> None:
    """The owner signs in on Plaid's page: we never see what he types there."""
    assert plaid.adapter.describe_credentials(BANK) == ()


def test_a_first_connection_asks_for_a_new_item(plaid: Bench) -> None:
    """Products, history and bank are in the request; so is the way back, with the state."""
    outcome = plaid.log_in()
    assert isinstance(outcome, Redirect)
    assert outcome.url == URL
    sent = plaid.wire.last("/link/token/create")
    back = "https://relink.example/reconnect/callback?state=att_1"
    assert sent["hosted_link"] == {"completion_redirect_uri": back}
    assert sent["products"] == ["transactions"]
    assert sent["transactions"] == {"days_requested": 730}
    assert sent["country_codes"] == ["US"]
    assert sent["language"] == "en"
    assert sent["institution_id"] == "ins_109508"
    assert "access_token" not in sent


def test_the_owner_is_named_without_telling_who_he_is(plaid: Bench) -> None:
    """`client_user_id` is derived from the connection, and always the same."""
    plaid.log_in()
    plaid.log_in(secret=SECRET)
    first, second = (s.content["user"]["client_user_id"] for s in plaid.wire.sent)
    assert first == second
    assert CONNECTION.connection_id not in first
    assert CONNECTION.owner_id not in first


def test_a_reconnect_opens_update_mode(plaid: Bench) -> None:
    """With a present secret, its item is updated: no products, no webhook, no other bank."""
    plaid.log_in(secret=SECRET)
    sent = plaid.wire.last("/link/token/create")
    assert sent["access_token"] == ACCESS.token
    assert not {"products", "transactions", "institution_id", "webhook"} & sent.keys()


def test_update_mode_lets_the_owner_choose_accounts_where_some_were_not_granted(
    plaid: Bench,
) -> None:
    """Otherwise he could not mend what is wrong."""
    poor = replace(CONNECTION, reason=Reason.ACCESS_NOT_GRANTED)
    plaid.log_in(secret=SECRET, connection=poor)
    sent = plaid.wire.last("/link/token/create")
    assert sent["update"] == {"account_selection_enabled": True}


def test_update_mode_asks_for_the_consent_that_is_missing(plaid: Bench) -> None:
    """`ADDITIONAL_CONSENT_REQUIRED` is mended by consenting to the product."""
    poor = replace(CONNECTION, provider_code="ADDITIONAL_CONSENT_REQUIRED")
    plaid.log_in(secret=SECRET, connection=poor)
    sent = plaid.wire.last("/link/token/create")
    assert sent["additional_consented_products"] == ["transactions"]


@pytest.mark.parametrize(
    "code",
    ["USER_PERMISSION_REVOKED", "ITEM_NOT_FOUND", "INVALID_ACCESS_TOKEN"],
)
def test_an_item_that_cannot_be_updated_is_replaced(plaid: Bench, code: str) -> None:
    """Plaid opens no update mode for it: the owner connects the bank anew, in the same step."""
    fresh = answer(recorded("link_token", expiration=LATER))
    plaid.wire.play("/link/token/create", error(code), fresh)
    outcome = plaid.log_in(secret=SECRET)
    assert isinstance(outcome, Redirect)
    assert "access_token" not in plaid.wire.last("/link/token/create")
    back = plaid.log_in(outcome.continuation, secret=SECRET)
    assert isinstance(back, Accepted)
    assert plaid.wire.paths().count("/item/public_token/exchange") == 1


def test_other_trouble_does_not_make_a_new_item(plaid: Bench) -> None:
    """A second item at the same bank costs twice and may break the first."""
    plaid.wire.play("/link/token/create", error("ITEM_NOT_SUPPORTED"))
    with pytest.raises(NeedsOwner):
        plaid.log_in(secret=SECRET)
    assert plaid.wire.paths() == ["/link/token/create"]


def test_without_a_way_back_none_is_sent(plaid: Bench) -> None:
    """Hosted Link then ends on Plaid's page; the object must be there all the same."""
    plaid.log_in(return_url="")
    assert plaid.wire.last("/link/token/create")["hosted_link"] == {}


@pytest.mark.parametrize("url", ["javascript:alert(1)", "http://plaid.example/hl", "", "/hl/1"])
def test_the_owner_is_sent_to_https_only(plaid: Bench, url: str) -> None:
    """An address that is none of a web page of Plaid's is a bad answer."""
    content = recorded("link_token", hosted_link_url=url)
    plaid.wire.play("/link/token/create", answer(content))
    with pytest.raises(Temporary) as raised:
        plaid.log_in()
    assert raised.value.reason is Reason.BAD_ANSWER


def test_settings_reach_the_page() -> None:
    """Name, language, countries, products, history and webhook are the deployer's."""
    plaid = bench(
        HOST_APP_NAME="A host application whose name is too long for Link",
        PLAID_LANGUAGE="es",
        PLAID_COUNTRY_CODES="ES, FR",
        PLAID_PRODUCTS="transactions,auth",
        PLAID_DAYS="90",
        PLAID_WEBHOOK_URL="https://relink.example/webhooks/plaid",
    )
    plaid.log_in()
    sent = plaid.wire.last("/link/token/create")
    assert len(sent["client_name"]) == 30
    assert sent["language"] == "es"
    assert sent["country_codes"] == ["ES", "FR"]
    assert sent["products"] == ["transactions", "auth"]
    assert sent["transactions"] == {"days_requested": 90}
    assert sent["webhook"] == "https://relink.example/webhooks/plaid"


@pytest.mark.parametrize(
    "settings",
    [
        {"PLAID_CLIENT_ID": ""},
        {"PLAID_SECRET": ""},
        {"PLAID_URL": "http://plaid.example"},
        {"PLAID_URL": "ftp://127.0.0.1"},
    ],
)
def test_nothing_is_sent_without_keys_or_in_clear(settings: dict[str, str]) -> None:
    """A deployment that is not set up is the operator's to mend."""
    plaid = bench(**settings)
    with pytest.raises(Misconfigured) as raised:
        plaid.log_in()
    assert plaid.wire.sent == []
    assert not raised.value.reached


def test_disconnecting_removes_the_item(plaid: Bench) -> None:
    """That also ends its billing."""
    plaid.adapter.disconnect(CONNECTION, SECRET)
    assert plaid.wire.last("/item/remove") == {"access_token": ACCESS.token}


def test_disconnecting_twice_is_fine(plaid: Bench) -> None:
    """An item that is gone is what was wanted."""
    plaid.wire.play("/item/remove", error("ITEM_NOT_FOUND"))
    plaid.adapter.disconnect(CONNECTION, SECRET)


def test_disconnecting_in_an_outage_says_so(plaid: Bench) -> None:
    """The item is still there, and still costs."""
    plaid.wire.play("/item/remove", error("PLANNED_MAINTENANCE", 503, "API_ERROR"))
    with pytest.raises(Temporary):
        plaid.adapter.disconnect(CONNECTION, SECRET)
