"""The desk of a running stack: its pages read it, its switches move it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest
import urllib3

from infra.local.clients import Clients
from infra.local.desk import Desk
from infra.local.stack import Stack, StackOptions

if TYPE_CHECKING:
    from collections.abc import Iterator

OWNER = {"sub": "owner-1", "workspace": "ws-1", "email": "owner@example.com", "language": "en"}


@pytest.fixture(scope="module")
def desk() -> Iterator[Desk]:
    """Run the real stack, without its schedules, with a desk."""
    with Stack(StackOptions(schedules=False)) as stack:
        desk = Desk(stack)
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


def connect(desk: Desk) -> str:
    """Begin a connection and return the link to its form."""
    choice = {"bank": "harbour", "provider": "simplefin", "method": "token"}
    reply = post(desk, "/connect", {**OWNER, **choice})
    assert 303 == reply.status
    return reply.headers["location"]


@pytest.mark.parametrize("path", ["/", "/mail", "/banks", "/logs", "/access", "/desk.css"])
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
