"""An owner's login, step by step: PIN, method, device, TAN or approval, accounts.

The bank's dialog stays open between the steps, which run in different processes. After the login
itself, orders for which the bank may want a TAN are tried once while its owner is there to give
it: in a sync, nobody is.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from relink.provider import Accepted, Rejected, Secret
from relink.providers.fints import asking, codes, reading
from relink.providers.fints.access import ONE_STEP, Access, Pause
from relink.providers.fints.accounts import merged
from relink.providers.fints.challenge import Demand
from relink.providers.fints.entry import CODE_LIMIT, MISSING, UNFIT, entered, fits
from relink.providers.fints.library import Refused
from relink.providers.fints.syncing import WINDOW, told, without
from relink.reasons import Reason

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from relink.provider import Login, Outcome
    from relink.providers.fints.codes import Judgement
    from relink.providers.fints.dialogue import Dialogue
    from relink.providers.fints.line import Reply

SECONDS: Final = 100.0
ASKED_ACCOUNTS: Final = 20
_LOGIN, _LIST = "login", "list"
_FINAL: Final = {Reason.ACCESS_LOCKED, Reason.ACTION_AT_BANK}


def authenticate(login: Login, now: int, meet: Callable[[Access, float], Dialogue]) -> Outcome:
    """Go on with a login. `meet` returns a dialogue for an access and a number of seconds."""
    if login.continuation is not None:
        pause = Pause.opened(login.continuation)
    else:
        access = entered(login)
        if isinstance(access, Rejected):
            return access
        pause = Pause(access, "greet")
    return taken(Steps(login, now, meet, pause))


def taken(steps: Steps) -> Outcome:
    """Take the steps that can be taken now."""
    try:
        return steps.go_on()
    except Refused as refusal:
        return steps.refused(refusal)
    finally:
        steps.leave()


class Steps:
    """A login under way in this process."""

    def __init__(
        self,
        login: Login,
        now: int,
        meet: Callable[[Access, float], Dialogue],
        pause: Pause,
    ) -> None:
        self._login = login
        self._today = datetime.fromtimestamp(now, UTC).date()
        self._meet = meet
        self._pause = pause
        self._dialogue = meet(pause.access, SECONDS)
        self._paused = False

    def go_on(self) -> Outcome:
        """Take the step at which the login stands, and all after it until the owner is needed."""
        match self._pause.stage:
            case "greet":
                return self._greet()
            case "start":
                return self._choose("")
            case "method":
                return self._choose(self._login.answers.get("method", ""))
            case "medium":
                return self._log_in(self._login.answers.get("medium", ""))
            case "tan":
                return self._tan()
            case _:
                return self._log_in(self._pause.access.medium)

    def leave(self) -> None:
        """End the dialog unless it goes on in another process."""
        if not self._paused:
            self._dialogue.close()

    def refused(self, refusal: Refused) -> Outcome:
        """Return what the owner is told of a refusal. Raises what is not his to mend."""
        access, judgement = self._pause.access, refusal.judgement
        words = (judgement.code, told(refusal, access).provider_text)
        if self._pause.stage == "tan" and _about_confirming(judgement):
            return Rejected(asking.not_confirmed(self._pause), Reason.SCA_REQUIRED, *words)
        if not judgement.owners:
            raise told(refusal, access) from None
        if judgement.reason is Reason.CREDENTIALS_REJECTED:
            return Rejected({"pin": asking.WRONG_PIN}, judgement.reason, *words)
        return Rejected({"": judgement.reason.explanation.text}, judgement.reason, *words)

    def _greet(self) -> Outcome:
        try:
            self._dialogue.greet()
        except Refused as refusal:
            if codes.NEW_SYSTEM_ID not in refusal.codes:
                raise
            self._renew(self._pause.access.anew())
            self._dialogue.greet()
        self._learn("start")
        self._login.keep(self._pause.sealed())
        return self._choose("")

    def _choose(self, chosen: str) -> Outcome:
        """Settle on a TAN method, and on the device that it needs, if it needs to be told."""
        methods = self._dialogue.client.methods()
        if not methods or len(methods) == 1:
            chosen = next(iter(methods), ONE_STEP)
        if chosen != ONE_STEP and chosen not in methods:
            return asking.for_method(methods, replace(self._pause, stage="method").sealed())
        self._renew(replace(self._pause.access, method=chosen, medium=None))
        if not self._dialogue.client.is_tan_media_required():
            return self._log_in(None)
        devices = self._dialogue.media()
        self._learn("medium")
        if len(devices) > 1:
            return asking.for_medium(devices, self._pause.sealed())
        return self._log_in(devices[0][0] if devices else "")

    def _log_in(self, medium: str | None) -> Outcome:
        self._renew(replace(self._pause.access, medium=medium))
        demand = self._dialogue.open()
        self._learn("accounts")
        return self._confirm(demand, _LOGIN) if demand else self._go_through_orders()

    def _tan(self) -> Outcome:
        """Hand in the TAN, or ask whether the owner has approved."""
        pause, dialogue = self._pause, self._dialogue
        code = self._login.answers.get("code", "").strip()
        if not pause.decoupled and not (code and fits(code, CODE_LIMIT)):
            return Rejected({"code": UNFIT if code else MISSING}, Reason.SCA_REQUIRED)
        dialogue.resume(pause)
        answer: Reply | Demand | None
        if pause.decoupled:
            answer = dialogue.approved(pause.reference)
        else:
            answer = dialogue.answer(pause.reference, code)
        if answer is None:
            return self._still_waiting()
        if isinstance(answer, Demand):
            return self._confirm(answer, pause.about)
        self._note(pause.about, answer)
        self._login.keep(self._pause.sealed())
        return self._go_through_orders()

    def _go_through_orders(self) -> Outcome:
        """Send what the bank has not been asked yet; stop where it wants a TAN for it."""
        for about, order in self._orders():
            try:
                answer = self._dialogue.order(order)
            except Refused as refusal:
                if refusal.over:
                    raise
                answer = None
            if isinstance(answer, Demand):
                return self._confirm(answer, about)
            self._note(about, answer)
        access = self._dialogue.client.learnt(self._pause.access)
        shown = tuple(a.in_our_terms(None) for a in self._pause.accounts if a.readable)
        return Accepted(Secret(access.sealed()), shown)

    def _orders(self) -> Iterator[tuple[str, Any]]:
        """Yield the list of accounts, then what may take a TAN, as long as not asked before."""
        client = self._dialogue.client
        listed = reading.list_order(client)
        if listed is not None and _LIST not in self._pause.asked:
            yield _LIST, listed
        readable = [a for a in self._pause.accounts if a.readable]
        for account in readable[:ASKED_ACCOUNTS]:
            orders = [reading.balance_order(client, account)]
            since = self._today - WINDOW
            orders += reading.statement_orders(client, account, since, self._today)[:1]
            for order in orders:
                about = f"{order.header.type} {account.key}" if order is not None else ""
                if order is None or about in self._pause.asked:
                    continue
                if client.guarded(order.header.type):
                    yield about, order

    def _note(self, about: str, answer: Reply | None) -> None:
        """Remember what has been asked, and the accounts that came of it."""
        self._learn("accounts")
        found = merged(answer.found if answer else (), self._pause.accounts)
        asked = (*self._pause.asked, about)
        self._pause = replace(self._pause, accounts=found, asked=asked)

    def _learn(self, stage: str) -> None:
        client = self._dialogue.client
        self._pause = replace(
            self._pause,
            stage=stage,
            access=client.learnt(self._pause.access),
            accounts=merged(client.told, self._pause.accounts),
        )

    def _renew(self, access: Access) -> None:
        """Begin another dialogue with what is known by now; the one before has ended."""
        self._pause = replace(self._pause, access=access)
        self._dialogue = self._meet(access, self._dialogue.client.connection.left)

    def _confirm(self, demand: Demand, about: str) -> Outcome:
        """Pause the dialog until the owner has answered, or approved."""
        self._paused = True
        self._pause = replace(
            self._pause,
            stage="tan",
            dialog=self._dialogue.pause(),
            reference=demand.reference,
            decoupled=demand.decoupled,
            about=about,
            polls=0,
            prompt=without(demand.prompt, self._pause.access),
        )
        if demand.decoupled:
            return asking.for_approval(self._pause, self._dialogue.client.current())
        return asking.for_code(self._pause, demand.picture)

    def _still_waiting(self) -> Outcome:
        polls, method = self._pause.polls + 1, self._dialogue.client.current()
        if polls >= asking.most_polls(method):
            return Rejected({"": asking.NOT_APPROVED}, Reason.SCA_REQUIRED, "3956")
        self._paused = True
        self._pause = replace(self._pause, polls=polls, dialog=self._dialogue.pause())
        return asking.for_approval(self._pause, method)


def _about_confirming(judgement: Judgement) -> bool:
    """Tell whether a refusal in answer to a TAN is one of the TAN."""
    unclear = judgement.reason is Reason.UNKNOWN and judgement.code != codes.OVER
    return (judgement.owners and judgement.reason not in _FINAL) or unclear
