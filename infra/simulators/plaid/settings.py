"""How the simulated Plaid is set up, for all its logins."""

from __future__ import annotations

from dataclasses import dataclass

CLIENT_ID = "5f1a8ed0c0de0000simulated"
SECRET = "simulated-secret-of-the-sandbox"  # noqa: S105 - opens this simulator only


@dataclass(frozen=True)
class Settings:
    """What the control interface can change.

    `update_results` is what a session in update mode ends with: `empty` lists, a public `token`,
    or `nothing`. `lag_seconds` is how long `/link/token/get` does not know the end of a session.
    """

    client_id: str = CLIENT_ID
    secret: str = SECRET
    refresh_seconds: int = 21_600
    lag_seconds: int = 0
    old_shape: bool = False
    update_results: str = "empty"
    days: int = 90
