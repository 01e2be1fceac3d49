"""The caller's profile: how and when he is reached, and whether mail and push do reach him."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from reconnect import answers
from reconnect.api.caller import caller_of
from reconnect.api.revalidating import kept
from reconnect.explaining import iso
from reconnect.visit import JSON
from relink.queues import DigestMessage

if TYPE_CHECKING:
    from collections.abc import Callable

    from aws_lambda_powertools.event_handler import Response

    from reconnect.shapes.profiles import ProfileShape, QuietHoursShape
    from reconnect.visit import Visit
    from relink.addresses import Addresses
    from relink.owners import Owners, Profile
    from relink.queues import Queue
    from relink.subscriptions import Subscriptions

TO_BE_STORED: Final = 30
# What decides whether and when he is told: a change may set free what was held back.
_WITHHOLDING: Final = ("email", "mail", "push", "quiet_from", "quiet_until", "time_zone")


@dataclass(frozen=True, slots=True)
class ProfileApi:
    """Answers what is asked of the caller's profile.

    `push_key` is our public key for Web Push, empty where it is not offered. Each raises
    `NoWorkspace` for a token that names none.
    """

    owners: Owners
    addresses: Addresses
    subscriptions: Subscriptions
    queue: Callable[[], Queue]
    push_key: str

    def read_profile(self, visit: Visit, now: int) -> Response[str]:
        """Return how the caller is reached; what nobody has said is guessed from his request."""
        caller = caller_of(visit.claims)
        stored = self.owners.profile(caller.owner_id)
        return kept(visit, self._view(stored or caller.guess(visit.language), now))

    def write_profile(self, visit: Visit, now: int) -> Response[str]:
        """Store how the caller is reached, and return it; what is left out stays as it is stored.

        What was held back because he could not be reached, or not then, is decided anew at once.
        Raises what `Visit.body` and `bodies.read` raise.
        """
        from reconnect.api.bodies import ProfileBody, read  # noqa: PLC0415 - a start without Pydantic

        caller = caller_of(visit.claims)
        wanted = read(ProfileBody, visit.body(JSON))
        stored = self.owners.profile(caller.owner_id)
        before = stored or caller.guess(visit.language)
        changes = {"workspace_id": caller.workspace_id, **wanted.changes(), **caller.vouched}
        otherwise = _told_otherwise(before, replace(before, **changes))
        if stored is None or wanted.forgives or otherwise:
            # Before it is stored, for a while after: of a change that stands, it cannot be lost.
            self.queue().send(DigestMessage(caller.owner_id), TO_BE_STORED)
        after = self.owners.change_profile(before, changes)
        if wanted.forgives:
            self.addresses.forgive(after.email, now)
        return answers.document(self._view(after, now))

    def _view(self, profile: Profile, now: int) -> ProfileShape:
        trouble = self.addresses.standing(profile.email, now) if profile.email else None
        hours: QuietHoursShape = {"from": profile.quiet_from, "until": profile.quiet_until}
        return {
            "owner_id": profile.owner_id,
            "email": profile.email,
            "language": profile.language,
            "time_zone": profile.time_zone,
            "mail": profile.mail,
            "push": profile.push,
            "reminders": profile.reminders,
            "works_again": profile.works_again,
            "quiet_hours": hours if profile.quiet_from != profile.quiet_until else None,
            "mail_trouble": {"trouble": trouble.trouble.value, "since": iso(trouble.since)}
            if trouble
            else None,
            "web_push": {
                "public_key": self.push_key or None,
                "subscriptions": len(self.subscriptions.of(profile.owner_id)),
            },
        }


def _told_otherwise(before: Profile, after: Profile) -> bool:
    return any(getattr(before, name) != getattr(after, name) for name in _WITHHOLDING)
