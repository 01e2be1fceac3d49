"""The page that says who is told what names nothing that is not there."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from infra.sam.template import TEMPLATE
from relink.owners import NIGHT, Profile

if TYPE_CHECKING:
    from infra.sam.template import Template

ROOT = TEMPLATE.parent
GUIDE = (ROOT / "docs" / "notifications.md").read_text()
NAMED = set(re.findall(r"`([^`\n]+)`", GUIDE))


def code(*folders: str) -> str:
    """Return the code of some functions."""
    return " ".join(
        file.read_text()
        for folder in folders
        for file in (ROOT / "functions" / folder).rglob("*.py")
    )


def test_its_alarms_are_in_the_template(template: Template) -> None:
    """And each alarm that concerns the telling of owners is on the page."""
    alarms = template.of_type("AWS::CloudWatch::Alarm").keys()
    named = {name for name in NAMED if name.endswith("Alarm")}

    assert set() == named - alarms
    concerned = {a for a in alarms if re.match("Mail|Notice|Stream|Push|LongOrange", a)}
    assert set() == concerned - named


def test_its_metrics_are_counted() -> None:
    """Each stands in the code of the function that tells owners."""
    (line,) = re.findall(r"^Metrics .*?\n\n", GUIDE, re.MULTILINE | re.DOTALL)
    counted = code("notify")
    outcomes = {"MailBounced", "MailComplained", "MailDelayed", "MailRejected"}
    for name in set(re.findall(r"`(\w+)`", line)) - {"Relink"} - outcomes:
        assert f'"{name}"' in counted, name
    assert 'counted[f"Mail{outcome.capitalize()}"]' in counted


def test_its_kinds_of_notifications_are_those_of_the_api() -> None:
    """What the host app gets in `kind`."""
    views = code("reconnect")
    for kind in ("reconnect", "expiring", "bank_down", "mail_unreachable"):
        assert kind in NAMED
        assert f'"{kind}"' in views


def test_its_defaults_are_those_of_a_profile() -> None:
    """Mail, push and reminders on, `works_again` off, quiet from nine to eight."""
    fresh = Profile(owner_id="own_1", workspace_id="ws_1")

    assert (True, True, True, False) == (
        fresh.mail,
        fresh.push,
        fresh.reminders,
        fresh.works_again,
    )
    assert f"{NIGHT[0]} to {NIGHT[1]}" in GUIDE
    assert f"({NIGHT[0]}–{NIGHT[1]} unless he says otherwise)" in GUIDE  # noqa: RUF001 - as typed
