"""No permission is missing and none is more than is used: each is shown by a test, by name."""

from __future__ import annotations

import pytest

from tests.privileges.deployed import Grant, deployed
from tests.privileges.needs import Value, uses, values, who_needs, who_needs_value
from tests.privileges.policy import Request
from tests.privileges.recording import exists, recorded


@pytest.mark.parametrize("grant", list(deployed().grants()), ids=str)
def test_without_it_something_fails(grant: Grant) -> None:
    """A permission that nothing needs is one that only a burglar uses."""
    assert who_needs(grant)


@pytest.mark.parametrize("value", list(values()), ids=str)
def test_without_a_value_of_a_condition_something_fails(value: Value) -> None:
    """An attribute that is listed and not written is one that could be."""
    assert who_needs_value(value)


def test_all_that_is_used_is_allowed() -> None:
    """What functions were seen doing, and what services do for them."""
    refused = [
        f"{who}: {request}"
        for who, requests in uses().items()
        for request in requests
        if not deployed().allows(request)
    ]

    assert [] == refused
    assert {"DispatchRole", "NotifyRole", "ReconnectRole", "WorkerRole"} == {
        use.role for use in recorded()
    }


def test_the_tests_that_show_it_are_there() -> None:
    """A test that is renamed is no witness any more: `make privileges` finds another."""
    assert [] == [test for test in set(recorded().values()) if not exists(test)]


CLOSED: dict[str, tuple[str, str, str, dict[str, tuple[str, ...]]]] = {
    "NotifyRole, another attribute": (
        *("NotifyRole", "dynamodb:UpdateItem", "ConnectionsTable"),
        {"dynamodb:Attributes": ("connection_id", "status")},
    ),
    "NotifyRole, attributes not named": (
        *("NotifyRole", "dynamodb:UpdateItem", "ConnectionsTable"),
        {},
    ),
    "NotifyRole, another state": (
        *("NotifyRole", "dynamodb:GetItem", "StateTable"),
        {"dynamodb:LeadingKeys": ("vault#0",)},
    ),
    "ReconnectRole, another state": (
        *("ReconnectRole", "dynamodb:GetItem", "StateTable"),
        {"dynamodb:LeadingKeys": ("outages", "vault#0")},
    ),
    "ReconnectRole, state without a key": (
        *("ReconnectRole", "dynamodb:GetItem", "StateTable"),
        {},
    ),
    "ReconnectRole, an account's amounts": (
        *("ReconnectRole", "dynamodb:UpdateItem", "LedgerTable"),
        {"dynamodb:Attributes": ("connection_id", "sk", "name", "balance")},
    ),
    "ReconnectRole, a movement": (
        *("ReconnectRole", "dynamodb:PutItem", "LedgerTable"),
        {"dynamodb:Attributes": ("connection_id", "sk", "amount")},
    ),
    "ReconnectRole, opens what it sealed": (
        *("ReconnectRole", "kms:Decrypt", "IntakeKey"),
        {
            "kms:EncryptionContextKeys": ("workspace", "connection", "attempt"),
            "kms:EncryptionContext:workspace": ("ws_1",),
            "kms:EncryptionContext:connection": ("con_1",),
            "kms:EncryptionContext:attempt": ("att_1",),
        },
    ),
    "ReconnectRole, seals for anything": (*("ReconnectRole", "kms:Encrypt", "IntakeKey"), {}),
    "WorkerRole, opens without a context": (*("WorkerRole", "kms:Decrypt", "VaultKey"), {}),
    "WorkerRole, opens with another key's context": (
        *("WorkerRole", "kms:Decrypt", "VaultKey"),
        {
            "kms:EncryptionContextKeys": ("attempt", "data_key"),
            "kms:EncryptionContext:attempt": ("att_1",),
            "kms:EncryptionContext:data_key": ("0",),
        },
    ),
    "DispatchRole, credentials": (*("DispatchRole", "dynamodb:GetItem", "CredentialsTable"), {}),
    "NotifyRole, credentials": (*("NotifyRole", "dynamodb:GetItem", "CredentialsTable"), {}),
    "ReconnectRole, credentials": (*("ReconnectRole", "dynamodb:GetItem", "CredentialsTable"), {}),
    "NotifyRole, keys": (*("NotifyRole", "kms:Decrypt", "IntakeKey"), {}),
}


@pytest.mark.parametrize("case", CLOSED, ids=str)
def test_what_a_burglar_in_a_function_would_ask_for_is_refused(case: str) -> None:
    """Emulators let some of these pass, whose conditions they do not know."""
    role, action, resource, context = CLOSED[case]
    asked = Request(deployed().arn(role), action, deployed().arn(resource), context)

    assert not deployed().allows(asked)


@pytest.mark.parametrize("sender", ["notices@example.com", "ceo@example.com"])
def test_mails_are_sent_in_one_name(sender: str) -> None:
    """Of all addresses of the verified domain."""
    role, context = deployed().arn("NotifyRole"), {"ses:FromAddress": (sender,)}
    asked = Request(role, "ses:SendRawEmail", deployed().sender, context)

    assert (sender == "notices@example.com") == deployed().allows(asked)


@pytest.mark.parametrize(
    ("source", "account"),
    [("configuration-set/Other", "123456789012"), ("configuration-set/MailConfiguration", "1")],
)
def test_no_other_configuration_set_or_account_speaks_of_mails(source: str, account: str) -> None:
    """What is heard there takes addresses off the list."""
    told = {
        "aws:SourceAccount": (account,),
        "aws:SourceArn": (f"arn:aws:ses:eu-west-1:123456789012:{source}",),
    }
    topic = deployed().arn("MailEventTopic")

    assert not deployed().allows(Request("ses.amazonaws.com", "sns:Publish", topic, told))
