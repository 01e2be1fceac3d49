"""What may ship, by its licence."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError

import pytest

from infra.licences import ELSEWHERE, judged, licence, shipped


@pytest.mark.parametrize("name", sorted(shipped() - ELSEWHERE))
def test_what_ships_may_ship(name: str) -> None:
    """Nothing under the GPL or AGPL; under the LGPL only what is named, unmodified."""
    try:
        text = licence(name)
    except PackageNotFoundError:
        pytest.fail(f"{name} ships, but is not installed here")

    assert "" == judged(name, text)


@pytest.mark.parametrize(
    ("name", "text", "wrong"),
    [
        ("a", "MIT", False),
        ("a", "GPL-3.0-only", True),
        ("a", "License :: OSI Approved :: GNU Affero General Public License v3", True),
        ("a", "AGPL-3.0", True),
        ("a", "LGPL-3.0-or-later", True),
        ("fints", "LGPL-3.0-or-later", False),
        ("fints", "GPL-3.0", True),
        ("a", "unknown", True),
        ("text-unidecode", "License :: Artistic License GPL", False),
        ("text-unidecode", "GPL-2.0", True),
    ],
)
def test_a_licence_is_judged(name: str, text: str, *, wrong: bool) -> None:
    """What says nothing is not known to be free."""
    assert wrong is bool(judged(name, text))


def test_what_is_needed_in_turn_ships_too() -> None:
    """Extras of a dependency among it, and no tool of ours."""
    found = shipped()

    assert {"pyjwt", "cryptography", "cffi", "fints", "lxml", "jinja2", "markupsafe"} <= found
    assert not {"moto", "pytest", "boto3", "botocore", "relink"} & found
