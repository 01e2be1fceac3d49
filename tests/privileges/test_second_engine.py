"""What our own evaluator says of the roles another one says as well, as far as it can judge.

It is ministack's. Of what is put to AWS it knows the action and the resource; the conditions that
it cannot hold are proved by our own evaluator alone, and nobody takes its yes to them for proof.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from infra.local.engine import ASKS_IAM, start_engine
from infra.local.policies import judgeable
from infra.local.processes.lifeline import Lifeline
from infra.local.simulated_clock import SimulatedClock
from tests.privileges.deployed import deployed, less
from tests.privileges.needs import needing, uses
from tests.privileges.second_engine import (
    NOT_JUDGED,
    SecondEngine,
    as_judged,
    judged,
    judged_grants,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.privileges.deployed import Grant


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SecondEngine]:
    """Return the emulator with the roles of the stack."""
    folder = tmp_path_factory.mktemp("engine")
    clock = SimulatedClock(folder / "clock")
    with Lifeline() as lifeline:
        yield SecondEngine(start_engine(ASKS_IAM, lifeline, clock, folder, asks_iam=True))
    clock.close()


def test_every_use_is_judged_by_it_as_by_us_for_every_role(engine: SecondEngine) -> None:
    """A function may do what it does, and none of what another one does alone."""
    stack = as_judged()
    asked = {
        (role, request.action, request.resource): replace(request, principal=deployed().arn(role))
        for requests in uses().values()
        for request in requests
        for role in deployed().roles
        if judged(request)
    }
    ours = {name: stack.allows(request) for name, request in asked.items()}

    assert {False, True} == set(ours.values())
    assert ours == {name: not engine.refuses(request) for name, request in asked.items()}


@pytest.mark.parametrize("grant", list(judged_grants()), ids=str)
def test_without_it_something_is_refused(engine: SecondEngine, grant: Grant) -> None:
    """And nothing with it: whatever a function does, no permission is there for nothing."""
    request = next(request for request in needing(grant) if judged(request))
    assert not engine.refuses(request)
    before = statements(grant.policy)
    engine.allow(grant.policy, less(before, grant.policy, grant))
    try:
        assert engine.refuses(request)
    finally:
        engine.allow(grant.policy, before)


def test_what_it_is_not_asked_is_known() -> None:
    """What only Lambda does with logs and streams, mails, and services that act by policies."""
    asked = set(map(str, judged_grants()))
    left = Counter(
        grant.action.partition(":")[0] if grant.policy == grant.principal else "a service"
        for grant in deployed().grants()
        if str(grant) not in asked
    )

    assert {"logs": 8, "dynamodb": 4, "ses": 4, "a service": 3} == left


def test_which_conditions_it_does_not_hold_is_known() -> None:
    """There it allows more than AWS would; our own evaluator alone stands for them."""
    opened = {
        str(grant)
        for grant in deployed().grants()
        if judgeable(grant.statement).get("Condition") != grant.statement.get("Condition")
    }

    assert {
        "NotifyRole: dynamodb:GetItem on table/StateTable",
        "NotifyRole: dynamodb:UpdateItem on table/ConnectionsTable",
        "NotifyRole: ses:SendEmail on configuration-set/MailConfiguration",
        "NotifyRole: ses:SendEmail on identity/example.com",
        "NotifyRole: ses:SendRawEmail on configuration-set/MailConfiguration",
        "NotifyRole: ses:SendRawEmail on identity/example.com",
        "ReconnectRole: dynamodb:GetItem on table/StateTable",
        "ReconnectRole: dynamodb:PutItem on table/LedgerTable",
        "ReconnectRole: dynamodb:UpdateItem on table/LedgerTable",
        "ReconnectRole: kms:Encrypt on * by IntakeKey",
        "WorkerRole: kms:Decrypt on * by IntakeKey",
        "WorkerRole: kms:Decrypt on * by VaultKey",
        "WorkerRole: kms:GenerateDataKeyWithoutPlaintext on * by VaultKey",
    } == opened


def test_what_it_cannot_tell_apart_is_known() -> None:
    """Where a second permission is as good to it, it would see no loss of the first."""
    same = set()
    for grant in deployed().grants():
        requests = [request for request in needing(grant) if judged(request)]
        if requests and all(map(as_judged(without=grant).allows, requests)):
            same.add(str(grant))

    assert same == NOT_JUDGED


def statements(policy: str) -> list[dict[str, object]]:
    """Return what a policy of a role or key says."""
    if policy in deployed().roles:
        return deployed().roles[policy]
    return deployed().on_resources[deployed().arn(policy)]
