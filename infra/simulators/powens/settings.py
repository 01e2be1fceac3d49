"""How the simulated Powens is set up, for all its users."""

from __future__ import annotations

from dataclasses import dataclass

CLIENT_ID = "80311725"
CLIENT_SECRET = "simulated-secret-of-the-client"  # noqa: S105 - opens this simulator only
WEBHOOK_SECRET = "simulated-secret-of-the-webhooks"  # noqa: S105 - as above


@dataclass(frozen=True)
class Settings:
    """What the control interface can change.

    `redirect_uris` are those that a page may lead back to, any if it is empty. `encryption` is
    `offered`, `required` or `off`. An owner who is asked in his bank's app says yes by himself
    after `approves_after` seconds, if that is not null. A new connection is `validating` for
    `validating_seconds`. Each event is sent to an address of its own below `webhook_url`.
    """

    client_id: str = CLIENT_ID
    client_secret: str = CLIENT_SECRET
    webhook_secret: str = WEBHOOK_SECRET
    webhook_url: str = ""
    redirect_uris: tuple[str, ...] = ()
    encryption: str = "offered"
    approves_after: int | None = None
    validating_seconds: int = 0
    refresh_seconds: int = 21_600
    requests_a_minute: int = 120
    days: int = 90
