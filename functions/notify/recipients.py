"""Who gets an owner's mail: he himself, or a colleague while mail does not reach him."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from notify.mail import deliverable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from relink.addresses import Addresses
    from relink.owners import Owners, Profile


@dataclass(frozen=True, slots=True)
class Recipient:
    """To whom a mail goes, in the form that SES takes; `profile` is the reader's."""

    profile: Profile
    to: str
    on_behalf: bool = False


def recipient(
    profile: Profile, workspace_id: str, owners: Owners, addresses: Addresses, now: int
) -> Recipient | None:
    """Return who gets this owner's mail about a workspace's banks now, or None for nobody.

    An owner who wants no mail gets none, and nobody does in his stead. One whom mail does not reach
    is stood in for by the first other member of that workspace who takes mail and whom it reaches:
    the banks are the workspace's, wherever their owner belongs by now.
    """
    if not profile.mail:
        return None
    if to := _reachable(profile.email, addresses, now):
        return Recipient(profile, to)
    for colleague in _colleagues(profile, workspace_id, owners):
        if colleague.mail and (to := _reachable(colleague.email, addresses, now)):
            return Recipient(colleague, to, on_behalf=True)
    return None


def vouched(reader: Profile) -> bool:
    """Tell whether a reader has no other address than the one that the host app's token says.

    Where it says none, the host app alone knows whose the address is that it lets him set.
    """
    known = reader.login_email.strip().casefold()
    return not known or known == reader.email.strip().casefold()


def _reachable(email: str, addresses: Addresses, now: int) -> str:
    to = deliverable(email)
    if not to:
        return ""
    standing = addresses.standing(to, now)
    return "" if standing and standing.trouble.stops_mail else to


def _colleagues(profile: Profile, workspace_id: str, owners: Owners) -> Iterator[Profile]:
    """Yield the other members; the index may still name one who has gone elsewhere."""
    for owner_id in owners.members(workspace_id):
        member = owners.profile(owner_id) if owner_id != profile.owner_id else None
        if member and member.workspace_id == workspace_id:
            yield member
