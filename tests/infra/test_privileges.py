"""Who may do what: the laws about credentials, and no right that is wider than its reason."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any, cast

from relink.disconnecting import Data, disconnected
from relink.reasons import Reason, Status
from relink.trail import Trail, events_of
from tests.fakes import NOON, connection

if TYPE_CHECKING:
    from collections.abc import Iterator

    from infra.sam.template import Template

Statement = dict[str, Any]
ONLY_MANAGE = {"Encrypt", "Decrypt", "ReEncryptFrom", "ReEncryptTo", "CreateGrant"}


def several(value: Any) -> list[Any]:
    """Return IAM's "one or a list" as a list."""
    return value if isinstance(value, list) else [value]


def granted(template: Template, role: str) -> Iterator[Statement]:
    """Yield the statements of a role's policies."""
    properties = template.resources[role].properties
    assert "ManagedPolicyArns" not in properties
    for policy in properties["Policies"]:
        yield from policy["PolicyDocument"]["Statement"]


def actions_on(template: Template, role: str, logical_id: str) -> set[str]:
    """Return what a role may do to a resource (or a part of it, such as an index)."""
    return {
        action
        for statement in granted(template, role)
        if any(logical_id in str(r) for r in several(statement["Resource"]))
        for action in several(statement["Action"])
    }


def users_of(template: Template, key: str) -> dict[str, set[str]]:
    """Return which role may do what with a key, from the key's own policy."""
    statements = template.resources[key].properties["KeyPolicy"]["Statement"]
    return {
        statement["Principal"]["AWS"]["Fn::GetAtt"][0]: set(several(statement["Action"]))
        for statement in statements
        if statement["Sid"] != "Manage"
    }


def roles(template: Template) -> list[str]:
    """Return all roles that the template spells out."""
    return list(template.of_type("AWS::IAM::Role"))


def test_no_right_is_a_wildcard(template: Template) -> None:
    """Each right names its action in full and the resource that it is for."""
    for statement in chain.from_iterable(granted(template, role) for role in roles(template)):
        assert all("*" not in action for action in several(statement["Action"])), statement
        for resource in several(statement["Resource"]):
            assert isinstance(resource, dict), statement
            listing = statement["Action"] == "dynamodb:ListStreams"  # has no narrower resource
            assert listing or "*" not in str(resource), statement


def test_only_functions_have_roles(template: Template) -> None:
    """A role that nothing assumes is a right that nobody watches."""
    assert set(roles(template)) == {f.role for f in template.functions().values()}


def test_what_accepts_credentials_cannot_read_them(template: Template) -> None:
    """The HTTP function seals what is typed, knows no stored credentials, and opens nothing."""
    role = template.functions()["ReconnectFunction"].role

    assert set() == actions_on(template, role, "CredentialsTable")
    assert {"kms:Encrypt"} == users_of(template, "IntakeKey")[role]
    assert role not in users_of(template, "VaultKey")


def test_only_the_worker_opens_credentials(template: Template) -> None:
    """Of all roles one may decrypt, and one may see the sealed credentials: the same."""
    worker = template.functions()["WorkerFunction"].role
    readers = {r for r in roles(template) if actions_on(template, r, "CredentialsTable")}
    openers = {
        role
        for key in ("IntakeKey", "VaultKey")
        for role, actions in users_of(template, key).items()
        if "kms:Decrypt" in actions
    }

    assert {worker} == readers
    assert {worker} == openers


def test_key_policies_alone_say_who_uses_a_key(template: Template) -> None:
    """No role's policy grants the use of a key, and the account itself may only manage it.

    Without a statement for the account that covers use, no IAM policy can grant it either.
    """
    for statement in chain.from_iterable(granted(template, role) for role in roles(template)):
        assert not any(action.startswith("kms:") for action in several(statement["Action"]))
    for key in ("IntakeKey", "VaultKey"):
        [manage] = [
            statement
            for statement in template.resources[key].properties["KeyPolicy"]["Statement"]
            if statement["Sid"] == "Manage"
        ]
        names = {action.removeprefix("kms:") for action in manage["Action"]}
        assert not {n for n in names if "*" in n or n.startswith("GenerateDataKey")}
        assert not names & ONLY_MANAGE


def test_every_use_of_a_key_is_bound_to_its_context(template: Template) -> None:
    """A ciphertext opens only for what it was sealed for: no context, no use."""
    expected = {"IntakeKey": {"workspace", "connection", "attempt"}, "VaultKey": {"data_key"}}
    for key, context in expected.items():
        for statement in template.resources[key].properties["KeyPolicy"]["Statement"]:
            if statement["Sid"] == "Manage":
                continue
            condition = statement["Condition"]
            named = condition["ForAllValues:StringEquals"]["kms:EncryptionContextKeys"]
            required = {f"kms:EncryptionContext:{name}": "false" for name in context}
            assert context == set(named)
            assert required == condition["Null"]


def test_mail_leaves_from_one_address(template: Template) -> None:
    """Whoever takes over notify cannot write in another's name."""
    [sends] = [s for s in granted(template, "NotifyRole") if "ses:SendEmail" in s["Action"]]

    assert {"StringEquals": {"ses:FromAddress": {"Ref": "SenderAddress"}}} == sends["Condition"]


def test_user_data_survives_mistakes(template: Template) -> None:
    """Tables with user data, and the keys to it, outlive the stack and can be rolled back."""
    short_lived = {"AttemptsTable", "BanksTable"}  # the latter holds nothing of users
    for name, table in template.tables().items():
        kept = name not in short_lived
        document = template.document["Resources"][name]
        assert kept == table.point_in_time_recovery
        assert kept == table.creation.get("DeletionProtectionEnabled", False)
        assert ("Retain" if kept else "Delete") == document["DeletionPolicy"]
        assert document["DeletionPolicy"] == document["UpdateReplacePolicy"]
    assert template.document["Resources"]["VaultKey"]["DeletionPolicy"] == "Retain"


def test_strangers_words_go_through_a_queue_of_their_own(template: Template) -> None:
    """What anybody may send is only sent on where it comes in; verified where keys may be asked."""
    http, worker = (template.functions()[f"{n}Function"] for n in ("Reconnect", "Worker"))
    readers = {
        role
        for role in roles(template)
        if "sqs:ReceiveMessage" in actions_on(template, role, "WebhookQueue")
    }

    assert {"sqs:SendMessage"} == actions_on(template, http.role, "WebhookQueue")
    assert {worker.role} == readers
    assert set() == actions_on(template, http.role, "by_provider_ref")
    assert {"dynamodb:Query"} == actions_on(template, worker.role, "by_provider_ref")


def test_lists_of_banks_are_written_where_providers_are_asked_and_read_where_owners_ask(
    template: Template,
) -> None:
    """The HTTP function cannot change what may be connected; nobody else knows the table."""
    http, worker = (template.functions()[f"{n}Function"] for n in ("Reconnect", "Worker"))
    known = {r: a for r in roles(template) if (a := actions_on(template, r, "BanksTable"))}

    assert {
        http.role: {"dynamodb:Query"},
        worker.role: {"dynamodb:Query", "dynamodb:PutItem", "dynamodb:DeleteItem"},
    } == known


def test_a_flood_of_webhooks_takes_no_worker_from_the_banks(template: Template) -> None:
    """The fewest batches at once that Lambda allows."""
    [source] = [
        s for s in template.functions()["WorkerFunction"].queues if s.queue == "WebhookQueue"
    ]
    assert 2 == source.maximum_concurrency


def test_new_items_send_their_webhooks_to_a_route_that_is_there(template: Template) -> None:
    """The address is made of ours, whichever that is."""
    told = template.functions()["WorkerFunction"].environment["PLAID_WEBHOOK_URL"]
    routes = {f"{r.method} {r.path}" for r in template.functions()["ReconnectFunction"].routes}

    assert "POST /webhooks/{provider}" in routes
    assert 2 == str(told).count("/webhooks/plaid")


def test_the_http_function_writes_names_and_ends_into_the_ledger_and_no_facts(
    template: Template,
) -> None:
    """What owners call their accounts; the event of a connection that is given up."""
    role = template.functions()["ReconnectFunction"].role
    allowed = {
        statement["Action"]: set(
            statement["Condition"]["ForAllValues:StringEquals"]["dynamodb:Attributes"]
        )
        for statement in granted(template, role)
        if "LedgerTable" in str(statement["Resource"]) and "Condition" in statement
    }
    before = connection(status=Status.RED, reason=Reason.ACCESS_LOCKED, provider_text="gesperrt")
    [event] = events_of(before, disconnected(before, Data.KEEP, NOON))
    written = Trail(cast("Any", None), "Ledger").put("con_1", event)["Put"]["Item"].keys()

    assert {"connection_id", "sk", "name", "hidden"} == allowed["dynamodb:UpdateItem"]
    assert written <= allowed["dynamodb:PutItem"]
    assert not {"amount", "identities", "cursor", "bank_name"} & allowed["dynamodb:PutItem"]


def test_one_bus_hears_what_is_told_and_only_from_who_has_it_to_tell(template: Template) -> None:
    """Colours come from the stream's function, syncs from the worker; nobody sends elsewhere."""
    told = {
        role: statement["Resource"]["Fn::Sub"]
        for role in roles(template)
        for statement in granted(template, role)
        if "events:PutEvents" in several(statement["Action"])
    }

    assert {"WorkerRole", "NotifyRole"} == told.keys()
    assert {True} == {arn.endswith(":event-bus/${EventBusName}") for arn in told.values()}
    for name in ("WorkerFunction", "NotifyFunction"):
        assert {"Ref": "EventBusName"} == (template.functions()[name].environment["EVENT_BUS_NAME"])
