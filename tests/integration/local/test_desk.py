"""The desk of a running stack: its pages read it, its switches move it."""

from __future__ import annotations

import json
import re
import time
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest
import urllib3

from infra.local.clients import Clients
from infra.local.desk.deeds import DEEDS
from infra.local.desk.desk import Desk
from infra.local.reachable_banks import reachable_banks
from infra.simulators.fints.member import PIN
from relink.connection import Bank, Connection, Method
from relink.provider import Login
from relink.providers import load
from relink.reasons import Reason, Status
from relink.repository import Connections

if TYPE_CHECKING:
    from collections.abc import Iterator

    from infra.local.stack import Stack

OWNER = {"sub": "owner-1", "workspace": "ws-1", "email": "owner@example.com", "language": "en"}


@pytest.fixture(scope="module")
def desk(real_stack: Stack) -> Iterator[Desk]:
    """Put a desk before the real stack."""
    desk = Desk(real_stack)
    yield desk
    desk.close()


def get(desk: Desk, path: str, **headers: str) -> urllib3.BaseHTTPResponse:
    """Read a page."""
    return urllib3.request("GET", desk.url + path, headers=headers, retries=False)


def post(desk: Desk, path: str, form: dict[str, str], **headers: str) -> urllib3.BaseHTTPResponse:
    """Send a form as a browser does, and do not follow where it leads."""
    kind = {"Content-Type": "application/x-www-form-urlencoded", **headers}
    body = urlencode(form)
    return urllib3.request(
        "POST", desk.url + path, body=body, headers=kind, redirect=False, retries=False
    )


def connect(desk: Desk, bank: str = "simplefin:harbour") -> str:
    """Begin a connection and return the link to its form."""
    reply = post(desk, "/connect", {**OWNER, "bank": bank})
    assert 303 == reply.status
    return reply.headers["location"]


@pytest.mark.parametrize(
    "path", ["/", "/mail", "/letters", "/push", "/banks", "/logs", "/access", "/desk.css"]
)
def test_page_is_served_to_this_machine_under_its_own_name_only(desk: Desk, path: str) -> None:
    """A foreign name that resolves to loopback gets nothing."""
    assert 200 == get(desk, path).status
    assert 421 == get(desk, path, Host="attacker.example").status


def test_form_of_another_site_moves_nothing(desk: Desk) -> None:
    """A page elsewhere may not use the desk through this browser."""
    before = desk._stack.clock.offset
    assert 403 == post(desk, "/clock", {"seconds": "60"}, Origin="https://attacker.example").status
    assert before == desk._stack.clock.offset


def test_clock_moves_by_the_button(desk: Desk) -> None:
    """Time goes forward by what the button says; nonsense is refused with a reason."""
    before = desk._stack.clock.offset
    reply = post(desk, "/clock", {"seconds": "3600", "back": "/mail"})
    assert (303, "/mail") == (reply.status, reply.headers["location"])
    assert before + 3600 == desk._stack.clock.offset
    for seconds in ("-1", "x", "1e99", "nan"):
        assert 409 == post(desk, "/clock", {"seconds": seconds}).status


def test_connection_begun_at_the_desk_is_listed_with_its_reason(desk: Desk) -> None:
    """The list reads the table; the link leads to the owner's form."""
    link = connect(desk)
    assert 200 == urllib3.request("GET", link, retries=False).status
    page = get(desk, "/").data.decode()
    assert "Harbour Trust" in page
    assert "awaiting credentials" in page


def test_switch_gives_a_login_its_trouble_and_an_unknown_one_is_explained(desk: Desk) -> None:
    """The simulators' own words are shown."""
    form = {"provider": "simplefin", "login": "ada", "trouble": "expired"}
    assert 303 == post(desk, "/trouble", form).status
    assert "expired</span>" in get(desk, "/banks").data.decode()
    reply = post(desk, "/trouble", {**form, "trouble": "no-such"})
    assert 409 == reply.status
    assert "no-such" in reply.data.decode()


@pytest.mark.parametrize("provider", DEEDS)
def test_bank_of_every_provider_can_be_chosen(desk: Desk, provider: str) -> None:
    """Each leads to a page for its owner, whose words need no knowledge of the provider."""
    bank = next(b for b in reachable_banks() if b.provider == provider)
    assert 200 == urllib3.request("GET", connect(desk, bank.key), retries=False).status
    assert f'value="{bank.key}"' in get(desk, "/").data.decode()


def test_bank_that_is_not_there_is_not_connected(desk: Desk) -> None:
    """A form from an older page names a bank that has gone."""
    assert 409 == post(desk, "/connect", {**OWNER, "bank": "simplefin:gone"}).status


@pytest.mark.parametrize(
    ("provider", "deed"), [(p, d) for p, deeds in DEEDS.items() for d in deeds]
)
def test_every_deed_is_a_switch_of_its_provider(desk: Desk, provider: str, deed: str) -> None:
    """It is done, or the simulator itself says why it cannot be; it never leads nowhere."""
    login = f"fine.{provider}"
    assert (
        303
        == post(desk, "/trouble", {"provider": provider, "login": login, "trouble": "slow"}).status
    )
    reply = post(desk, "/deed", {"provider": provider, "login": login, "deed": deed})
    assert reply.status in {303, 409}
    assert " answered 404" not in reply.data.decode()
    assert f'value="{deed}"' in get(desk, "/banks").data.decode()


def test_deed_that_is_not_there_is_refused(desk: Desk) -> None:
    """Whatever a form says, only switches that the page offers are used."""
    form = {"provider": "simplefin", "login": "ada", "deed": "no-such"}
    assert 409 == post(desk, "/deed", form).status


def test_code_that_a_bank_sent_is_shown(desk: Desk) -> None:
    """Who plays the owner has no telephone: the page shows what the bank wants from him."""
    told = desk._stack.banks
    adapter = load("fints", {"FINTS_SERVERS": told.parameters["FintsServers"], **told.secrets})
    bank = next(b for b in reachable_banks() if b.provider == "fints")
    at = Bank(bank.bank_id, bank.name, bank.country, bank.provider, Method(bank.method))
    connection = Connection(
        connection_id="con", workspace_id="ws", owner_id="ada", bank=at, created_at=0, since=0
    )
    answers = {"user": "otp-login.ada", "pin": PIN}
    adapter.authenticate(connection, Login(answers, lambda _: None), int(time.time()))
    assert re.search(r"Code \d{6} \(Anmeldung\)", get(desk, "/banks").data.decode())


def test_mail_is_shown_without_running_its_scripts(desk: Desk) -> None:
    """HTML comes in a sandbox, its links in tabs of their own; the raw message as it was sent."""
    stack = desk._stack
    sender = stack.template.parameters["SenderAddress"]
    html = "<html><head></head><body><script>1</script>rich</body></html>"
    body = {"Text": {"Data": "See http://127.0.0.1/a."}, "Html": {"Data": html}}
    mails = Clients(stack.mailbox.url)
    mails("sesv2").send_email(
        FromEmailAddress=sender,
        Destination={"ToAddresses": ["owner@example.com"]},
        Content={"Simple": {"Subject": {"Data": "<b>Hello</b>"}, "Body": body}},
    )
    mails.close()
    assert "&lt;b&gt;Hello&lt;/b&gt;" in get(desk, "/mail").data.decode()
    assert '<a href="http://127.0.0.1/a"' in get(desk, "/mail/1").data.decode()
    framed = get(desk, "/mail/1/html")
    assert framed.headers["content-security-policy"].startswith("sandbox allow-popups")
    assert '<head><base target="_blank">' in framed.data.decode()
    assert b"Subject: <b>Hello</b>" in get(desk, "/mail/1/raw").data
    assert 404 == get(desk, "/mail/2").status


def test_token_of_the_access_page_opens_the_api(desk: Desk) -> None:
    """The token works as the host app's would."""
    page = post(desk, "/token", OWNER).data.decode()
    (token, *_) = re.findall(r"eyJ[\w.-]+", page)
    headers = {"Authorization": f"Bearer {token}"}
    reply = urllib3.request("GET", f"{desk._stack.api.url}/profile", headers=headers, retries=False)
    assert "owner-1" == reply.json()["owner_id"]


def test_fate_of_mails_is_decided_and_told_at_the_desk(desk: Desk) -> None:
    """By address for those to come, by mail for one that SES took before."""
    form = {"address": "lost@example.com", "fate": "bounced"}
    assert "/mail" == post(desk, "/mail-fate", form).headers["location"]
    assert "Mail to lost@example.com: <b>bounced</b>" in get(desk, "/mail").data.decode()
    assert 303 == post(desk, "/mail-fate", {**form, "fate": ""}).status
    assert "Mail to lost@example.com" not in get(desk, "/mail").data.decode()
    assert 409 == post(desk, "/mail-fate", {**form, "fate": "eaten"}).status

    number = desk._stack.mailbox.mails()[-1].number
    told = {"number": str(number), "fate": "reported as spam"}
    assert f"/mail/{number}" == post(desk, "/report-mail", told).headers["location"]
    assert "It was <b>reported as spam</b>" in get(desk, f"/mail/{number}").data.decode()
    assert "<b>reported as spam</b>" in get(desk, "/mail").data.decode()
    for nonsense in ({**told, "number": "99"}, {**told, "number": "x"}, {**told, "fate": ""}):
        assert 409 == post(desk, "/report-mail", nonsense).status


def test_every_letter_is_shown_in_every_language(desk: Desk) -> None:
    """In frames of its kind's page; what is framed is locked in as a mail is."""
    page = get(desk, "/letters?kind=last_reminder").data.decode()
    frames = re.findall(r'<iframe src="([^"]+)"', page)

    assert 8 == len(frames)
    assert all(f"/letters/last_reminder-{language}-one/html" in frames for language in ("en", "es"))
    shown = get(desk, frames[0])
    assert (200, "text/html; charset=utf-8") == (shown.status, shown.headers["content-type"])
    assert "sandbox" in shown.headers["content-security-policy"]
    assert "our last e-mail" in shown.data.decode()
    assert "our last e-mail" in get(desk, "/letters/last_reminder-en-one/text").data.decode()
    assert b"References: <" in get(desk, "/letters/last_reminder-en-one/raw").data


@pytest.mark.parametrize("path", ["/letters/nonsense/html", "/letters/red-en-one/nonsense"])
def test_a_letter_that_there_is_not_is_not_found(desk: Desk, path: str) -> None:
    """And an unknown kind shows the first letter."""
    assert 404 == get(desk, path).status
    assert "/letters/red-en-one/html" in get(desk, "/letters?kind=nonsense").data.decode()


def test_what_turns_red_is_pushed_to_a_browser_subscribed_at_the_desk(desk: Desk) -> None:
    """Through the function as deployed: encrypted for the browser, which reads it at the desk."""
    stack = desk._stack
    owner = {"sub": "owner-2", "workspace": "ws-2", "email": "owner-2@example.com"}
    assert "/push" == post(desk, "/subscribe", owner).headers["location"]
    awake = json.dumps({"quiet_hours": None}).encode()
    token = {"Authorization": f"Bearer {stack.issuer.token(**owner)}"}
    headers = {**token, "Content-Type": "application/json"}
    profile = f"{stack.api.url}/profile"
    assert 200 == urllib3.request("PUT", profile, body=awake, headers=headers).status

    redden(stack, "con_push", "owner-2", "ws-2")
    (push,) = stack.push_service.pushes()
    assert "Harbour Trust needs to be reconnected" == push.said["title"]
    page = get(desk, "/push").data.decode()
    assert push.said["title"] in page
    assert "a browser of owner-2" in page


def test_a_push_waits_for_a_busy_service_and_a_dead_browser_is_forgotten(desk: Desk) -> None:
    """The switches of the page; what was held is pushed when its time comes."""
    stack = desk._stack
    assert 303 == post(desk, "/refuse-push", {"times": "1"}).status
    redden(stack, "con_push_2", "owner-2", "ws-2")
    assert 1 == len(stack.push_service.pushes())
    stack.clock.advance(180)
    stack.fire("Sweep")
    assert stack.settle()
    assert 2 == len(stack.push_service.pushes())

    (browser,) = stack.push_service.browsers()
    assert 303 == post(desk, "/unsubscribe", {"endpoint": browser.endpoint}).status
    redden(stack, "con_push_3", "owner-2", "ws-2")
    assert 2 == len(stack.push_service.pushes())
    assert not [i for i in stack.items("OwnersTable") if i["sk"]["S"].startswith("push#")]
    assert 409 == post(desk, "/unsubscribe", {"endpoint": browser.endpoint}).status


def redden(stack: Stack, connection_id: str, owner_id: str, workspace_id: str) -> None:
    """Let a connection be there, turn red, and its owner be told."""
    table = stack.attributes["ConnectionsTable"]["Ref"]
    connections = Connections(stack.clients("dynamodb"), table)
    now = int(stack.clock.now())
    green = Connection(
        connection_id=connection_id,
        workspace_id=workspace_id,
        owner_id=owner_id,
        bank=Bank("harbour", "Harbour Trust", "US", "simplefin", Method.TOKEN),
        created_at=now,
        since=now,
        status=Status.GREEN,
        reason=None,
        credentials_version=1,
    )
    connections.create(green)
    red = {"status": Status.RED, "reason": Reason.CREDENTIALS_REJECTED, "red_since": now}
    connections.save(green, replace(green, **red), expect=["status"])  # type: ignore[arg-type]
    assert stack.settle()
    stack.clock.advance(5)  # the gathering
    assert stack.settle()
