"""The lists of a user's accounts and movements."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from infra.simulators import faults
from infra.simulators.exchange import Reply
from infra.simulators.powens import reading
from infra.simulators.powens.feed import Feed
from infra.simulators.powens.refusals import RefusedError
from infra.simulators.powens.troubles import OF_MOVEMENTS, accounts_distorted, distorted
from infra.simulators.troubles import Trouble

if TYPE_CHECKING:
    from infra.simulators.exchange import Request
    from infra.simulators.powens.state import State
    from infra.simulators.powens.users import Held, User

__all__ = ["OF_MOVEMENTS", "accounts", "activated", "movements", "spoilt"]


def spoilt(state: State, request: Request, trouble: Trouble, reply: Reply) -> Reply:
    """Return an answer as the troubles that any service can have let it through."""
    elsewhere = f"{request.base}/powens".replace("127.0.0.1", "localhost") + request.path
    instead = faults.instead(trouble, state.world.now(), elsewhere)
    return instead or faults.spoilt(trouble, reply)


def accounts(state: State, request: Request, user: User) -> Reply:
    """Answer with the accounts of all the user's connections."""
    reading.allow(request, "all")
    found, trouble = [], Trouble()
    for held in user.connections:
        state.count(held, "accounts")
        if held.reads:
            trouble = state.trouble(held)
            found += accounts_distorted(trouble, Feed(state, held).accounts())
    if "all" not in request.query:
        found = [each for each in found if not each["disabled"]]
    shown = {"balance": 0, "balances": {}, "coming_balances": {}, "accounts": found}
    return spoilt(state, request, trouble, Reply.of_json({**shown, "total": len(found)}))


def activated(state: State, held: Held, names: str, content: dict[str, Any]) -> Reply:
    """Enable or disable accounts."""
    if content.keys() != {"disabled"} or not isinstance(content["disabled"], bool):
        raise RefusedError("invalidValue", "disabled is true or false")
    feed = Feed(state, held)
    known = {str(feed.account_id(account)): account.seed for account in held.accounts}
    wanted = names.split(",")
    if not set(wanted) <= known.keys():
        raise RefusedError("notFound", "no such account")
    seeds = {known[name] for name in wanted}
    held.enabled = held.enabled - seeds if content["disabled"] else held.enabled | seeds
    shown = [each for each in Feed(state, held).accounts() if str(each["id"]) in wanted]
    return Reply.of_json({"accounts": shown} if len(shown) > 1 else shown[0])


def movements(state: State, request: Request, user: User, prefix: str) -> Reply:
    """Answer with one page of the movements of all the user's connections."""
    asked = reading.movements(request)
    found, trouble = [], Trouble()
    for held in user.connections:
        state.count(held, "transactions")
        found += Feed(state, held).movements()
        trouble = state.trouble(held)
        if trouble.kind in OF_MOVEMENTS:
            state.world.trouble(held.login)
        state.world.answered(held.login)
    if not any(held.enabled for held in user.connections):
        raise RefusedError("noAccount", "no account is enabled")
    if trouble.kind == "busy":
        raise RefusedError("connectionLocked", "the connection is being synchronized")
    wanted = [each for each in found if _is_wanted(each, asked)]
    start, end = asked["offset"], asked["offset"] + asked["limit"]
    following = {"offset": start if trouble.kind == "endless" else end}
    more = end < len(wanted) or trouble.kind == "endless"
    page: dict[str, Any] = {
        "transactions": wanted[start:end],
        "first_date": min((each["date"] for each in found), default=None),
        "last_date": max((each["date"] for each in found), default=None),
        "result_min_date": None,
        "result_max_date": None,
    }
    here = _link(request, prefix, {})
    after = {"href": _link(request, prefix, following)} if more else None
    if after and trouble.kind == "far-links":
        after = {"href": after["href"].replace("127.0.0.1", "elsewhere.example")}
    page["_links"] = {"self": {"href": here}, "prev": None, "next": after}
    return spoilt(state, request, trouble, Reply.of_json(distorted(trouble, page)))


def _is_wanted(movement: dict[str, Any], asked: dict[str, Any]) -> bool:
    if movement["deleted"] and not asked["all"]:
        return False
    if asked["since"] and movement["last_update"] <= asked["since"]:
        return False
    return bool((asked["first"] or "") <= movement["date"] <= (asked["last"] or "9"))


def _link(request: Request, prefix: str, changes: dict[str, Any]) -> str:
    query = {name: values[0] for name, values in request.query.items()}
    return f"{request.base}{prefix}{request.path}?{urlencode({**query, **changes})}"
