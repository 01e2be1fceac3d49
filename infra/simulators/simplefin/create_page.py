"""The web pages of the Bridge's `/create`: who are you, and here is your token."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
body {{ font: 1rem/1.5 system-ui, sans-serif; max-width: 40rem; margin: 2rem auto; padding: 1rem }}
textarea, input {{ font: inherit; width: 100%; box-sizing: border-box; padding: .4rem }}
button {{ font: inherit; padding: .4rem .8rem; margin-top: .6rem }}
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
_SIGN_IN = """<p>A simulated SimpleFIN server: any login exists; its name chooses what goes wrong.
<code>fine.acme</code>, <code>expired.acme</code>, <code>one-bank.acme</code>,
<code>down-2-cycles.acme</code>; <a href="/control">all of them</a>.</p>
<form method="post" action="create">
<label for="login">Login</label>
<input id="login" name="login" autocomplete="off" required autofocus>
<button>Sign in</button>
</form>
"""
_SETUP = """<p>Signed in as <strong>{login}</strong>.</p>
<ul>{banks}</ul>
{cure}
<label for="token">Setup token: copy it into the application that asked for it</label>
<textarea id="token" rows="4" readonly>{token}</textarea>
<p>It works once.</p>
"""
_CURE = """<form method="post" action="create">
<input type="hidden" name="login" value="{login}">
<input type="hidden" name="action" value="cure">
<button>{label}</button>
</form>
"""


def sign_in() -> str:
    """Return the page that asks for a login name."""
    return _PAGE.format(title="Simulated SimpleFIN Bridge", body=_SIGN_IN)


def token(
    login: str, setup_token: str, banks: Collection[str], wanting: Collection[str], *, unpaid: bool
) -> str:
    """Return the page with a new setup token, the banks, and a button for what the owner owes."""
    items = [f"<li>{escape(b)}{': sign in again' if b in wanting else ''}</li>" for b in banks]
    label = "Pay the subscription" if unpaid else "Sign in to the bank again"
    cure = _CURE.format(login=escape(login), label=label) if unpaid or wanting else ""
    body = _SETUP.format(
        login=escape(login), banks="".join(items), cure=cure, token=escape(setup_token)
    )
    return _PAGE.format(title="Your setup token", body=body)
