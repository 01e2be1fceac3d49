"""What is shipped and what is traced: neither holds anything that opens a bank."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from infra.sam.template import load
from infra.simulators.fints import member
from infra.simulators.plaid import settings as plaid
from infra.simulators.powens import settings as powens

ROOT = Path(__file__).parents[2]
SHIPPED = [ROOT / "functions", *(ROOT / ".aws-sam" / "build").glob("*Function")]
WORDS = (member.CHANGED_PIN, plaid.SECRET, powens.CLIENT_SECRET, powens.WEBHOOK_SECRET)
KEY = re.compile(rb"-----BEGIN [A-Z ]*PRIVATE KEY-----\s+[A-Za-z0-9+/=]{40}")
TOKENS = re.compile(rb"AKIA[0-9A-Z]{16}|access-(?:sandbox|production)-[0-9a-f]{8}-")
OURS = ("notify", "reconnect", "relink", "sync")


@pytest.mark.parametrize("folder", SHIPPED, ids=lambda folder: folder.name)
def test_nothing_that_is_shipped_holds_a_secret(folder: Path) -> None:
    """Neither those of the simulators nor anything that has the shape of one."""
    files = [f for name in OURS for f in (folder / name).rglob("*") if f.is_file()]
    found = [
        file
        for file in files
        if (held := file.read_bytes())
        and (KEY.search(held) or TOKENS.search(held) or any(_in(w, held) for w in WORDS))
    ]

    assert files
    assert [] == found


def test_nothing_is_traced() -> None:
    """No tracing is on, so that there are no traces that could hold anything."""
    template = load()
    traced = [
        name
        for name, properties in template.of_type("AWS::Serverless::Function").items()
        if "Tracing" in properties
    ]
    everywhere = template.document.get("Globals", {}).get("Function", {})

    assert [] == traced
    assert "Tracing" not in everywhere


def _in(word: str, held: bytes) -> bool:
    return (
        re.search(rb"(?<![0-9A-Za-z])" + re.escape(word.encode()) + rb"(?![0-9A-Za-z])", held)
        is not None
    )
