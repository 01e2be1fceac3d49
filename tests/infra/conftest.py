"""The template under test."""

from __future__ import annotations

import pytest

from infra.sam.template import Template, load


@pytest.fixture(scope="session")
def template() -> Template:
    """Return template.yaml as a deployer with the least to say would have it."""
    return load(
        parameters={
            "JwtIssuer": "https://login.example",
            "SenderAddress": "relink@example.com",
            "SenderIdentity": "example.com",
        }
    )
