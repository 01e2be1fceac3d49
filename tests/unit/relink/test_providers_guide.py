"""The guide to the providers tells what is so."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from infra.colours import GUIDE
from relink.providers import PROVIDERS, load

SETTING = re.compile(r"`([A-Z]+(?:_[A-Z]+)+)`")


class Asked(dict[str, str]):
    """An environment without anything in it, which remembers what it was asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def get(self, name: str, default: str | None = None) -> str | None:  # type: ignore[override]
        """Remember the name."""
        self.names.add(name)
        return default


@pytest.mark.parametrize("provider", sorted(PROVIDERS))
def test_every_setting_of_a_provider_is_in_the_guide(provider: str) -> None:
    """And it is the provider's own, or one that the application has in any case."""
    environ = Asked()
    load(provider, environ)
    guide = GUIDE.read_text(encoding="utf-8")
    assert environ.names <= set(SETTING.findall(guide)) | {"HOST_APP_NAME"}
    assert f"`{provider}`" in guide


def test_the_guide_tells_of_no_setting_that_nobody_reads() -> None:
    """What has gone from the code goes from the guide."""
    read = set[str]()
    for provider in PROVIDERS:
        environ = Asked()
        load(provider, environ)
        read |= environ.names
    section = GUIDE.read_text(encoding="utf-8").partition("## Settings")[2].partition("\n## ")[0]
    assert read == set(SETTING.findall(section))


def test_every_path_in_the_guide_is_there() -> None:
    """Placeholders aside."""
    root = Path(GUIDE).parent.parent
    paths = re.findall(r"`([\w./]+/[\w./]*)`", GUIDE.read_text(encoding="utf-8"))
    named = [p for p in paths if p.partition("/")[0] in {"functions", "infra", "tests", "docs"}]
    assert len(named) > 5
    assert [] == [path for path in named if not (root / path).exists()]
