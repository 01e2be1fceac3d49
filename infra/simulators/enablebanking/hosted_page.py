"""The hosted page: who are you, and do you allow it. Plain forms, no script."""

from __future__ import annotations

from datetime import UTC, datetime
from html import escape
from typing import TYPE_CHECKING

from infra.simulators.web_page import page

if TYPE_CHECKING:
    from infra.simulators.enablebanking.consents import Authorization

_ASK = """<p>A simulated bank: any login exists; its name chooses what goes wrong.
<code>fine.acme</code>, <code>expired.acme</code>, <code>limited.acme</code>;
<a href="/control">all of them</a>.</p>
<p>An application asks to read balances and movements of your accounts ({kind}) until {until}.</p>
<form method="post" action="welcome">
<input type="hidden" name="sessionid" value="{id}">
<label for="login">Login</label>
<input id="login" name="login" autocomplete="username" required autofocus>
<button name="decision" value="approve">Allow</button>
<button name="decision" value="deny" formnovalidate>Refuse</button>
</form>
"""


def ask(asked: Authorization) -> str:
    """Return the page that asks for the consent."""
    until = datetime.fromtimestamp(asked.valid_until, UTC).strftime("%d %B %Y")
    body = _ASK.format(
        id=escape(asked.authorization_id), kind=escape(asked.psu_type), until=escape(until)
    )
    return page(f"Simulated {asked.bank.name}", body)


def over() -> str:
    """Return the page for a request that is not there, or has been answered."""
    body = "<p>This request is over. Go back to the application and start again.</p>"
    return page("Nothing to allow", body)
