"""The web pages of Hosted Link, for browsers with and without JavaScript."""

from __future__ import annotations

from html import escape

_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="icon" href="data:,">
<style>
body {{ font: 1rem/1.5 system-ui, sans-serif; max-width: 26rem; margin: 2rem auto }}
input {{ font: inherit; width: 100%; box-sizing: border-box; padding: .4rem; margin: 0 0 .6rem }}
button {{ font: inherit; padding: .4rem .8rem }}
[role=alert] {{ border-left: .3rem solid #b00020; padding-left: .6rem }}
</style>
</head>
<body>
<main>
<h1>{title}</h1>
{body}
</main>
</body>
</html>
"""
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
    return _PAGE.format(title="You can close this page", body=f"<p>{escape(text)}</p>")


def expired() -> str:
    """Return the page of an address that is no more."""
    text = "<p>Go back and start again.</p>"
    return _PAGE.format(title="This link has expired", body=text)


def _form(client: str, bank: str, fields: str, alert: str) -> str:
    said = f'<p role="alert">{escape(alert)}</p>' if alert else ""
    body = _FORM.format(client=escape(client), bank=escape(bank), fields=fields, alert=said)
    return _PAGE.format(title="Connect your bank", body=body)
