"""The web pages of the Bridge's `/create`: who are you, and here is your token."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from infra.simulators.web_page import page

if TYPE_CHECKING:
    from collections.abc import Collection

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
    return page("Simulated SimpleFIN Bridge", _SIGN_IN)


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
    return page("Your setup token", body)
