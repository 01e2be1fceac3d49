"""The simulated Powens: it reads strictly, and nothing there is open that should not be."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest

from infra.simulators.powens.connectors import CONNECTORS
from infra.simulators.powens.settings import CLIENT_ID, CLIENT_SECRET
from tests.contract.simulators.client import Answer, call

if TYPE_CHECKING:
    from tests.contract.simulators.client import Simulators

KEYS = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
SOLANA, RIVAGE, LINDENTAL = (each.uuid for each in CONNECTORS)
FORM = {"document": "nif", "login": "fine.me", "password": "a secret"}
ME = "/users/me"
BACK = "https://relink.example/callback"


class Powens:
    """A client of one user's."""

    def __init__(self, simulators: Simulators) -> None:
        self.root = f"{simulators.base}/powens/2.0"
        self.token = ""
        self.token = self.ask("POST", "/auth/init", KEYS).json()["auth_token"]

    def ask(self, method: str, path: str, content: object = None) -> Answer:
        """Make one request."""
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        body = None
        if content is not None:
            body = json.dumps(content).encode()
            headers["Content-Type"] = "application/json"
        elif method in {"POST", "PUT"}:
            body = b""
        return call(method, self.root + path, body, headers=headers)

    def connect(self, **changes: object) -> Answer:
        """Make a connection."""
        content = {"connector_uuid": SOLANA, **FORM, **changes}
        kept = {name: value for name, value in content.items() if value is not None}
        return self.ask("POST", f"{ME}/connections", kept)


@pytest.fixture
def powens(simulators: Simulators) -> Powens:
    """Return a client of a new user's."""
    return Powens(simulators)


def code(answer: Answer) -> tuple[int, str]:
    """Return status and code of a refusal."""
    told: dict[str, Any] = answer.json()
    return answer.status, str(told["code"])


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"password": None}, "missingParameter"),
        ({"connector_uuid": None}, "missingParameter"),
        ({"id_connector": 40}, "missingParameter"),
        ({"document": "dni"}, "invalidValue"),
        ({"login": "no spaces"}, "invalidValue"),
        ({"login": 12345}, "invalidValue"),
        ({"surprise": "x"}, "invalidValue"),
        ({"connector_uuid": LINDENTAL, "document": None}, "invalidValue"),
    ],
)
def test_a_form_is_what_the_bank_declares(
    powens: Powens, changes: dict[str, object], expected: str
) -> None:
    """Whole, known and fitting; otherwise the bank is not called."""
    assert (400, expected) == code(powens.connect(**changes))
    assert powens.ask("GET", f"{ME}/connections").json()["connections"] == []


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", "missingParameter"),
        ("limit=1001", "invalidValue"),
        ("limit=0", "invalidValue"),
        ("limit=10&last_update=2026-11-18", "invalidValue"),
        ("limit=10&min_date=2026-11-18", "invalidValue"),
        ("limit=10&surprise=1", "invalidValue"),
    ],
)
def test_a_list_of_movements_has_its_own_rules(powens: Powens, query: str, expected: str) -> None:
    """A limit is mandatory; dates are written as documented."""
    powens.connect()
    assert (400, expected) == code(powens.ask("GET", f"{ME}/transactions?{query}"))


def test_accounts_are_closed_until_their_owner_opens_them(powens: Powens) -> None:
    """Without one, there are no movements to ask for."""
    number = powens.connect().json()["id"]
    assert powens.ask("GET", f"{ME}/accounts").json()["accounts"] == []
    ids = [a["id"] for a in powens.ask("GET", f"{ME}/accounts?all").json()["accounts"]]
    assert (409, "noAccount") == code(powens.ask("GET", f"{ME}/transactions?limit=1"))
    path = f"{ME}/connections/{number}/accounts/{ids[0]}?all"
    assert powens.ask("PUT", path, {"disabled": False}).status == 200
    movements = powens.ask("GET", f"{ME}/transactions?limit=1000").json()["transactions"]
    assert {ids[0]} == {m["id_account"] for m in movements}


def test_nobody_reads_another_users_connection(powens: Powens, simulators: Simulators) -> None:
    """Nor anything without a token."""
    number = powens.connect().json()["id"]
    other = Powens(simulators)
    assert other.ask("GET", f"{ME}/connections/{number}").status == 404
    other.token = "made up"
    assert other.ask("GET", f"{ME}/connections").status == 401
    other.token = ""
    assert (401, "invalid_client") == code(
        other.ask("POST", "/auth/init", {**KEYS, "client_secret": "no"})
    )


@pytest.mark.parametrize(
    "back", ["", "callback", f"{BACK}?a=b", "https://elsewhere.example/callback"]
)
def test_a_page_leads_back_to_registered_addresses_only(
    powens: Powens, simulators: Simulators, back: str
) -> None:
    """Without a query, as the documents have it."""
    simulators.control("POST", "/powens/settings", redirect_uris=[BACK])
    query = {"client_id": CLIENT_ID, "redirect_uri": back, "id_connector": CONNECTORS[2].id}
    assert powens.ask("GET", f"/webauth-url?{urlencode(query)}").status == 400
    query["redirect_uri"] = BACK
    assert powens.ask("GET", f"/webauth-url?{urlencode(query)}").status == 200


def test_the_webview_opens_once_for_a_code(powens: Powens) -> None:
    """The page that it opens connects, and leads back with the connection."""
    access = powens.ask("GET", "/auth/token/code?type=singleAccess").json()["code"]
    asked = {"client_id": CLIENT_ID, "redirect_uri": BACK, "code": access, "state": "s"}
    query = urlencode({**asked, "connector_uuids": LINDENTAL})
    opened = powens.ask("GET", f"/auth/webview/connect?{query}")
    assert opened.status == 200
    assert powens.ask("GET", f"/auth/webview/connect?{query}").status == 401
    action = opened.text.partition('action="')[2].partition('"')[0]
    host = powens.root.removesuffix("/powens/2.0")
    refused = call("POST", host + action, b"login=fine.web&password=wrong")
    assert (200, True) == (refused.status, 'role="alert"' in refused.text)
    done = call("POST", host + action, b"login=fine.web&password=right")
    back = dict(parse_qsl(urlsplit(done.headers["Location"]).query))
    number = powens.ask("GET", f"{ME}/connections").json()["connections"][0]["id"]
    assert {"connection_id": str(number), "state": "s"} == back
    assert call("GET", host + action).status == 410


def test_a_code_is_good_for_a_while_only(powens: Powens, simulators: Simulators) -> None:
    """Ten minutes, and for one login."""
    asked = powens.connect(login="otp.late")
    assert (202, "additionalInformationNeeded") == (asked.status, asked.json()["state"])
    sent = simulators.control("GET", "/powens/codes?login=otp.late")["code"]
    path = f"{ME}/connections/{asked.json()['id']}"
    simulators.advance(600)
    late = powens.ask("POST", path, {"sms_code": sent}).json()
    assert ("additionalInformationNeeded", "Código incorrecto.") == (
        late["state"],
        late["error_message"],
    )


def test_what_the_switches_show_holds_no_secret(powens: Powens, simulators: Simulators) -> None:
    """Neither a token nor a password."""
    powens.connect(password="my own secret")
    shown = json.dumps(simulators.control("GET", "/logins/powens/fine.me"))
    assert powens.token not in shown
    assert "my own secret" not in shown


def test_a_login_can_be_forgotten(powens: Powens, simulators: Simulators) -> None:
    """With its connections, as all can."""
    number = powens.connect().json()["id"]
    simulators.control("POST", "/logins/powens/fine.me")
    assert powens.ask("GET", f"{ME}/connections/{number}").status == 404
    simulators.control("POST", "/reset")
    assert powens.ask("GET", f"{ME}/connections").status == 401
