"""The web page on which an owner gives access, for browsers with and without JavaScript."""

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
    said = f'<p role="alert">{escape(alert)}</p>' if alert else ""
    body = _FORM.format(action=escape(action), login=escape(login), alert=said)
    return _PAGE.format(title=escape(bank), body=body)


def expired() -> str:
    """Return the page of an address that is no more."""
    text = "<p>Go back and start again.</p>"
    return _PAGE.format(title="This link has expired", body=text)
