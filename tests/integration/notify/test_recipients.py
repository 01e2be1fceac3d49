"""Who gets an owner's mail, with profiles and marks in the table as deployed."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import boto3
import pytest

from notify.recipients import Recipient, recipient
from relink.addresses import DELAY_BELIEVED, Addresses, Trouble
from relink.owners import Owners, Profile
from tests.fakes import NOON

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient


@dataclass
class Workspace:
    """A workspace of owners, and what SES has told of their addresses."""

    owners: Owners
    addresses: Addresses

    def joins(self, owner_id: str, workspace_id: str = "ws_1", **facts: str | bool) -> Profile:
        """Store a member's profile and return it."""
        reached = {"email": f"{owner_id}@example.com", **facts}
        profile = Profile(owner_id=owner_id, workspace_id=workspace_id, **reached)  # type: ignore[arg-type]
        return self.owners.change_profile(profile, asdict(profile))

    def bounces(self, owner_id: str, trouble: Trouble = Trouble.BOUNCED) -> None:
        """Mark the address of an owner."""
        self.addresses.mark(f"{owner_id}@example.com", trouble, NOON)

    def reader_of(self, profile: Profile, now: int = NOON) -> Recipient | None:
        """Return who gets this owner's mail."""
        return recipient(profile, "ws_1", self.owners, self.addresses, now)


@pytest.fixture
def workspace(tables: dict[str, str]) -> Workspace:
    """Return a workspace of nobody."""
    client: DynamoDBClient = boto3.client("dynamodb")
    table = tables["OwnersTable"]
    return Workspace(Owners(client, table), Addresses(client, table))


def test_an_owner_reads_his_own_mail(workspace: Workspace) -> None:
    """As long as mail reaches him, colleagues hear nothing of his banks."""
    ann = workspace.joins("ann", email="ann@München.example")
    workspace.joins("bob")

    assert Recipient(ann, "ann@xn--mnchen-3ya.example") == workspace.reader_of(ann)


@pytest.mark.parametrize("trouble", [Trouble.BOUNCED, Trouble.COMPLAINED])
def test_a_colleague_reads_what_does_not_reach_the_owner(
    workspace: Workspace, trouble: Trouble
) -> None:
    """The first by name, so that the next letter goes to the same one."""
    ann = workspace.joins("ann")
    workspace.joins("dora")
    bob = workspace.joins("bob")
    workspace.bounces("ann", trouble)

    expected = Recipient(bob, "bob@example.com", on_behalf=True)
    assert expected == workspace.reader_of(ann) == workspace.reader_of(ann, NOON + 1)


@pytest.mark.parametrize("email", ["", "ann", "ann@localhost", "änn@example.com", "a b@c.example"])
def test_an_address_that_cannot_be_one_is_stood_in_for(workspace: Workspace, email: str) -> None:
    """Whether it fails before or after sending makes no difference to the owner."""
    ann = workspace.joins("ann", email=email)
    bob = workspace.joins("bob")

    assert Recipient(bob, "bob@example.com", on_behalf=True) == workspace.reader_of(ann)


def test_a_delay_sends_nobody_elsewhere(workspace: Workspace) -> None:
    """Slow is not dead: the owner himself gets the next letter, too."""
    ann = workspace.joins("ann")
    workspace.joins("bob")
    workspace.bounces("ann", Trouble.DELAYED)

    for now in (NOON, NOON + DELAY_BELIEVED):
        assert Recipient(ann, "ann@example.com") == workspace.reader_of(ann, now)


def test_who_wants_no_mail_gets_none_and_stands_in_for_nobody(workspace: Workspace) -> None:
    """His choice is not a failure that others must hear of, and others' failures do not undo it."""
    ann, bob = workspace.joins("ann", mail=False), workspace.joins("bob")

    assert workspace.reader_of(ann) is None
    workspace.bounces("bob")
    assert workspace.reader_of(bob) is None


def test_colleagues_whom_mail_does_not_reach_are_passed_over(workspace: Workspace) -> None:
    """Nor is one chosen who has the very same address, or none."""
    ann = workspace.joins("ann")
    workspace.joins("bob")
    workspace.joins("cid", email="Ann@example.com ")
    workspace.joins("dora", email="")
    eve = workspace.joins("eve")
    workspace.bounces("ann")
    workspace.bounces("bob", Trouble.COMPLAINED)

    assert Recipient(eve, "eve@example.com", on_behalf=True) == workspace.reader_of(ann)


def test_strangers_are_never_told(workspace: Workspace) -> None:
    """Another workspace's banks are none of their business; then nobody is told."""
    ann = workspace.joins("ann")
    workspace.joins("bob", "ws_2")
    workspace.bounces("ann")

    assert workspace.reader_of(ann) is None


def test_an_owner_who_has_left_is_stood_in_for_where_the_bank_is(workspace: Workspace) -> None:
    """The bank stays the workspace's; those whom he has joined have nothing to do with it."""
    ann = workspace.joins("ann", "ws_2")
    workspace.joins("bob", "ws_2")
    cid = workspace.joins("cid")
    workspace.bounces("ann")

    assert Recipient(cid, "cid@example.com", on_behalf=True) == workspace.reader_of(ann)


def test_one_who_has_just_left_is_not_told(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The index names him for a moment longer; his profile decides."""
    ann = workspace.joins("ann")
    workspace.joins("bob", "ws_2")
    workspace.bounces("ann")
    monkeypatch.setattr(Owners, "members", lambda *_: ["ann", "bob", "gone"])

    assert workspace.reader_of(ann) is None


def test_forgiveness_brings_the_mail_back_to_its_owner(workspace: Workspace) -> None:
    """He says that mail reaches him again; nobody stands in for him any more."""
    ann = workspace.joins("ann")
    workspace.joins("bob")
    workspace.bounces("ann")
    workspace.addresses.forgive(ann.email, NOON)

    assert Recipient(ann, "ann@example.com") == workspace.reader_of(ann)
