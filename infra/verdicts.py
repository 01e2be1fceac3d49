"""How our adapters judge each row of the provider codes: asked of them, not copied from them.

A row's code is put as the provider sends it, and handed to what the adapter reads answers with.
Where an adapter's table is all that a code goes through, the table is asked.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, cast

from relink.connection import Bank, Connection, Method
from relink.failures import ProviderError
from relink.provider import Call, Login, Rejected, Secret
from relink.providers import PROVIDERS, berlin_group, transport
from relink.providers.enablebanking import codes as enablebanking_codes
from relink.providers.enablebanking.refusals import refusal
from relink.providers.fints import codes as fints_codes
from relink.providers.plaid import webhook
from relink.providers.plaid.client import Client as PlaidClient
from relink.providers.plaid.messages import Failure
from relink.providers.simplefin import SimpleFin
from relink.providers.transport import Answer, Transport
from relink.reasons import Reason, Scope

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from relink.failures import Verdict

NOW: Final = 1_795_003_200
ROOT: Final = "https://bridge.example/simplefin"
Found = tuple[Reason, Scope] | None


@dataclass
class _Played:
    """Stands in for `Transport`: whatever is asked, this is the answer."""

    answer: Answer

    def request(self, *_: object, **__: object) -> Answer:
        """Return the answer."""
        return self.answer


def _answer(status: int, content: object = None) -> Answer:
    body = b"" if content is None else json.dumps(content).encode()
    return Answer(status, {"content-type": "application/json"}, body)


def _of(found: Verdict | ProviderError | None) -> Found:
    return None if found is None else (found.reason, found.scope)


def _enablebanking(code: str) -> Found:
    if code.startswith("session:"):
        return _of(enablebanking_codes.of_session(code.removeprefix("session:")))
    if code.startswith("text:"):
        detail = {"message": code.removeprefix("text:")}
        content: dict[str, object] = {"code": 400, "error": "ASPSP_ERROR", "detail": detail}
        return _of(refusal(_answer(400, content), NOW))
    if code in enablebanking_codes.CODES and enablebanking_codes.CODES[code] is None:
        return None
    return _of(refusal(_answer(400, {"code": 400, "error": code, "message": ""}), NOW))


def _fints(code: str) -> Found:
    if code in fints_codes.DEMANDS:
        return _of(fints_codes.of_code(code))
    judgement = fints_codes.judge([fints_codes.Said(code)])
    return None if judgement is None else _of(judgement.verdict)


def _plaid(code: str) -> Found:
    client = PlaidClient("https://plaid.example", "id", "secret", cast("Transport", None))
    kind, _, name = code.rpartition(":")
    if kind == "webhook":
        # The row of ERROR stands for an error that says nothing we know.
        failure = {"error_code": "SOMETHING_NEW", "error_type": "ITEM_ERROR"}
        told = {
            "webhook_type": "TRANSACTIONS" if name.startswith("SYNC_") else "ITEM",
            "webhook_code": name,
            "item_id": "item",
            "error": failure if name == "ERROR" else None,
        }
        return _of(webhook.happening(told, client).error)
    if kind == "reason":
        return _of(
            client.trouble(Failure(error_code="ITEM_LOGIN_REQUIRED", error_code_reason=name)),
        )
    return _of(client.trouble(Failure(error_code=code)))


def _by_table(provider: str) -> Callable[[str], Found]:
    """Return how a provider judges whose table holds the codes as the list names them."""
    codes = import_module(f"{PROVIDERS[provider]}.codes").CODES
    return lambda code: _of(codes[code])


def _transport(code: str) -> Found:
    if code == "timeout":
        return _of(transport.TIMED_OUT)
    status = int(code) if code.isdecimal() else 418
    return _of(transport.unknown_status(_answer(status), NOW))


def _berlin_group(code: str) -> Found:
    return _of(berlin_group.CODES[code])


SENTENCES: Final = {
    "errors[]: You must reauthenticate.": "You must reauthenticate.",
    "errors[]: other": "The tide is out.",
}
STATUSES: Final = {"403 on GET /accounts": 403, "5xx": 503}


def _simplefin(code: str) -> Found:
    """Return what the adapter makes of the answer that a row describes."""
    if code == "403 on POST claim":
        return _of_claim(Answer(403, {}, b"Forbidden (was it already claimed?)"))
    if code in SENTENCES:
        return _of_sync(_answer(200, {"errors": [SENTENCES[code]], "accounts": [_account()]}))
    if code in STATUSES or code.isdecimal():
        status = STATUSES.get(code) or int(code)
        content = {"errors": [], "accounts": [_account()]} if status == 200 else None  # noqa: PLR2004
        return _of_sync(_answer(status, content))
    place = {"con": {"conn_id": "C"}, "act": {"account_id": "A"}}.get(code.partition(".")[0], {})
    # Beside data, `gen.api` is a remark about our request; refused requests have it, too.
    status = 400 if code == "gen.api" else 200
    content = {
        "errlist": [{"code": code, "msg": "", **place}],
        "connections": [{"conn_id": "C", "name": "A bank"}],
        "accounts": [_account(conn_id="C")],
    }
    return _of_sync(_answer(status, content))


def _account(**more: str) -> dict[str, Any]:
    return {"id": "A", "name": "Account", "currency": "EUR", "balance": "1.00", **more}


def _of_sync(answer: Answer) -> Found:
    adapter = SimpleFin((ROOT,), cast("Transport", _Played(answer)))
    secret = Secret(ROOT.replace("://", "://user:pass@").encode())
    call = Call(secret, "", NOW, NOW + 60, lambda _: None, since=NOW)
    try:
        result = adapter.sync(_connection(), call)
    except ProviderError as error:
        return _of(error)
    return _of(result.trouble or next(iter(result.account_errors.values()), None))


def _of_claim(answer: Answer) -> Found:
    adapter = SimpleFin((ROOT,), cast("Transport", _Played(answer)))
    token = base64.b64encode(f"{ROOT}/claim/x".encode()).decode()
    login = Login({"setup_token": token}, lambda _: None)
    outcome = adapter.authenticate(_connection(), login, NOW)
    if not isinstance(outcome, Rejected):
        return None
    return outcome.reason, Scope.CONNECTION


def _connection() -> Connection:
    bank = Bank("bank", "A bank", "US", "simplefin", Method.TOKEN)
    return Connection(
        connection_id="con",
        workspace_id="ws",
        owner_id="own",
        bank=bank,
        created_at=NOW,
        since=NOW,
    )


_OWN: Final[Mapping[str, Callable[[str], Found]]] = {
    "berlin_group": _berlin_group,
    "enablebanking": _enablebanking,
    "fints": _fints,
    "plaid": _plaid,
    "simplefin": _simplefin,
    "transport": _transport,
}
JUDGES: Final = {**{name: _by_table(name) for name in PROVIDERS.keys() - _OWN}, **_OWN}
"""How each provider judges a code; one without a way of its own here has a table for all."""
