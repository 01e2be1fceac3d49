"""Our VAPID key: its private half from Secrets Manager, kept for minutes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from botocore.exceptions import BotoCoreError, ClientError

from relink.faults import describe

if TYPE_CHECKING:
    from aws_lambda_powertools import Logger
    from mypy_boto3_secretsmanager.client import SecretsManagerClient

    from notify.push.request import Vapid

FRESH: Final = 300


class PushKey:
    """The key that signs pushes, its public half, and whom a push service may ask about us.

    `contact` is a `mailto:` or `https:` address (RFC 8292, section 2.1).
    """

    def __init__(
        self,
        client: SecretsManagerClient,
        secret_id: str,
        public: str,
        contact: str,
        log: Logger,
    ) -> None:
        self._client = client
        self._secret_id = secret_id
        self._public = public
        self.contact = contact
        self._log = log
        self._known: Vapid | None = None
        self._read_at = 0

    def current(self, now: int) -> Vapid | None:
        """Return the key, or None while it cannot be had: the log tells operators why.

        A private key that does not belong to the public one, which browsers know, is none.
        """
        if self._known is None or not 0 <= now - self._read_at < FRESH:
            self._known = self._read()
            self._read_at = now
        return self._known

    def _read(self) -> Vapid | None:
        from notify.push.request import NoKey, Vapid  # noqa: PLC0415 - cryptography

        try:
            stored = self._client.get_secret_value(SecretId=self._secret_id)
            return Vapid.read(stored["SecretString"], self._public)
        except (ClientError, BotoCoreError) as error:
            self._log.error("push key unreadable", extra=describe(error))
        except NoKey as error:
            self._log.error("push key unreadable", extra={"why": str(error)})
        return None
