"""How often a bank is read while its customer is away: four times a day by account, endpoint."""

from __future__ import annotations

import ipaddress
from collections import defaultdict
from typing import TYPE_CHECKING

from infra.simulators.enablebanking.catalogue import REQUIRED_PSU_HEADERS
from infra.simulators.enablebanking.refusals import RefusedError
from infra.simulators.history import DAY

if TYPE_CHECKING:
    from infra.simulators.banking import Bank
    from infra.simulators.exchange import Request

READS = 4
LIMITED = "[HUB046] Allowed number of accesses exceeded for consent."


class Allowance:
    """Counts the reads of each account and endpoint."""

    def __init__(self) -> None:
        self._reads: defaultdict[tuple[str, str], list[int]] = defaultdict(list)

    def spend(self, account: str, endpoint: str, now: int) -> None:
        """Count a read. Raises `RefusedError` if it is one too many."""
        recent = [at for at in self._reads[account, endpoint] if at > now - DAY]
        if len(recent) >= READS:
            detail = {"message": LIMITED, "error_name": "RateLimitException", "error_data": {}}
            raise RefusedError("ASPSP_RATE_LIMIT_EXCEEDED", detail, message=LIMITED)
        self._reads[account, endpoint] = [*recent, now]


def attended(request: Request, bank: Bank) -> bool:
    """Tell whether the customer is there. Raises `RefusedError` for headers that cannot be true."""
    sent = {name.lower() for name in request.headers if name.lower().startswith("psu-")}
    if not sent:
        return False
    for name in REQUIRED_PSU_HEADERS.get(bank.id, ()):
        if name.lower() not in sent:
            raise RefusedError("PSU_HEADER_NOT_PROVIDED", f"PSU header {name} is not provided")
    address = request.headers.get("Psu-Ip-Address")
    try:
        ipaddress.ip_address(address or "127.0.0.1")
    except ValueError as error:
        raise RefusedError("PSU_HEADER_INVALID", "Psu-Ip-Address") from error
    return address is not None
