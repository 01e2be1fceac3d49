"""Connections as they are stored."""

from __future__ import annotations

from typing import Any

from relink.connection import Bank, Connection, Method
from relink.schedule import slot_of
from tests.fakes import NOON, connection

UUID = "0191f0a3-7c1e-7cc2-9d0f-3a52f4a1b6c7"
SICK = "acc_" + "2" * 20
TROUBLES = {"acc_" + "1" * 20: "account_unavailable", SICK: "access_not_granted"}


def loaded(**facts: Any) -> Connection:
    """Return a connection with a value in every attribute that can have one at the same time."""
    return connection(
        connection_id="con_" + "a" * 20,
        workspace_id=UUID,
        owner_id=UUID,
        bank=Bank(
            UUID,
            "Sparkasse Kölner Umland und Bergisches Land",
            "DE",
            "powens",
            Method.CONSENT,
        ),
        slot=slot_of(UUID),
        last_cycle=81_817,
        since=NOON + 1,
        last_success_at=NOON + 11,
        last_attempt_at=NOON + 21,
        calls=(NOON + 4, NOON + 3, NOON + 2, NOON + 1),
        tries=(NOON + 3, NOON + 2, NOON + 1),
        rate_limited_until=NOON + 7,
        consent_expires_at=NOON + 7_777_777,
        notice_day="2026-03-18",
        credentials_version=12,
        accepted_at=NOON + 3,
        rotation=345,
        provider_ref="r" * 12,
        login="e" * 12,
        lease=f"{UUID[-12:]}.49",
        lease_until=NOON + 181,
        live_attempt="att_" + "f" * 32,
        live_until=NOON + 601,
        retired=True,
        runs=2,
        untold=True,
        digest="d" * 24,
        **facts,
    )
