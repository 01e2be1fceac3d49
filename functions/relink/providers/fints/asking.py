"""What an owner is asked during a login, and told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from relink.provider import Ask, Field, WaitForApp
from relink.providers.fints.entry import CODE_LIMIT

if TYPE_CHECKING:
    from relink.providers.fints.access import Pause

POLLS: Final = 120
LONGEST_POLL: Final = 30
SHORTEST_POLL: Final = 2

WRONG_PIN = "The bank did not accept this user name and PIN."
WRONG_CODE = "The bank did not accept this TAN. Start again to get a new one."
NOT_APPROVED = "The login was not approved in the bank's app."
CHOOSE_METHOD = "Your bank offers several ways to confirm. Choose the one to use."
CHOOSE_DEVICE = "Choose the device with which you confirm."
ENTER_CODE = "Enter the TAN that you have from your bank."
APPROVE = "Approve the login in your bank's app."


def for_method(methods: dict[str, Any], continuation: bytes) -> Ask:
    """Ask for the TAN method to use."""
    choices = tuple((number, _label(method)) for number, method in methods.items())
    field = Field("method", "Way to confirm", "select", choices=choices)
    return Ask((field,), CHOOSE_METHOD, continuation)


def for_medium(devices: list[tuple[str, str]], continuation: bytes) -> Ask:
    """Ask for the device to use."""
    field = Field("medium", "Device", "select", choices=tuple(devices))
    return Ask((field,), CHOOSE_DEVICE, continuation)


def for_code(pause: Pause, picture: str) -> Ask:
    """Ask for a TAN, with the bank's challenge."""
    field = Field("code", "TAN", "otp", transient=True, max_length=CODE_LIMIT)
    return Ask((field,), pause.prompt or ENTER_CODE, pause.sealed(), picture)


def for_approval(pause: Pause, method: Any) -> WaitForApp:
    """Ask to approve in the app; look as often, and as soon, as the bank allows."""
    name = "wait_before_next_poll" if pause.polls else "wait_before_first_poll"
    seconds = int(getattr(method, name, None) or SHORTEST_POLL)
    wait = min(max(seconds, 1), LONGEST_POLL)
    return WaitForApp(pause.prompt or APPROVE, wait, pause.sealed())


def not_confirmed(pause: Pause) -> dict[str, str]:
    """Return what to say, and beside which field, when the bank takes no TAN or approval."""
    return {"": NOT_APPROVED} if pause.decoupled else {"code": WRONG_CODE}


def most_polls(method: Any) -> int:
    """Return how often a bank lets us look whether the owner has approved."""
    return int(getattr(method, "decoupled_max_poll_number", None) or POLLS)


def _label(method: Any) -> str:
    return str(method.name or method.tech_id or method.security_function)
