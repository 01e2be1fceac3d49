"""Which functions start from a snapshot."""

from __future__ import annotations

from infra.sam.template import TEMPLATE, Template, load

PARAMETERS = {
    "JwtIssuer": "https://login.example",
    "SenderAddress": "relink@example.com",
    "SenderIdentity": "example.com",
}


def snapped(template: Template) -> dict[str, str]:
    """Return what is told of snapshots, by function."""
    properties = {name: template.resources[name].properties for name in template.functions()}
    return {
        name: template.resolve(told["SnapStart"], {})["ApplyOn"]
        for name, told in properties.items()
        if "SnapStart" in told
    }


def test_only_what_an_owner_waits_for_starts_from_a_snapshot(template: Template) -> None:
    """Each snapshot that is kept is paid for by the second."""
    assert {"ReconnectFunction": "PublishedVersions"} == snapped(template)


def test_snapshots_can_be_turned_off() -> None:
    """A few connections are not worth four dollars a month."""
    template = load(TEMPLATE, {**PARAMETERS, "ReconnectSnapshot": "None"})

    assert {"ReconnectFunction": "None"} == snapped(template)


def test_requests_reach_the_version_that_has_a_snapshot(template: Template) -> None:
    """Only published versions have one; without an alias the unpublished code would be called."""
    told = template.resources["ReconnectFunction"].properties

    assert ("live", "Delete") == (told["AutoPublishAlias"], told["VersionDeletionPolicy"])
