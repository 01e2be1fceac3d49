"""The web page on which an owner gives access, for browsers with and without JavaScript."""

from __future__ import annotations

from html import escape

from infra.simulators.web_page import page, warning

_FORM = """<p>This is the page of a simulated bank. Any login exists; its name chooses what goes
wrong.</p>
{alert}
<form method="post" action="{action}">
<label for="login">User name</label>
<input id="login" name="login" value="{login}" autocomplete="off" required>
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="off" required>
<button name="action" value="continue">Give access</button>
<button name="action" value="leave" formnovalidate>Leave</button>
</form>
"""


def form(bank: str, action: str, login: str, alert: str = "") -> str:
    """Return the page of a bank."""
    body = _FORM.format(action=escape(action), login=escape(login), alert=warning(alert))
    return page(bank, body)
