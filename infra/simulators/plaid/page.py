"""The web pages of Hosted Link, for browsers with and without JavaScript."""

from __future__ import annotations

from html import escape

from infra.simulators.web_page import page, warning

_FORM = """<p>{client} uses this simulated Plaid to reach {bank}. Any login exists; its name
chooses what goes wrong.</p>
{alert}
<form method="post">
{fields}
<button name="action" value="continue">Continue</button>
<button name="action" value="leave" formnovalidate>Leave</button>
</form>
"""
_LOGIN = """<label for="login">User name at the bank</label>
<input id="login" name="login" value="{login}" autocomplete="off" required>
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="off" required>
"""
_CODE = """<input type="hidden" name="login" value="{login}">
<input type="hidden" name="password" value="{password}">
<label for="code">Code that the bank has sent to you</label>
<input id="code" name="code" inputmode="numeric" autocomplete="one-time-code" required>
"""


def sign_in(client: str, bank: str, login: str, alert: str = "") -> str:
    """Return the form for user name and password."""
    return _form(client, bank, _LOGIN.format(login=escape(login)), alert)


def code(client: str, bank: str, login: str, password: str, alert: str = "") -> str:
    """Return the form for the one-time code."""
    fields = _CODE.format(login=escape(login), password=escape(password))
    return _form(client, bank, fields, alert)


def done(text: str) -> str:
    """Return the last page, where there is nowhere to go back to."""
    return page("You can close this page", f"<p>{escape(text)}</p>")


def _form(client: str, bank: str, fields: str, alert: str) -> str:
    body = _FORM.format(
        client=escape(client), bank=escape(bank), fields=fields, alert=warning(alert)
    )
    return page("Connect your bank", body)
