"""Webhooks on their way from a simulated provider to us; each signs its own."""

from __future__ import annotations

import threading
import urllib.request
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from infra.simulators.exchange import LOOPBACK

if TYPE_CHECKING:
    from collections.abc import Mapping

SECONDS = 5


def deliver(url: str, body: bytes, headers: Mapping[str, str]) -> None:
    """Send a webhook in the background, to this machine only."""
    if urlsplit(url).hostname in LOOPBACK:
        threading.Thread(target=_post, args=(url, body, headers), daemon=True).start()


def _post(url: str, body: bytes, headers: Mapping[str, str]) -> None:
    named = {"Content-Type": "application/json", **headers}
    request = urllib.request.Request(url, body, named)  # noqa: S310 - checked by `deliver`
    try:
        with urllib.request.urlopen(request, timeout=SECONDS):  # noqa: S310
            pass
    except OSError:
        pass  # nobody listens; a provider would try again
